"""promote: record the cycle's decision and carry it out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from components.contracts import Outcome
from components.control.actions import conclude
from components.control.authority import serving
from components.cycle.basis import ACTOR, set_back
from components.cycle.outputs import Basis, Concluded, Judged, RolledOut
from components.cycle.page import evidence
from components.cycle.step import Known, Step, Workbench, beside
from components.cycle.steps._parties import Parties, parties
from components.registry.evidence import Decision, Evidence
from components.registry.evidence_page import render
from components.registry.registry import Registry
from components.relabelling import Relabelling


@dataclass(frozen=True)
class Inputs:
    version: str
    parties: Parties
    basis: Basis
    judged: Judged
    rolled_out: RolledOut
    approval: str
    act: Relabelling | None
    evidence: Evidence = beside()


def gather(known: Known) -> Inputs:
    records, cycle = known.records, known.cycle
    return Inputs(
        records.registered(cycle).version,
        parties(known),
        records.opened(cycle).basis,
        records.judged(cycle),
        records.rolled_out(cycle),
        known.settings.rollout.approval,
        records.opened(cycle).act,
        evidence(cycle, known.workspace),
    )


def outcome_of(judged: Judged, traffic: RolledOut, approval: str) -> tuple[Outcome, tuple[str, ...]]:
    """What becomes of a candidate, and why: a failed gate rejects it, traffic rolls it back, doubt holds it for a person."""
    if judged.stops:
        return "rejected", judged.reasons
    if traffic.status == "rolled_back":
        return "rolled_back", (traffic.reason,)
    if judged.mode == "enforce" and judged.status == "inconclusive":
        return "held", judged.reasons
    if traffic.status == "held":
        return "held", (traffic.reason,)
    if approval == "always":
        return "held", ("Every promotion waits for a person (rollout.approval: always).",)
    return "promoted", judged.reasons


def run(inputs: Inputs, bench: Workbench) -> Concluded:
    serves = serving(bench.workspace)
    if not inputs.basis.watched and (serves is None or serves.version != inputs.version):
        set_back(bench.workspace, inputs.basis.champion, bench.now)
    outcome, reasons = outcome_of(inputs.judged, inputs.rolled_out, inputs.approval)
    reason = " ".join(reasons) or "All gates passed and traffic showed no harm."
    if inputs.act:
        reasons = (f"{inputs.act.by}: {inputs.act.told}. {inputs.act.reason}", *reasons)
        reason = " ".join(reasons)

    def page(outcome: Outcome, reason: str) -> str:
        return render(replace(inputs.evidence, version=inputs.version, decision=Decision(outcome, (reason,))))

    registry = Registry(bench.workspace)
    known = conclude(registry, inputs.version, outcome, actor=ACTOR, reason=reason, now=bench.now, page=page)
    if known.outcome not in (None, outcome):  # it may not become champion any more, or was decided before
        outcome, reasons = known.outcome, (known.reason,)
    serves = serving(bench.workspace)
    return Concluded(outcome, inputs.version, serves.checkpoint if serves else None, reasons)


PROMOTE = Step("promote", gather, run, Concluded)
