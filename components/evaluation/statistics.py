"""Intervals and tests for shares and paired shares: pure functions of counts, valid at small n.

Invariants: an interval and its test come from the same statistic, so "p < level" and "the interval at that level
lies beyond the margin" mean the same; without cases nothing is known ([-1, 1] or [0, 1]), which is not an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import copysign, inf, sqrt
from statistics import NormalDist

import numpy as np

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence bounds and the number of cases behind it."""

    estimate: float
    low: float
    high: float
    n: int

    def as_dict(self) -> dict[str, float | int]:
        """For JSON."""
        return {"estimate": self.estimate, "low": self.low, "high": self.high, "n": self.n}


@dataclass(frozen=True)
class Paired:
    """Outcomes of two models on the same n cases: `gained` only the candidate got right, `lost` only the champion."""

    n: int
    gained: int
    lost: int

    @property
    def difference(self) -> float:
        """Accuracy of the candidate minus that of the champion; 0 without cases."""
        return (self.gained - self.lost) / self.n if self.n else 0.0


def paired(candidate: Iterable[bool], champion: Iterable[bool]) -> Paired:
    """Count the discordant pairs of two equally long sequences of outcomes."""
    mine, theirs = np.asarray(list(candidate), bool), np.asarray(list(champion), bool)
    if mine.shape != theirs.shape:
        raise ValueError(f"{len(mine)} candidate outcomes, {len(theirs)} champion outcomes: they must be of the same cases")
    return Paired(len(mine), int((mine & ~theirs).sum()), int((~mine & theirs).sum()))


def wilson(successes: int, n: int, alpha: float = 0.05) -> Interval:
    """Two-sided 1 - alpha score interval of a share (Wilson, JASA 1927)."""
    if n == 0:
        return Interval(0.0, 0.0, 1.0, 0)
    z2 = _NORMAL.inv_cdf(1 - alpha / 2) ** 2
    share = successes / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Interval(share, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)), n)


def paired_score(counts: Paired, delta: float) -> float:
    """z statistic of the hypothesis that the true difference is `delta` (Tango, Statistics in Medicine 1998, eq. 10).

    The variance is taken at the maximum-likelihood discordance under the hypothesis, so it holds at extreme discordance
    (none at all, or all in one direction), where Wald's variance is zero. Falls as delta grows.
    """
    n, b, c = counts.n, counts.gained, counts.lost
    if n == 0:
        return 0.0
    A, B, C = 2 * n, -b - c + (2 * n - b + c) * delta, -c * delta * (1 - delta)
    restricted = (sqrt(max(0.0, B * B - 4 * A * C)) - B) / (2 * A)  # share of cases lost, under the hypothesis
    distance = b - c - n * delta
    variance = n * (2 * restricted + delta * (1 - delta))
    if variance <= 1e-12 * n:
        return 0.0 if abs(distance) < 1e-9 * n else copysign(inf, distance)
    return distance / sqrt(variance)


@lru_cache(maxsize=4096)
def paired_interval(counts: Paired, alpha: float = 0.05) -> Interval:
    """Two-sided 1 - alpha interval of the paired difference: every delta that `paired_score` does not reject."""
    if counts.n == 0:
        return Interval(0.0, -1.0, 1.0, 0)
    z = _NORMAL.inv_cdf(1 - alpha / 2)
    difference = counts.difference
    return Interval(difference, _solve(counts, z, -1.0, difference), _solve(counts, -z, difference, 1.0), counts.n)


def worse_p(counts: Paired, margin: float) -> float:
    """p of "the candidate is at most `margin` worse": small when it is significantly worse than that."""
    return _NORMAL.cdf(_finite(paired_score(counts, -margin)))


def not_worse_p(counts: Paired, margin: float) -> float:
    """p of "the candidate is at least `margin` worse": small when it is shown to be non-inferior."""
    return 1.0 - worse_p(counts, margin)


def holm_levels(p_values: Sequence[float], alpha: float) -> list[float]:
    """The one-sided level at which Holm's procedure (Scand. J. Statist. 1979) judges each hypothesis of a family.

    Hypothesis i is rejected exactly when p_i <= its level; the family-wise error is at most alpha. The interval to show
    beside hypothesis i is the one at that level (`paired_interval(counts, 2 * level)`).
    """
    levels = [0.0] * len(p_values)
    level = alpha / max(1, len(p_values))
    rejecting = True
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if rejecting:
            level = alpha / (len(p_values) - rank)
            rejecting = p_values[index] <= level
        levels[index] = level
    return levels


def _solve(counts: Paired, target: float, low: float, high: float) -> float:
    for _ in range(40):  # bisection: the score falls as delta grows
        middle = (low + high) / 2
        if paired_score(counts, middle) > target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _finite(z: float) -> float:
    return max(-40.0, min(40.0, z))
