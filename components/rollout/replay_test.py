"""What a replay shows about a candidate: judged once, at its end, on a sample fixed beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from components.evaluation.statistics import wilson
from components.rollout.intervals import newcombe
from components.rollout.latency import FEWEST, Latency, compare_latency
from components.rollout.split import Arm

#: error: an HTTP 500, which is the arm's own; lost: the connection broke or the gateway refused; unsent: there was no time left
Status = Literal["ok", "error", "lost", "timeout", "unsent", "wrong_version"]


@dataclass(frozen=True)
class Answer:
    """One request and its answer. `correct` and `latency_ms` are meaningful only if `status` is "ok"."""

    arm: Arm
    status: Status
    correct: bool = False
    latency_ms: float = 0.0

    @property
    def failed(self) -> bool:
        return self.status != "ok"


@dataclass(frozen=True)
class Pair:
    """One text asked of both arms, one right after the other, in random order."""

    candidate: Answer
    champion: Answer


@dataclass(frozen=True)
class Guards:
    """Hard limits: a candidate beyond both of them is too slow."""

    latency_ratio: float = 3.0  # surely slower than the champion by this factor, and
    latency_floor_ms: float = 250.0  # slower than this: nobody notices less


def latency_of(pairs: Sequence[Pair]) -> Latency | None:
    """The candidate's latency against the champion's, from the pairs that both answered; None if they are too few."""
    both = [pair for pair in pairs if not (pair.candidate.failed or pair.champion.failed)]
    if len(both) < FEWEST:
        return None
    return compare_latency([(pair.candidate.latency_ms, pair.champion.latency_ms) for pair in both])


def surely_fast(pairs: Sequence[Pair], guards: Guards | None = None) -> bool:
    """Whether it is plain already that the candidate is not too slow: the upper bound of the ratio lies below the guard.

    To end the pairs then costs no error: ending early for this reason alone can only spare a candidate, never roll one back.
    """
    latency = latency_of(pairs)
    return latency is not None and latency.high < (guards or Guards()).latency_ratio


@dataclass(frozen=True)
class ReplayResult:
    """What becomes of the candidate, and why.

    held: only where the champion is at fault (see `at_fault`). `estimate` = accuracy(candidate) - accuracy(champion) with its
    1 - alpha interval; None if they were not compared.
    """

    status: Literal["promoted", "rolled_back", "held"]
    reason: str
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    n_candidate: int = 0
    n_champion: int = 0


def judge_replay(
    answers: Sequence[Answer], latency: Latency | None, *, margin: float, alpha: float = 0.05, guards: Guards | None = None
) -> ReplayResult:
    """Promote or roll back, from the answers of a finished replay in which nothing failed beyond tolerance (see findings.py).

    latency: as measured in pairs; None for a first checkpoint, which has no champion. The candidate is too slow if the lower
    bound of the ratio lies above its guard, and the median above the floor.

    Then accuracy. The candidate has already passed a paired non-inferiority gate on more cases than are replayed
    here, so this test looks for the opposite, evidence of harm under traffic. It rolls back if the loss is larger
    than `margin` and real, that is, if the whole 1 - alpha interval of the difference lies below zero (Newcombe; the
    arms are independent samples). A candidate that is no worse is then rolled back with probability below alpha
    (computed exactly in the tests), however small the replay is. The price is that a small replay cannot detect a
    small loss; the reason says how large a loss remains possible. The sample is fixed in advance and examined once.
    The test is not valid for live traffic that is watched while it runs.
    """
    guards = guards or Guards()
    mine, theirs = ([answer for answer in answers if answer.arm == arm] for arm in ("candidate", "champion"))
    if latency and latency.low > guards.latency_ratio and latency.candidate_ms > guards.latency_floor_ms:
        return ReplayResult("rolled_back", _slow(latency), n_candidate=len(mine), n_champion=len(theirs))
    return _compare(mine, theirs, margin, alpha)


def at_fault(answers: Sequence[Answer], arm: Arm, what: str) -> ReplayResult:
    """The end of a rollout in which two gateways found the same arm at fault.

    The candidate's fault rolls it back. The champion's is the one question for a person: what serves is broken, the candidate
    answers, and the two cannot be compared.
    """
    n = {f"n_{each}": sum(answer.arm == each for answer in answers) for each in ("candidate", "champion")}
    said = f"{what[:1].upper()}{what[1:]}, on two gateways"
    if arm == "candidate":
        return ReplayResult("rolled_back", said, **n)
    return ReplayResult("held", f"{said}: what serves fails, and a person decides whether the candidate replaces it", **n)


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


def _slow(latency: Latency) -> str:
    return (
        f"Too slow: in {latency.n} pairs of requests it took {latency.ratio:.1f} times as long as the champion "
        f"[{latency.low:.1f}, {latency.high:.1f}], median {latency.candidate_ms:.0f} ms against {latency.champion_ms:.0f} ms"
    )
