"""Greedy class-balanced storage: the first rows are kept until newer classes need the room."""

from __future__ import annotations

import numpy as np

from components.memory.policies import Ints, Lane, Placement, policy
from components.memory.shares import equal_shares, rank_in_class


@policy("gdumb")
def gdumb(lane: Lane, offered: Ints, rng: np.random.Generator) -> Placement:
    """The greedy sampler of GDumb (Prabhu, Torr and Dokania, ECCV 2020, Algorithm 1): a row is stored if its class is new or
    holds fewer than k = capacity // classes seen so far; if the memory is full, a random row of a largest class makes room.

    k changes only when a class comes for the first time. Between two such moments no class that takes rows is a largest one, so
    the rows taken are the first ones of each class up to k, and the rows given up can be found together. The paper compares with
    the unrounded capacity / classes; if that is not a whole number, one slot changes hands forever. With more
    classes than slots, k is 1, and the classes that keep a row are drawn.
    """
    kept = np.arange(len(lane.classes))
    classes = np.concatenate([lane.classes, offered])
    known = np.bincount(lane.classes, minlength=len(lane.labels)) + lane.seen > 0
    kept = _give_up(kept, classes, len(lane.labels), lane.capacity, rng)
    first = np.flatnonzero(rank_in_class(offered) == 0)
    fresh = first[~known[offered[first]]]
    for start, stop in zip([0, *fresh.tolist()], [*fresh.tolist(), len(offered)]):
        if start == stop:
            continue
        part = offered[start:stop]
        known[part[0]] = True
        share = max(1, lane.capacity // int(known.sum()))
        room = share - np.bincount(classes[kept], minlength=len(lane.labels))
        if (room[known] > 0).any():
            taken = np.flatnonzero(rank_in_class(part) < room[part])
            kept = np.concatenate([kept, len(lane.classes) + start + taken])
            kept = _give_up(kept, classes, len(lane.labels), lane.capacity, rng)
    return Placement(kept)


def _give_up(kept: Ints, classes: Ints, count: int, capacity: int, rng: np.random.Generator) -> Ints:
    """The items left after removing random items of the largest classes, one after another, until `capacity` are left."""
    if len(kept) <= capacity:
        return kept
    shuffled = kept[rng.permutation(len(kept))]
    places = rng.permutation(count)  # ties between largest classes are broken at random
    shares = np.empty(count, dtype=np.int64)
    shares[places] = equal_shares(np.bincount(classes[kept], minlength=count)[places], capacity)
    mine = classes[shuffled]
    return np.sort(shuffled[rank_in_class(mine) < shares[mine]])
