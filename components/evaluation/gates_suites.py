"""The gates of the suites: what they ask for, and not worse than the champion. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.contracts import Gate, GateStatus
from components.evaluation.gates_new import shown
from components.evaluation.gates_past import change
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


def suite_gates(rows: Sequence[Row], summary: Mapping[str, Any], alpha: float) -> list[Gate]:
    """The gates of the suites that are probed; hard failures first."""
    gates = []
    for name, suite in summary["suites"].items():
        if suite["kind"] in PROBED:
            passed = [row["candidate_correct"] for row in rows if (row["kind"], row["suite"]) == (suite["kind"], suite["suite"])]
            if suite["pass_rate"] is None:
                gates.append(without_bar(name, sum(passed), len(passed), suite["foreign"], suite["foreign_labels"], alpha))
            else:
                gates.append(pass_rate(name, sum(passed), len(passed), suite["pass_rate"], suite["hard"], alpha))
    return sorted(gates, key=lambda gate: not gate.hard)


def against_champion(rows: Sequence[Row], gates: Sequence[Gate], settings: GateSettings) -> list[Gate]:
    """The gates of the suites, where one fails as well if the champion passed surely more of its cases (Holm over suites)."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row["champion_correct"] is not None and row["kind"] in PROBED:
            groups.setdefault(f"{row['kind']}.{row['suite']}", []).append(row)
    guards = [
        Guard(name, f"{name}: against the champion, the cases passed", _paired(group), settings.collapse_margin)
        for name, group in groups.items()
    ]
    levels = holm_levels([worse_p(claim.counts, claim.margin) for claim in guards], settings.alpha)
    judged = {claim.name: guard(claim, level) for claim, level in zip(guards, levels)}
    return [
        judged[gate.name] if gate.status == "pass" and judged.get(gate.name, gate).status == "fail" else gate for gate in gates
    ]


def guard(claim: Guard, level: float) -> Gate:
    """Fail when significantly beyond the margin at this level, inconclusive when only the estimate is, else pass."""
    interval = paired_interval(claim.counts, 2 * level)
    beyond = claim.counts.difference < -claim.margin
    status: GateStatus = (
        "fail" if worse_p(claim.counts, claim.margin) <= level and beyond else "inconclusive" if beyond else "pass"
    )
    return _gate(
        claim.name, status, f"{claim.what} {change(interval)}; at most {claim.margin:g} is allowed", interval, claim.margin
    )


def pass_rate(name: str, passed: int, n: int, least: float, hard: bool, alpha: float) -> Gate:
    """A behaviour or safety suite against the share that it asks for; a hard suite fails on the share alone."""
    interval = wilson(passed, n, 2 * alpha)
    short = interval.estimate < least
    status: GateStatus = "pass" if not short else "fail" if hard or interval.high < least else "inconclusive"
    reason = f"{name}: {shown(interval)} pass; the suite asks for {least:g}"
    return _gate(name, status, reason, interval, least, hard=hard and status == "fail")


def without_bar(name: str, passed: int, n: int, foreign: Sequence[str], labels: int, alpha: float) -> Gate:
    """A suite whose share was set for other labels: `against_champion` decides, among the labels that both know."""
    interval = wilson(passed, n, 2 * alpha)
    named = ", ".join(foreign) + (" …" if labels > len(foreign) else "")
    reason = (
        f"{name}: {shown(interval)} pass; the suite's pass rate was set for models without the labels {named}, "
        "so this one is compared with the champion only"
    )
    return Gate(name, "pass", f"{reason}.", interval.estimate, interval.low, interval.high, n=interval.n)


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


def cost_gates(summary: Mapping[str, Any]) -> list[Gate]:
    """Every bound of the cost suites whose quantity was measured."""
    return [
        bound(f"cost.{suite}", summary["cost"][what], most, what.replace("_", " "))
        for suite, bounds in summary["bounds"].items()
        for what, most in bounds.items()
        if what in summary["cost"]
    ]


def _paired(rows: Sequence[Row]) -> Paired:
    """Among the labels that both know: a champion that knows fewer has an easier exam."""
    known = [row.get("candidate_known_score") for row in rows]
    mine = [bool(row["candidate_correct"] if score is None else score) for row, score in zip(rows, known)]
    return paired(mine, [row["champion_correct"] for row in rows])


def _gate(name: str, status: GateStatus, reason: str, interval: Interval, margin: float, hard: bool = False) -> Gate:
    return Gate(name, status, f"{reason}.", interval.estimate, interval.low, interval.high, margin, interval.n, hard)
