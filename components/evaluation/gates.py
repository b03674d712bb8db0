"""The gates: from an evaluation to a verdict. Pure; every rule is a function of counts and has a truth table in its test.

regression.pooled       paired non-inferiority over all past cases, on the labels that candidate and champion both know: the
                        main test. Pass: lower bound above -margin. Fail: upper bound below -margin. Else held for a person.
regression.new_labels   past cases with all labels allowed, so that new labels may attract them: how much they fall. A guard.
regression.NAME         every past task and every regression suite that people wrote, all labels allowed. A guard.
learned                 the new experience is answered well enough, and not worse than by the champion.
label_noise             confident answers do not contradict the experience's own held-out labels.
suites                  every suite that was run on the champion was also run on the candidate.
behaviour.NAME, safety.NAME, cost.NAME   what the suites themselves declare, and not worse than the champion.

Why two views of the past: a champion that knows fewer labels has an easier task. The cases that a candidate loses to labels that
the champion did not know are the price of learning them, not forgetting; retraining on everything pays it as well. Forgetting is
bounded strictly, that price by a wider margin. A guard fails only when it is significantly beyond its margin (Holm over all
guards); the candidate is held when only the estimate is. A dozen cases of a past task can prove a collapse, never its absence.
A pass needs the main test AND no failing guard (an intersection-union test), so a bad candidate passes with at most alpha.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.contracts import Gate, GateStatus, Verdict
from components.evaluation.contradictions import contradictions
from components.evaluation.result import Evaluation
from components.evaluation.schema import PROBED
from components.evaluation.statistics import Interval, Paired, holm_levels, paired, paired_interval, wilson, worse_p
from components.settings import GateSettings

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Guard:
    """The claim "not worse than the champion by more than `margin`" for one group of cases."""

    name: str
    what: str  # the subject of the reason's sentence
    counts: Paired
    margin: float


def judge(
    evaluation: Evaluation,
    settings: GateSettings,
    champion_suites: Mapping[str, str] | None = None,
    unrecorded: bool = False,
) -> Verdict:
    """All gates of an evaluation. If it stopped at a hard safety failure, only the safety gates.

    `champion_suites`: the suites that were run on the champion before its promotion (Verdict.suites); None: not known.
    """
    rows, summary = evaluation.cases.to_pylist(), evaluation.summary
    gates = suite_gates(rows, summary, settings.alpha)
    if not any(gate.hard for gate in gates):
        new = [row for row in rows if row["kind"] == "regression" and row["experience"] == summary["experience"]]
        past = [row for row in rows if row["kind"] == "regression" and row["experience"] != summary["experience"]]
        gates = [*_past_gates(past, summary, settings), *_new_gates(new, settings), *gates]
        gates = [*_apply(_champion_guards(rows, summary, settings), gates, settings.alpha), *cost_gates(summary)]
        if champion_suites and "asked" in summary:  # older summaries do not list the suites
            gates.append(same_suites(champion_suites, summary["asked"], summary["skipped"]))
        if unrecorded:
            reason = "No record says which suites the champion was asked, so nothing shows that this candidate was asked as many."
            gates.append(Gate("suites", "inconclusive", reason))
    return Verdict(worst([gate.status for gate in gates]), tuple(gates), settings.mode, summary.get("asked", {}))


def worst(statuses: Sequence[GateStatus]) -> GateStatus:
    """fail if one failed, else inconclusive if one is, else pass."""
    return "fail" if "fail" in statuses else "inconclusive" if "inconclusive" in statuses else "pass"


# ---------------------------------------------------------------- rules


def non_inferior(counts: Paired, margin: float, alpha: float) -> Gate:
    """The main test: one-sided error alpha on either side (the interval shown is at 1 - 2 alpha)."""
    interval = paired_interval(counts, 2 * alpha)
    status: GateStatus = "pass" if interval.low > -margin else "fail" if interval.high < -margin else "inconclusive"
    reason = f"Past cases {_change(interval)}; the margin is {margin:g}"
    if status == "inconclusive":
        reason += ", and the cases cannot tell on which side of it the candidate lies"
    return _gate("regression.pooled", status, reason, interval, margin)


def guard(claim: Guard, level: float) -> Gate:
    """Fail when significantly beyond the margin at this level, inconclusive when only the estimate is, else pass."""
    interval = paired_interval(claim.counts, 2 * level)
    beyond = claim.counts.difference < -claim.margin
    status: GateStatus = (
        "fail" if worse_p(claim.counts, claim.margin) <= level and beyond else "inconclusive" if beyond else "pass"
    )
    return _gate(
        claim.name, status, f"{claim.what} {_change(interval)}; at most {claim.margin:g} is allowed", interval, claim.margin
    )


def learned(correct: int, counts: Paired | None, n: int, least: float, alpha: float) -> Gate:
    """Accuracy on the new experience's held-out cases: fail if surely below `least`, or surely below the champion's."""
    interval = wilson(correct, n, 2 * alpha)
    reason = f"The new experience is answered rightly in {_share(interval)}; at least {least:g} is asked for"
    status: GateStatus = "fail" if interval.high < least else "inconclusive" if n == 0 or interval.estimate < least else "pass"
    if counts is not None and paired_interval(counts, 2 * alpha).high < 0:
        status, reason = "fail", f"{reason}; the champion, which never learned it, answers it better by {-counts.difference:.3f}"
    return _gate("learned", status, reason, interval, least)


def label_noise(contradicted: int, sure: int, limit: float, alpha: float) -> Gate:
    """Share of the candidate's sure answers that contradict the held-out label: fail if surely above `limit`."""
    interval = wilson(contradicted, sure, 2 * alpha)
    reason = (
        f"Where the candidate is sure, the label is another in {_share(interval)}; above {limit:g} the labels are not trusted"
    )
    return _gate("label_noise", "fail" if interval.low > limit else "pass", reason, interval, limit)


def pass_rate(name: str, passed: int, n: int, least: float, hard: bool, alpha: float) -> Gate:
    """A behaviour or safety suite against the share that it asks for; a hard suite fails on the share alone."""
    interval = wilson(passed, n, 2 * alpha)
    short = interval.estimate < least
    status: GateStatus = "pass" if not short else "fail" if hard or interval.high < least else "inconclusive"
    reason = f"{name}: {_share(interval)} pass; the suite asks for {least:g}"
    return _gate(name, status, reason, interval, least, hard=hard and status == "fail")


def bound(name: str, measured: float, most: float, what: str) -> Gate:
    """A measured cost against its upper bound."""
    reason = f"{name}: {what} is {measured:,.0f}; at most {most:,.0f} is allowed."
    return Gate(name, "fail" if measured > most else "pass", reason)  # no estimate: gates' estimates are shares


def same_suites(champion: Mapping[str, str], asked: Mapping[str, str], skipped: Mapping[str, str]) -> Gate:
    """No suite that was run on the champion may be left out. An edited suite passes, and the reason says that it was edited."""
    missing = [f"{name} ({skipped.get(name, 'gates.suites no longer names it')})" for name in sorted(champion.keys() - asked)]
    if missing:
        way_out = "put it back, or retire it by one cycle with gates.mode: report"
        return Gate("suites", "fail", f"The champion was asked, and this candidate was not: {', '.join(missing)}; {way_out}.")
    edited = [
        f"{name} (from {digest[:12]} to {asked[name][:12]})" for name, digest in sorted(champion.items()) if asked[name] != digest
    ]
    reason = "Every suite that the champion was asked, this candidate was asked as well"
    return Gate("suites", "pass", f"{reason}; edited since: {', '.join(edited)}." if edited else f"{reason}.")


# ---------------------------------------------------------------- from cases to rules


def _past_gates(past: Sequence[Row], summary: Mapping[str, Any], settings: GateSettings) -> list[Gate]:
    known = [{**row, "candidate_correct": _known(row)} for row in past if row["champion_correct"] is not None]
    return [non_inferior(_paired(known), settings.margin, settings.alpha)] if known else []


def _new_gates(new: Sequence[Row], settings: GateSettings) -> list[Gate]:
    compared = [row for row in new if row["champion_correct"] is not None]
    correct = sum(row["candidate_correct"] for row in new)
    columns = ("truth", "candidate_predicted", "candidate_confidence")
    against, sure = contradictions(*([row[name] for row in new] for name in columns))
    return [
        learned(correct, _paired(compared) if compared else None, len(new), settings.min_learned, settings.alpha),
        label_noise(against, sure, settings.max_label_noise, settings.alpha),
    ]


def suite_gates(rows: Sequence[Row], summary: Mapping[str, Any], alpha: float) -> list[Gate]:
    """The gates of the suites that are probed; hard failures first."""
    gates = []
    for name, suite in summary["suites"].items():
        if suite["kind"] in PROBED:
            passed = [row["candidate_correct"] for row in rows if (row["kind"], row["suite"]) == (suite["kind"], suite["suite"])]
            gates.append(pass_rate(name, sum(passed), len(passed), suite["pass_rate"], suite["hard"], alpha))
    return sorted(gates, key=lambda gate: not gate.hard)


def _champion_guards(rows: Sequence[Row], summary: Mapping[str, Any], settings: GateSettings) -> list[Guard]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row["champion_correct"] is not None and row["experience"] != summary["experience"]:
            groups.setdefault(f"{row['kind']}.{row['suite']}", []).append(row)
    guards = [
        Guard(name, f"The past task {name.removeprefix('regression.')}", _paired(group), settings.collapse_margin)
        if name.startswith("regression.")
        else Guard(name, f"{name}: against the champion, the cases passed", _paired(group), settings.margin)
        for name, group in groups.items()
    ]
    past = [row for name, group in groups.items() if name.startswith("regression.") for row in group]
    if past and summary["new_labels"]:
        what = "Past cases, with the new labels allowed,"
        guards.insert(0, Guard("regression.new_labels", what, _paired(past), settings.new_label_margin))
    return guards


def _apply(guards: Sequence[Guard], gates: Sequence[Gate], alpha: float) -> list[Gate]:
    """The gates with the guards applied: a past task gets its own gate; a suite's gate fails with its guard."""
    levels = holm_levels([worse_p(claim.counts, claim.margin) for claim in guards], alpha)
    judged = {claim.name: guard(claim, level) for claim, level in zip(guards, levels)}
    own = [gate for name, gate in judged.items() if name.startswith("regression.")]
    main = [gate for gate in gates if gate.name == "regression.pooled"]
    others = [
        judged[gate.name] if gate.status == "pass" and judged.get(gate.name, gate).status == "fail" else gate
        for gate in gates
        if gate not in main
    ]
    return [*main, *own, *others]


def cost_gates(summary: Mapping[str, Any]) -> list[Gate]:
    """Every bound of the cost suites whose quantity was measured."""
    return [
        bound(f"cost.{suite}", summary["cost"][what], most, what.replace("_", " "))
        for suite, bounds in summary["bounds"].items()
        for what, most in bounds.items()
        if what in summary["cost"]
    ]


def _known(row: Row) -> bool:
    return bool(row["candidate_correct"] if row["candidate_known_correct"] is None else row["candidate_known_correct"])


def _paired(rows: Sequence[Row]) -> Paired:
    return paired([row["candidate_correct"] for row in rows], [row["champion_correct"] for row in rows])


def _change(interval: Interval) -> str:
    if interval.estimate < 0:
        return f"fell by {-interval.estimate:.3f} [{-interval.high:.3f}, {-interval.low:.3f}] on {interval.n} cases"
    return f"rose by {interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}] on {interval.n} cases"


def _share(interval: Interval) -> str:
    return f"{interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}] of {interval.n} cases"


def _gate(name: str, status: GateStatus, reason: str, interval: Interval, margin: float, hard: bool = False) -> Gate:
    return Gate(name, status, f"{reason}.", interval.estimate, interval.low, interval.high, margin, interval.n, hard)
