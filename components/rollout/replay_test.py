"""What a replay shows about a candidate: judged once, at its end, on a sample fixed beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from components.evaluation.statistics import wilson
from components.rollout.intervals import newcombe
from components.rollout.split import Arm

Status = Literal["ok", "error", "timeout", "wrong_version"]


@dataclass(frozen=True)
class Answer:
    """One request and its answer. `correct` and `latency_ms` are meaningful only if `status` is "ok"."""

    arm: Arm
    status: Status
    correct: bool = False
    latency_ms: float = 0.0


@dataclass(frozen=True)
class Guards:
    """Hard limits; each alone rolls a candidate back."""

    failures: float = 0.01  # share of requests that may end in an error or a time-out
    latency_ratio: float = 3.0  # slower than the champion by this factor, and
    latency_floor_ms: float = 250.0  # slower than this: nobody notices less


@dataclass(frozen=True)
class ReplayResult:
    """What becomes of the candidate, and why.

    `estimate` = accuracy(candidate) - accuracy(champion) with its 1 - alpha interval; None if they were not compared.
    """

    status: Literal["promoted", "rolled_back", "held"]
    reason: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    n_candidate: int = 0
    n_champion: int = 0


def judge_replay(
    answers: Sequence[Answer], *, margin: float, alpha: float = 0.05, guards: Guards | None = None, champion: bool = True
) -> ReplayResult:
    """Promote, roll back or hold, from all answers of a finished replay. `champion`: False for a first checkpoint.

    The guards come first: a wrong version answered, too many failures, too slow. Then accuracy. The candidate has
    already passed a paired non-inferiority gate on more cases than are replayed here, so this test looks for the
    opposite, evidence of harm under traffic. It rolls back if the loss is larger than `margin` and real, that is, if the
    whole 1 - alpha interval of the difference lies below zero (Newcombe; the arms are independent samples). A candidate
    that is no worse is then rolled back with probability below alpha (computed exactly in the tests), however small the
    replay is. The price is that a small replay cannot detect a small loss; the reason says how large a loss remains
    possible. The sample is fixed in advance and examined once. The test is not valid for live traffic that is watched while
    it runs.

    Held: nothing can be concluded, because the candidate was asked nothing or the champion failed as well.
    """
    guards = guards or Guards()
    arms: dict[Arm, list[Answer]] = {"champion": [], "candidate": []}
    for answer in answers:
        arms[answer.arm].append(answer)
    mine, theirs = arms["candidate"], arms["champion"]
    counts = {"n_candidate": len(mine), "n_champion": len(theirs)}
    wrong = sum(answer.status == "wrong_version" for answer in answers)
    if wrong:
        return ReplayResult(
            "rolled_back", f"{wrong} of {len(answers)} requests were answered by a version that should not serve them", **counts
        )
    if not mine or (champion and not theirs):
        return ReplayResult(
            "held",
            f"Too little traffic to compare: {len(mine)} requests to the candidate, {len(theirs)} to the champion",
            **counts,
        )
    if _failed(theirs) > guards.failures * len(theirs):
        return ReplayResult(
            "held",
            f"The champion failed to answer {_failed(theirs)} of {len(theirs)} requests: this says nothing of the candidate",
            **counts,
        )
    if _failed(mine) > guards.failures * len(mine):
        return ReplayResult("rolled_back", f"The candidate failed to answer {_failed(mine)} of {len(mine)} requests", **counts)
    slow = _too_slow(mine, theirs, guards)
    if slow:
        return ReplayResult("rolled_back", slow, **counts)
    return _compare(mine, theirs, margin, alpha)


def _compare(mine: Sequence[Answer], theirs: Sequence[Answer], margin: float, alpha: float) -> ReplayResult:
    n, their_n = len(mine), len(theirs)
    right, their_right = _right(mine), _right(theirs)
    if not theirs:
        share = wilson(right, n, alpha)
        reason = (
            f"No champion to compare with; {right} of {n} requests right [{share.low:.1%}, {share.high:.1%}], no guard tripped"
        )
        return ReplayResult("promoted", reason, n_candidate=n)
    difference = newcombe((right, their_right), (n, their_n), alpha)
    measured = (difference.estimate, difference.low, difference.high, n, their_n)
    numbers = (
        f"accuracy {right / n:.1%} on {n} requests against the champion's {their_right / their_n:.1%} on {their_n}: "
        f"difference {difference.estimate:+.1%} [{difference.low:+.1%}, {difference.high:+.1%}]"
    )
    if difference.estimate < -margin and difference.high < 0:
        return ReplayResult("rolled_back", f"Worse under traffic by more than {margin:.1%}: {numbers}", *measured)
    doubt = f"; a loss of up to {-difference.low:.1%} cannot be ruled out on so few" if difference.low < -margin else ""
    return ReplayResult("promoted", f"No evidence of harm under traffic: {numbers}{doubt}", *measured)


def _right(answers: Sequence[Answer]) -> int:
    return sum(answer.status == "ok" and answer.correct for answer in answers)


def _failed(answers: Sequence[Answer]) -> int:
    return sum(answer.status != "ok" for answer in answers)


def _too_slow(mine: Sequence[Answer], theirs: Sequence[Answer], guards: Guards) -> str:
    """Compare the 99th percentile of each arm, or the median on fewer than 100 requests, where p99 is just the slowest one."""
    if not theirs:
        return ""
    quantile = 99 if min(len(mine), len(theirs)) >= 100 else 50
    mine_ms, theirs_ms = (
        float(np.percentile([a.latency_ms for a in arm if a.status == "ok"], quantile)) for arm in (mine, theirs)
    )
    if mine_ms <= max(guards.latency_floor_ms, guards.latency_ratio * theirs_ms):
        return ""
    return f"Too slow: p{quantile} latency {mine_ms:.0f} ms against the champion's {theirs_ms:.0f} ms"
