"""What class-balanced policies share: equal shares of a capacity, and the order of rows within their classes."""

from __future__ import annotations

import numpy as np

from components.memory.policies import Ints


def equal_shares(counts: Ints, capacity: int) -> Ints:
    """(C,) how many rows of each class are kept when there are `counts`: as equal as possible, min(capacity, sum) in total.

    A remainder that does not divide evenly goes to the first classes that have more rows.
    """
    if capacity <= 0:
        return np.zeros_like(counts)
    if int(counts.sum()) <= capacity:
        return counts.copy()
    ordered = np.sort(counts)
    below = np.cumsum(ordered) - ordered  # rows of all smaller classes
    fits = below + ordered * np.arange(len(ordered), 0, -1) <= capacity  # this class and all smaller ones are kept whole
    whole = int(fits.sum())
    level, rest = divmod(capacity - int(ordered[:whole].sum()), len(ordered) - whole)
    shares = np.minimum(counts, level)
    shares[np.flatnonzero(counts > level)[:rest]] += 1
    return shares


def rank_in_class(classes: Ints) -> Ints:
    """(n,) how many rows of the same class come before each row."""
    order, starts = by_class(classes)
    rank = np.empty(len(classes), dtype=np.int64)
    rank[order] = np.arange(len(classes)) - np.repeat(starts[:-1], np.diff(starts))
    return rank


def by_class(classes: Ints) -> tuple[Ints, Ints]:
    """The rows sorted by class, in their order within each, and (C + 1,) where each class starts among them."""
    narrow = classes.astype(np.uint16) if classes.max(initial=0) < 2**16 else classes  # numpy sorts 16 bits by radix
    return np.argsort(narrow, kind="stable"), np.concatenate([[0], np.cumsum(np.bincount(classes))]).astype(np.int64)
