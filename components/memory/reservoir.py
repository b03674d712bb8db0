"""Reservoir sampling: every row offered so far is in the memory with the same probability."""

from __future__ import annotations

import numpy as np

from components.memory.policies import Ints, Lane, Placement, policy


@policy("reservoir")
def reservoir(lane: Lane, offered: Ints, rng: np.random.Generator) -> Placement:
    """Algorithm R (Vitter, ACM TOMS 1985), a whole batch at once; after N rows each is kept with probability M/N.

    Row t (counted from 1) takes slot t while there is room, then slot j drawn from {0..t-1} if j < M. Of several rows
    that draw one slot the last stays. Free slots left by erasure or by a raised capacity are filled at the rate k/N
    that the rows kept have, without displacing any (random pairing, Gemulla, Lehner and Haas, VLDB 2006), so that no
    row is favoured. Time O(n), no Python loop.
    """
    stored, n, seen = len(lane.classes), len(offered), int(lane.seen.sum())
    slots = np.arange(stored)
    if stored > lane.capacity:
        slots = np.sort(rng.choice(stored, lane.capacity, replace=False))
    room = lane.capacity - len(slots)
    start = 0
    if room and n:
        # Of the next `paired` rows exactly `room` come in, each equally likely; of the `start` that are here, so many:
        paired = round(room * seen / stored) if stored else room
        start = min(paired, n)
        taken = int(rng.hypergeometric(room, paired - room, start))
        entering = np.sort(rng.choice(start, taken, replace=False)) if taken < start else np.arange(start)
        slots = np.concatenate([slots, stored + entering])
    drawn = rng.integers(0, seen + np.arange(start + 1, n + 1))
    hits = np.flatnonzero(drawn < lane.capacity)[::-1]  # newest first, so that np.unique finds the last writer
    places, last = np.unique(drawn[hits], return_index=True)
    slots[places] = stored + start + hits[last]
    return Placement(slots)
