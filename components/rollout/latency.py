"""How much slower the candidate is: the same texts asked of both arms, one right after the other, compared pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

FEWEST = 6  # pairs: with fewer, no 95 % interval of a median is bounded (2 * 0.5**5 > 0.05)


@dataclass(frozen=True)
class Latency:
    """The candidate's latency over the champion's: the median ratio of n pairs with its interval, and each arm's median in ms."""

    ratio: float
    low: float
    high: float
    n: int
    candidate_ms: float
    champion_ms: float

    def as_dict(self) -> dict[str, float | int]:
        """For JSON."""
        return {
            **{name: round(getattr(self, name), 3) for name in ("ratio", "low", "high")},
            "n": self.n,
            "candidate_p50_ms": round(self.candidate_ms, 2),
            "champion_p50_ms": round(self.champion_ms, 2),
        }


def compare_latency(pairs: Sequence[tuple[float, float]], alpha: float = 0.05) -> Latency:
    """The ratio of (candidate, champion) latencies in ms, with the two-sided 1 - alpha interval of the sign test.

    A coin decides which arm of a pair is asked first. Whatever the machine does to the first or the second request of a pair, it
    then does to either arm with the same chance, independently of all other pairs. So for a candidate as fast as its champion the
    sign test is exact for any stalls, however long and however clustered, which no comparison of two percentiles is.
    The median needs no further assumption, and the bounds are two of the measured ratios. Raises ValueError without enough pairs.
    """
    mine, theirs = (np.maximum([pair[arm] for pair in pairs], 1e-3) for arm in (0, 1))
    ratios = np.sort(mine / theirs)
    outside = _outside(len(ratios), alpha)
    if outside < 0:
        raise ValueError(f"{len(ratios)} pairs bound no median at {1 - alpha:.0%}")
    return Latency(
        float(np.median(ratios)),
        float(ratios[outside]),
        float(ratios[-1 - outside]),
        len(ratios),
        float(np.median(mine)),
        float(np.median(theirs)),
    )


def sign_p(more: int, fewer: int) -> float:
    """The chance of at least `more` of all signs on one side if both sides are equally likely (one-sided; 1 without signs)."""
    n = more + fewer
    return sum(comb(n, k) for k in range(more, n + 1)) / 2**n


def _outside(n: int, alpha: float) -> int:
    """How many of n sorted values lie outside the interval on each side; -1 if not even the extreme ones bound it."""
    outside = -1
    while outside + 1 < (n + 1) // 2 and sign_p(n - outside - 1, outside + 1) <= alpha / 2:
        outside += 1
    return outside
