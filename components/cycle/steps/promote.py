"""promote: record the cycle's decision and carry it out."""

from __future__ import annotations

from dataclasses import dataclass

from components.contracts import Outcome, kind_writes
from components.control.actions import conclude
from components.cycle.outputs import Basis, Concluded, Judged, RolledOut
from components.cycle.step import Known, Step, Workbench
from components.cycle.steps._parties import Parties, parties
from components.evaluation.suites import freeze
from components.registry.registry import Registry
from components.storage import read_manifest

ACTOR = "perdure"


@dataclass(frozen=True)
class Inputs:
    version: str
    parties: Parties
    basis: Basis
    judged: Judged
    rolled_out: RolledOut
    approval: str


def gather(known: Known) -> Inputs:
    records, cycle = known.records, known.cycle
    return Inputs(
        records.registered(cycle).version,
        parties(known),
        records.opened(cycle).basis,
        records.judged(cycle),
        records.rolled_out(cycle),
        known.settings.rollout.approval,
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
    registry, those = Registry(bench.workspace), inputs.parties
    outcome, reasons = outcome_of(inputs.judged, inputs.rolled_out, inputs.approval)
    if outcome == "promoted" and not holds(inputs.basis, registry.champion_checkpoint(), those.candidate):
        outcome, reasons = "held", ("The champion moved while this candidate was tested: it was compared with another one.",)
    reason = " ".join(reasons) or "All gates passed and traffic showed no harm."
    conclude(registry, inputs.version, outcome, actor=ACTOR, reason=reason, now=bench.now)
    if outcome == "promoted":
        writes = kind_writes(read_manifest(bench.checkpoint(those.candidate))["base"]["kind"])
        freeze(bench.experience(those.experience), bench.workspace.suites, writes=writes)
    champion = those.candidate if outcome == "promoted" else inputs.basis.champion
    return Concluded(outcome, inputs.version, champion, reasons)


def holds(basis: Basis, serving: str | None, candidate: str) -> bool:
    """Whether the checkpoint that serves is the one that the candidate was judged against or, after a kill, the candidate."""
    return not basis.watched or serving in (basis.champion, candidate)


PROMOTE = Step("promote", gather, run, Concluded)
