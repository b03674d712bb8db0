"""The gates on past cases: against the champion, and against the best that each task was ever served at. Pure.

regression.pooled   all past cases, against the champion, with the labels that it knows: what this cycle forgets.
lifetime.pooled     the same cases against the anchors, with the labels known when they were learned: what all cycles forgot.
lifetime.approved   against the last version that a person approved.
regression.tasks, lifetime.tasks   each past task alone, against champion and anchor: no single one may collapse.
regression.new_labels   what past cases lose to labels that came later, next to what a joint fit on the same rows loses to them.

A champion that knows fewer labels has an easier exam. What is lost to new labels is the price of learning them, and retraining on
everything pays it as well: so forgetting is judged among the labels known before, and the price is judged apart.

Each rule: beyond the margin for sure is a failure; beyond it by the estimate, and really lost, is for a person to decide; all
else passes. One cycle's estimate may lie beyond its margin as long as it lies within the budget, where the anchors watch over
that: a few dozen cases cannot tell .03 from .05. What a joint fit loses as well (`reference.py`) is allowed besides, at most as
much again: more labels in one head cost everybody something, and retraining would not give it back. What passes although the
cases cannot rule the loss out says so, with the number of cases that would. A small loss that no cycle can see is what the
lifetime budget is for: its anchor stands still, so small losses add up until they are seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.contracts import Gate, GateStatus
from components.evaluation.bounded import differences
from components.evaluation.lifetime import against
from components.evaluation.statistics import Interval
from components.evaluation.tasks import TaskCounts, collapsed
from components.settings import GateSettings

Row = Mapping[str, Any]
Array = NDArray[np.float64]

NAMED = 3  # tasks that a reason names
MOST_TASKS = 30  # collapsed tasks that get a gate of their own


@dataclass(frozen=True)
class Claim:
    """ "These cases lost no more than `margin`": the scores of a candidate and of its rival on the same cases."""

    name: str
    what: str  # the subject of the reason's sentence
    mine: Array
    theirs: Array
    margin: float
    shared: float = 0.0  # what a joint fit on the same rows lost on these cases: allowed besides
    room: float = 0.0  # an estimate beyond the margin may lie so far, if it is not surely beyond the margin


def score(row: Row, name: str) -> float | None:
    """A score of a case; what an older release wrote has only right or wrong."""
    value = row.get(f"{name}_score")
    if value is None and name in ("candidate", "champion"):
        value = row.get(f"{name}_correct")
    return None if value is None else float(value)


def claim(
    name: str, what: str, rows: Sequence[Row], mine: str, theirs: str, margin: float, joint: tuple[str, str] | None = None
) -> Claim:
    """The claim on those of the rows that both scores are known of. joint: the reference's scores now and before."""
    compared, reference = _pairs(rows, mine, theirs), _pairs(rows, *joint) if joint else np.empty((0, 2))
    lost = float((reference[:, 1] - reference[:, 0]).mean()) if len(reference) else 0.0
    shared = min(margin, max(0.0, lost))  # at most as much again
    return Claim(name, what, compared[:, 0], compared[:, 1], margin, shared)


def _pairs(rows: Sequence[Row], mine: str, theirs: str) -> Array:
    pairs = [(score(row, mine), score(row, theirs)) for row in rows]
    return np.array([pair for pair in pairs if None not in pair], np.float64).reshape(-1, 2)


def fall(claim: Claim, alpha: float, attempts: int = 1, lifetime: bool = False) -> Gate:
    """One claim as a gate, each bound at one-sided `alpha`.

    attempts: how many candidates these cases have judged for the same experience. lifetime: the margin is the budget of all
    cycles together.
    """
    if not len(claim.mine):
        return Gate(claim.name, "inconclusive", f"{claim.what} cannot be compared: there is no case.", margin=claim.margin)
    margin = claim.margin + claim.shared
    found = against(differences(claim.mine, claim.theirs), margin, alpha, attempts, claim.room + claim.shared)
    interval = found.interval
    sure = interval.high - found.lowered < -margin
    status: GateStatus = "pass" if found.status == "pass" else "fail" if sure else "inconclusive"
    besides = f" besides the {claim.shared:.3f} that a joint fit loses" if claim.shared else ""
    reason = f"{claim.what} {change(interval)}; at most {claim.margin:g} may be lost{besides}"
    if found.lowered and status != "pass":
        reason += f" (attempt {attempts} at these cases: {found.lowered:.3f} of the estimate is taken for luck)"
    if lifetime:
        reason += f". {found.spent.estimate:.0%} of the budget is spent"
    undecided = status == "pass" and interval.low <= -margin
    if undecided:
        over = "by the estimate it is more, but not surely" if interval.estimate < -margin else "too few cases to rule more out"
        reason += f"; {over}: {found.needed:,} cases would do, there are {interval.n:,}"
    return Gate(
        claim.name, status, f"{reason}.", interval.estimate, interval.low, interval.high, margin, interval.n,
        undecided=undecided, needs=found.needed if undecided else None,
    )  # fmt: skip


def past_gates(rows: Sequence[Row], settings: GateSettings, attempts: int = 1) -> list[Gate]:
    """All gates on past cases; none without a champion."""
    evenly = [row for row in rows if not row.get("doubted")]
    if not any(row["champion_correct"] is not None for row in rows):
        return []
    pair = ("joint_known", "joint_before")
    step = claim("regression.pooled", "Past cases", evenly, "candidate_known", "champion", settings.margin, pair)
    learned = [row for row in evenly if row["experience"] is not None]
    budgets = []
    if any(score(row, "anchor") is not None for row in learned):  # in a cycle, judge holds what has no record (Facts.unrecorded)
        what = "Past cases, against the best that each task was served at,"
        budgets.append(
            claim("lifetime.pooled", what, learned, "candidate_then", "anchor", settings.budget, ("joint_then", "anchor_joint"))
        )
        step = replace(step, room=settings.budget)
    if approved := [row for row in learned if score(row, "approved") is not None]:
        what = "Past cases, against the last version that a person approved,"
        budgets.append(claim("lifetime.approved", what, approved, "candidate_approved", "approved", settings.budget))
    if price := new_labels(learned, settings.new_label_margin):
        budgets.append(price)
    return [
        fall(step, settings.alpha, attempts),
        *(fall(each, settings.alpha, attempts, lifetime=True) for each in budgets),
        *task_gates("regression", "champion", rows, settings),
        *task_gates("lifetime", "anchor", [row for row in rows if row["experience"] is not None], settings),
    ]


def new_labels(rows: Sequence[Row], margin: float) -> Claim | None:
    """What the candidate loses to labels that came after a case was learned, minus what the joint reference loses to them.

    None where no past case has met a new label.
    """
    mine, theirs = [], []
    for row in rows:
        then, now = score(row, "candidate_then"), score(row, "candidate")
        joint_then, joint = score(row, "joint_then"), score(row, "joint")
        if then is None or now is None:
            continue
        mine.append(-max(0.0, then - now))
        theirs.append(0.0 if joint_then is None or joint is None else -max(0.0, joint_then - joint))
    if not any(mine):
        return None
    what = "Past cases, to labels that came later and beyond what a joint fit loses to them,"
    return Claim("regression.new_labels", what, 1 + np.array(mine), 1 + np.array(theirs), margin)


def task_gates(family: str, rival: str, rows: Sequence[Row], settings: GateSettings) -> list[Gate]:
    """One gate for all past tasks together, and one of its own for each that did not pass and for suites that people wrote.

    A task that stands below its best, where the champion stands as low, is no reason to hold a candidate that lowers it no more
    (unless it is surely below): holding it would give nothing back.
    """
    groups: dict[str, list[Row]] = {}
    people = {row["suite"] for row in rows if row["experience"] is None}
    for row in rows:
        groups.setdefault(row["suite"], []).append(row)
    counts = [task for name, group in groups.items() if (task := tally(name, group, rival)).n]
    if not counts:
        return []
    against = "the champion" if rival == "champion" else "the best that it was served at"
    judged = [
        (task, replace(one, status="pass") if one.status == "inconclusive" and _as_low(groups[task.name]) else one)
        for task, one in zip(counts, collapsed(counts, settings.collapse_margin, settings.alpha), strict=True)
    ]
    bad = sorted(((task, one.status) for task, one in judged if one.status != "pass"), key=lambda t: (t[1] != "fail", -t[0].fall))
    asked = [(task, one.status) for task, one in judged if one.status == "pass" and task.name in people]
    own = [_own(family, task, status, against, settings.collapse_margin) for task, status in (*bad[:MOST_TASKS], *asked)]
    if bad or all(task.name in people for task in counts):
        return own
    worst = sorted((task for task in counts if task.name not in people), key=lambda task: -task.fall)
    named = ", ".join(f"{task.name} {-task.fall:+.3f}" for task in worst[:NAMED])
    many = f"None of {len(worst)} past tasks has" if len(worst) > 1 else "The past task has not"
    reason = f"{many} lost surely more than {settings.collapse_margin:g} against {against}; the worst: {named}."
    cases = sum(task.n for task in worst)
    return [Gate(f"{family}.tasks", "pass", reason, margin=settings.collapse_margin, n=cases), *own]


def tally(name: str, rows: Sequence[Row], rival: str) -> TaskCounts:
    """What the candidate gained and lost against a rival on these cases of a task; half of a score counts as a whole case.

    As many cases as the joint reference lost in the same time are not counted as lost: everybody pays for new labels.
    """
    pairs = [(score(row, "candidate"), score(row, rival)) for row in rows]
    gaps = [mine - theirs for mine, theirs in pairs if mine is not None and theirs is not None]
    lost = sum(gap <= -0.5 for gap in gaps) - sum(_everybody_pays(row, rival) for row in rows)
    return TaskCounts(name, len(gaps), sum(gap >= 0.5 for gap in gaps), max(0, lost))


def _as_low(rows: Sequence[Row]) -> bool:
    """Whether the champion, too, answers no more of these cases rightly."""
    pairs = [(score(row, "candidate"), score(row, "champion")) for row in rows]
    known = [(mine, theirs) for mine, theirs in pairs if mine is not None and theirs is not None]
    return bool(known) and sum(mine for mine, _ in known) >= sum(theirs for _, theirs in known)


def _own(family: str, task: TaskCounts, status: GateStatus, against: str, margin: float) -> Gate:
    words = {
        "fail": "surely more than",
        "inconclusive": "more by the estimate, and really so, than",
        "pass": "not surely more than",
    }
    reason = (
        f"The past task {task.name} lost {task.lost} and gained {task.gained} of {task.n} cases against {against}: "
        f"{words[status]} the {margin:g} that is allowed."
    )
    return Gate(f"{family}.{task.name}", status, reason, -task.fall, margin=margin, n=task.n)


def _everybody_pays(row: Row, rival: str) -> bool:
    """Whether the joint reference, too, lost this case: in this cycle (champion), or since the task was learned (anchor)."""
    then, now = score(row, "joint_before" if rival == "champion" else "anchor_joint"), score(row, "joint")
    if then is None and rival != "champion":
        then = score(row, "joint_then")
    return then is not None and now is not None and now < then


def change(interval: Interval) -> str:
    """An interval of a difference in words."""
    if interval.estimate < 0:
        return f"fell by {-interval.estimate:.3f} [{-interval.high:.3f}, {-interval.low:.3f}] on {interval.n:,} cases"
    return f"rose by {interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}] on {interval.n:,} cases"
