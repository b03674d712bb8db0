"""Which past cases are scored: a deterministic sample with a minimum per task, so that a cycle's cost does not grow. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

FLOOR = 30  # cases scored of each past task, however many tasks there are, as long as the budget allows


def quotas(counts: Sequence[int], budget: int, floor: int = FLOOR) -> list[int]:
    """How many of each task's cases to score: all if they fit, else the floor for each and the rest in proportion to size.

    The sum is at most `budget`. If the floors alone exceed it, the budget is shared evenly (largest tasks first).
    """
    if sum(counts) <= budget:
        return list(counts)
    floor = min(floor, budget // len(counts))
    given = [min(count, floor) for count in counts]
    spare, left = budget - sum(given), [count - have for count, have in zip(counts, given)]
    exact = [spare * rest / sum(left) for rest in left]
    given = [have + int(share) for have, share in zip(given, exact)]
    remainders = sorted(range(len(counts)), key=lambda i: (int(exact[i]) - exact[i], -counts[i], i))
    for i in remainders[: budget - sum(given)]:
        given[i] += 1
    return [min(have, count) for have, count in zip(given, counts)]


def sample(digests: Sequence[str], quota: int, seed: int) -> list[int]:
    """Indices of `quota` cases, in order, drawn by the hash of their digest: the same ones in every cycle of a stream."""
    if quota >= len(digests):
        return list(range(len(digests)))
    order = sorted(range(len(digests)), key=lambda i: hashlib.sha256(f"{seed}:{digests[i]}".encode()).digest())
    return sorted(order[:quota])
