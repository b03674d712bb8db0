"""The gates: from an evaluation to a verdict. Pure; every rule is a function of counts and has a truth table in its test.

    past cases          gates_past.py: champion, lifetime budget, single tasks, the price of new labels
    the new experience  gates_new.py: learned, label_noise
    its training rows   gates_rows.py: triggers, doubtful_labels, gibberish, domain
    suites              gates_suites.py: behaviour.NAME, safety.NAME, cost.NAME, and that none was left out
    facts               here: monitoring, and how often the same cases were looked at

A verdict is as bad as its worst gate. What the cases cannot decide passes with a warning, under the lifetime budget, or is held
until there are more cases, as gates.undecided says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import lgamma, log, sqrt
from typing import Any

from components.contracts import Gate, GateStatus, Verdict
from components.evaluation.gates_act import same_answers
from components.evaluation.gates_new import new_gates
from components.evaluation.gates_past import claim, fall, past_gates
from components.evaluation.gates_rows import row_gates
from components.evaluation.gates_suites import against_champion, cost_gates, same_suites, suite_gates
from components.evaluation.result import Evaluation
from components.settings import GateSettings

Row = Mapping[str, Any]

#: Groups of cases that monitoring compares at once: a task that it names was the worst of so many
WATCHED = 12


@dataclass(frozen=True)
class Facts:
    """What a verdict has to know besides the cases.

    champion_suites: the suites that were run on the champion (Verdict.suites), None: not known. unrecorded: there is a champion,
    and no record says which. attempts: how many candidates were judged on this experience, this one included. looks, refused: how
    many were judged on past cases so far, and how many of them not promoted. forgotten: past tasks that monitoring found the
    champion to forget.
    """

    champion_suites: Mapping[str, str] | None = None
    unrecorded: bool = False
    attempts: int = 1
    looks: int = 0
    refused: int = 0
    forgotten: tuple[str, ...] = ()


def judge(evaluation: Evaluation, settings: GateSettings, facts: Facts | None = None) -> Verdict:
    """All gates of an evaluation. If it stopped at a hard safety failure, only the safety gates."""
    rows, summary, facts = evaluation.cases.to_pylist(), evaluation.summary, facts or Facts()
    gates = suite_gates(rows, summary, settings.alpha)
    act = summary.get("act")
    if act and not act["merges"] and not any(gate.hard for gate in gates):
        gates = [same_answers(rows, act), *_recorded(summary, facts)]
    elif not any(gate.hard for gate in gates):
        new = [row for row in rows if row["kind"] == "regression" and row["experience"] == summary["experience"]]
        past = [row for row in rows if row["kind"] == "regression" and row["experience"] != summary["experience"]]
        gates = [
            *(past_gates(past, settings, facts.attempts) or _nothing_to_compare(summary)),
            *([same_answers(rows, act)] if act else _of_experience(new, past, summary, settings, facts)),
            *against_champion(rows, gates, settings),
            *cost_gates(summary),
        ]
        gates += _recorded(summary, facts)
    if settings.undecided == "wait":
        gates = [replace(gate, status="inconclusive") if gate.undecided else gate for gate in gates]
    return Verdict(worst([gate.status for gate in gates]), tuple(gates), settings.mode, summary.get("asked", {}))


def _of_experience(
    new: Sequence[Row], past: Sequence[Row], summary: Mapping[str, Any], settings: GateSettings, facts: Facts
) -> list[Gate]:
    """The gates that an experience with rows has to pass."""
    return [
        *_monitored(past, settings, facts),
        *_worn(past, settings, facts),
        *new_gates(new, settings, summary["new_labels"], summary.get("left_out"), past),
        *row_gates(summary, settings),
    ]


def _recorded(summary: Mapping[str, Any], facts: Facts) -> list[Gate]:
    """No suite that the champion was asked is left out, and it is known which those were."""
    gates = []
    if facts.champion_suites and "asked" in summary:  # older summaries do not list the suites
        gates.append(same_suites(facts.champion_suites, summary["asked"], summary["skipped"]))
    if facts.unrecorded:
        reason = (
            "The record of the cycle that made the champion is missing, so nothing shows which suites it was asked and how "
            "it answered: restore that cycle's folder in the workspace."
        )
        gates.append(Gate("suites", "inconclusive", reason))
    return gates


def worst(statuses: Sequence[GateStatus]) -> GateStatus:
    """fail if one failed, else inconclusive if one is, else pass."""
    return "fail" if "fail" in statuses else "inconclusive" if "inconclusive" in statuses else "pass"


def _nothing_to_compare(summary: Mapping[str, Any]) -> list[Gate]:
    """A line with a past and no case of it proves nothing: that is no pass."""
    if not summary.get("compared") or not summary.get("probe", {}).get("tasks"):
        return []
    reason = "No past experience has a held-out case that both versions can be asked, so nothing shows that the past is kept."
    return [Gate("regression.pooled", "inconclusive", reason)]


def _monitored(past: Sequence[Row], settings: GateSettings, facts: Facts) -> list[Gate]:
    """Where monitoring found that the champion forgets, its successor must not stand as low: it is held if it really does."""
    rows = [row for row in past if row["suite"] in facts.forgotten]
    if not rows:
        return []
    named = ", ".join(facts.forgotten[:3]) + (" …" if len(facts.forgotten) > 3 else "")
    what = f"Monitoring found that the champion forgets {named}; there this candidate, against the best that served,"
    found = claim("monitoring", what, rows, "candidate_then", "anchor", settings.budget, ("joint_then", "anchor_joint"))
    gate = fall(found, settings.alpha / WATCHED, lifetime=True)
    return [replace(gate, status="inconclusive" if gate.status == "fail" else gate.status, undecided=False, needs=None)]


def _worn(past: Sequence[Row], settings: GateSettings, facts: Facts) -> list[Gate]:
    """How far past cases may have been adapted to: verdicts are bits about them, and each refusal chose the next candidate.

    k looks with r refusals have C(k, r) outcomes, so the best of that many candidates lies sqrt(2 ln C) standard errors above the
    truth at most. Where that is more than the budget, the cases are worn out: a warning, for it bounds an adversary, not a line.
    """
    n = sum(row.get("champion_correct") is not None for row in past)
    if not n or not facts.refused:
        return []
    k, r = max(facts.looks, facts.refused), facts.refused
    outcomes = lgamma(k + 1) - lgamma(r + 1) - lgamma(k - r + 1)
    changed = sum(row["candidate_correct"] != row["champion_correct"] for row in past if row["champion_correct"] is not None)
    bias = sqrt(2 * (changed + 1) / n * outcomes / n) if outcomes > log(2) else 0.0
    said = f"Past cases were looked at {k} times, and {r} candidates refused; adapting to them could hide {bias:.3f}"
    worn = bias > settings.budget
    way = (
        "; they are worn out: let new events of the old tasks come in, or hold out more (ingestion.heldout_share)" if worn else ""
    )
    return [Gate("looks", "pass", f"{said}{way}.", n=n)]
