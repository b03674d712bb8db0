"""The gates of a lifetime: a candidate against the champion (one step) and against its anchors (all steps together). Pure.

Small steps down pass every comparison with the last champion, so each past task is compared as well with the answers it was
best served with, and may lose no more than a budget over its lifetime. Neither gate asks for a proof that nothing was lost,
which few cases cannot give: a fall stops a candidate when it is surely too large, or looks too large and is real.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, sqrt
from statistics import NormalDist

from components.contracts import GateStatus
from components.evaluation.bounded import Differences
from components.evaluation.statistics import Interval, needed

POWER = 0.8


@dataclass(frozen=True)
class Fall:
    """The verdict on one comparison: `interval` is at 1 - 2 alpha, as measured; `lowered` is what repeated looks take off it."""

    status: GateStatus
    interval: Interval
    most: float  # the fall that is allowed
    lowered: float
    needed: int  # cases that decide whether the fall is below `most`; at most interval.n: these do

    @property
    def spent(self) -> Interval:
        """Share of `most` that the fall uses up, with its interval; 0 for a gain, above 1 when it is overspent."""
        fall = self.interval
        low, estimate, high = (max(0.0, -value) / self.most for value in (fall.high, fall.estimate, fall.low))
        return Interval(estimate, low, high, fall.n)


def against(rival: Differences, most: float, alpha: float, looks: int = 1, room: float = 0.0) -> Fall:
    """Fail when the fall is surely beyond `most`, or its estimate is beyond it (and beyond `room`) and it is really a fall.

    rival: candidate minus champion on past cases, with the margin of one step; or candidate minus anchor, with the budget that
    all steps share. looks: how many candidates these cases have judged for the same experience, this one included (`repeated`).
    room: of one step, the budget that the anchors hold it to: a step that may be within its margin may be a large part of it.
    """
    found = Interval(rival.mean, rival.low(alpha), rival.high(alpha), rival.n)
    lowered = repeated(looks) * _error(rival)
    estimate, high = found.estimate - lowered, found.high - lowered
    failed = rival.n > 0 and (high < -most or (estimate < -max(most, room) and high < 0))
    return Fall("fail" if failed else "pass", found, most, lowered, _needed(rival, found, most, alpha))


def repeated(looks: int) -> float:
    """By how many standard errors the best of k looks at the same truth is too good: at most sqrt(2 ln k).

    The expected maximum of k normal errors is below that (Boucheron, Lugosi & Massart, Concentration Inequalities, 2013,
    theorem 2.5). A candidate that is tried again until its cases like it is such a maximum; 0 for the first look.
    """
    return sqrt(2 * log(max(1, looks)))


def _error(differences: Differences) -> float:
    return sqrt(differences.variance / max(1, differences.n))


def _needed(differences: Differences, found: Interval, most: float, alpha: float) -> int:
    if differences.counts is not None:
        return needed(differences.counts, most, alpha, POWER)
    if found.low > -most or found.high < -most:
        return differences.n
    # a betting bound lies about sqrt(2 ln(1 / alpha)) standard errors from the mean
    errors = sqrt(2 * log(1 / alpha)) + NormalDist().inv_cdf(POWER)
    return max(differences.n + 1, ceil(differences.variance * (errors / most) ** 2))
