"""Differences between two models' scores in [0, 1] on the same cases: bounds that hold at every n, whatever the scores' shape.

The normal interval of a mean fails where most differences are zero and a few are large. Betting bounds do not: a gambler who
starts with 1 and bets on the mean being larger than m wins only if it is, so that a capital of 1/level refutes m.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np

from components.evaluation.statistics import Interval, Paired, paired, paired_interval

CAP = 0.75  # share of the capital that one case may cost at most; the paper suggests 1/2 or 3/4


@dataclass(frozen=True, eq=False)
class Differences:
    """Candidate's minus champion's score of n cases, each in [-1, 1], in an order that does not depend on them.

    `counts`: the discordant pairs, if every score is 0 or 1; then all bounds are those of `paired_interval`.
    """

    values: np.ndarray
    counts: Paired | None = None

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def mean(self) -> float:
        """The estimate; 0 without cases."""
        return float(self.values.mean()) if self.n else 0.0

    @property
    def variance(self) -> float:
        """Of one difference; never below what half a changed answer in ten more cases would give."""
        return float((self.n * (self.values.var() if self.n else 0.0) + 0.5) / (self.n + 10))

    def low(self, level: float) -> float:
        """Lower bound of the mean: above the true one with probability at most `level`."""
        if self.counts is not None:
            return paired_interval(self.counts, 2 * level).low
        return 2 * _betting_low(self._scaled, level) - 1

    def high(self, level: float) -> float:
        """Upper bound of the mean: below the true one with probability at most `level`."""
        if self.counts is not None:
            return paired_interval(self.counts, 2 * level).high
        return 1 - 2 * _betting_low(1 - self._scaled, level)

    @cached_property
    def _scaled(self) -> np.ndarray:
        return (self.values + 1) / 2


def differences(candidate: np.ndarray, champion: np.ndarray) -> Differences:
    """Of two equally long arrays of scores in [0, 1], case by case."""
    mine, theirs = np.asarray(candidate, float), np.asarray(champion, float)
    if mine.shape != theirs.shape or mine.ndim != 1:
        raise ValueError(f"scores of shape {mine.shape} and {theirs.shape}: they must be of the same cases")
    scores = np.concatenate([mine, theirs])
    if not ((scores >= 0) & (scores <= 1)).all():  # nan as well
        raise ValueError("scores must lie in [0, 1]")
    binary = bool(np.isin(scores, (0.0, 1.0)).all())
    return Differences(mine - theirs, paired(mine > 0.5, theirs > 0.5) if binary else None)


def interval(differences: Differences, alpha: float = 0.05) -> Interval:
    """Two-sided 1 - alpha interval of the mean difference; [-1, 1] without cases."""
    return Interval(differences.mean, differences.low(alpha / 2), differences.high(alpha / 2), differences.n)


def difference_interval(candidate: np.ndarray, champion: np.ndarray, alpha: float = 0.05) -> Interval:
    """Two-sided 1 - alpha interval of the mean difference of scores in [0, 1]: paired score if all are 0 or 1, else betting."""
    return interval(differences(candidate, champion), alpha)


def _betting_low(values: np.ndarray, level: float) -> float:
    """The largest m in [0, 1] that is refuted as the mean of `values` (in [0, 1]) against a larger one.

    Waudby-Smith & Ramdas, JRSS-B 86 (2024): one side of the hedged capital process (theorem 3) with the predictable bets for a
    fixed n (remark 3). The two sides at alpha / 2 are their two-sided interval. Refuted is what was refuted after any number of
    cases (Ville's inequality), so the capital falls in m and bisection finds the bound.
    """
    n = len(values)
    if n == 0:
        return 0.0
    seen = np.arange(2, n + 2)
    means = (0.5 + values.cumsum()) / seen
    variances = (0.25 + ((values - means) ** 2).cumsum()) / seen
    bets = np.sqrt(2 * log(1 / level) / (n * np.concatenate([[0.25], variances[:-1]])))  # each from the cases before it
    low, high = 0.0, 1.0
    for _ in range(40):
        m = (low + high) / 2
        capital = np.log1p(np.minimum(bets, CAP / m) * (values - m)).cumsum()
        if capital.max() >= log(1 / level):
            low = m
        else:
            high = m
    return low
