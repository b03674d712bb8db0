"""Intervals and tests for shares and paired shares: pure functions of counts, valid at small n.

Invariants: an interval and its test come from the same statistic, so "p < level" and "the interval at that level
lies beyond the margin" mean the same; without cases nothing is known ([-1, 1] or [0, 1]), which is not an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, copysign, inf, sqrt
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
    n = counts.n
    if n == 0:
        return 0.0
    distance = counts.gained - counts.lost - n * delta
    variance = _score_variance(n, counts.gained, counts.lost, delta)
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


def needed(counts: Paired, margin: float, alpha: float, power: float = 0.8) -> int:
    """How many cases of this kind decide, with this power, whether the fall is below `margin` (one-sided error alpha).

    At most counts.n exactly when these cases decide already: the bound at alpha lies on one side of -margin. Else planned for a
    candidate that changes as many answers as this one and loses nothing; if these cases would have decided that, for the fall
    that they show. Half a changed answer in ten more cases is added, so that none seen does not mean none to come.
    """
    interval = paired_interval(counts, 2 * alpha)
    changed = (counts.gained + counts.lost + 0.5) / (counts.n + 10)
    sound = _planned(changed, 0.0, margin, alpha, power)
    if interval.low > -margin or interval.high < -margin:
        return min(sound, counts.n)
    if sound > counts.n:
        return sound
    # no number of cases decides for a candidate that lies on the margin: a quarter of the margin is the nearest to plan for
    fall = min(counts.difference, -1.25 * margin) if counts.difference < -margin else max(counts.difference, -0.75 * margin)
    return max(counts.n + 1, _planned(max(changed, abs(fall)), fall, margin, alpha, power))


def needed_share(share: float, least: float, alpha: float, power: float = 0.8) -> int:
    """How many cases decide, with this power, that a true share lies on its side of `least` (one-sided error alpha, Wilson).

    A share nearer than .02 is planned for as if it lay .02 away: no number of cases decides at the bound itself.
    """
    at_bound = _NORMAL.inv_cdf(1 - alpha) * sqrt(least * (1 - least))
    at_share = _NORMAL.inv_cdf(power) * sqrt(share * (1 - share))
    return max(1, ceil(((at_bound + at_share) / max(abs(share - least), 0.02)) ** 2))


def _score_variance(n: int, gained: float, lost: float, delta: float) -> float:
    A, B, C = 2 * n, -gained - lost + (2 * n - gained + lost) * delta, -lost * delta * (1 - delta)
    restricted = (sqrt(max(0.0, B * B - 4 * A * C)) - B) / (2 * A)  # share of cases lost, under the hypothesis
    return n * (2 * restricted + delta * (1 - delta))


def _planned(changed: float, difference: float, margin: float, alpha: float, power: float) -> int:
    """Cases for `paired_score` at -margin to reach alpha, when this share of answers changes with this net difference."""
    under_margin = _score_variance(1, (changed + difference) / 2, (changed - difference) / 2, -margin)
    spread = _NORMAL.inv_cdf(1 - alpha) * sqrt(under_margin) + _NORMAL.inv_cdf(power) * sqrt(changed - difference**2)
    return max(1, ceil((spread / (margin + difference)) ** 2))


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
