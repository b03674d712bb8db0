"""monitor: measure what the new champion kept, and how the new events differ from the past ones."""

from __future__ import annotations

from dataclasses import dataclass

from components.cycle.history import ended, is_act, lineage, past_experiences
from components.cycle.outputs import Evaluated, Monitored
from components.cycle.step import Known, Step, Workbench
from components.cycle.steps._parties import Parties, parties
from components.monitoring.gather import known_events, new_events, past_cases
from components.monitoring.monitor import monitor
from components.monitoring.page import render, tripped
from components.registry.attach import attach_monitoring
from components.registry.registry import Registry
from components.storage import read_manifest


@dataclass(frozen=True)
class Reference:
    """A past experience, the cycle whose candidate learned it, and the digest of that cycle's scored cases."""

    experience: str
    cycle: str
    cases: str


@dataclass(frozen=True)
class Inputs:
    promoted: bool
    act: bool
    version: str
    cycle: str
    parties: Parties
    past: tuple[str, ...]
    evaluated: Evaluated
    references: tuple[Reference, ...]


def gather(known: Known) -> Inputs:
    records, those = known.records, parties(known)
    concluded = records.concluded(known.cycle)
    past = past_experiences(known.workspace, those.champion, those.experience)
    references = [
        Reference(records.ingested(cycle).experience, cycle, records.evaluated(cycle).cases)
        for cycle in lineage(known.workspace, those.champion)
    ]
    return Inputs(
        ended(known.cycle, known.workspace).outcome == "promoted",
        is_act(known.cycle, known.workspace),
        concluded.version,
        known.cycle,
        those,
        past,
        records.evaluated(known.cycle),
        tuple(reference for reference in references if reference.experience in past),
    )


def run(inputs: Inputs, bench: Workbench) -> Monitored:
    if not inputs.promoted or inputs.act:
        return Monitored("skipped")

    those = inputs.parties
    names = read_manifest(bench.checkpoint(those.candidate)).get("relabelled", {})
    past = [bench.experience(digest).known_as(names) for digest in inputs.past]
    learned = [(each.experience, bench.cases(each.cycle, each.cases)) for each in inputs.references]
    reference, current = past_cases(learned, bench.cases(inputs.cycle, inputs.evaluated.cases), past)
    known, against = known_events(past, bench.checkpoint(those.champion) if those.champion else None)
    report = monitor(
        bench.workspace,
        cycle=inputs.cycle,
        now=bench.now(),
        reference=reference,
        current=current,
        events=new_events(bench.experience(those.experience).known_as(names)),
        known=known,
        against=against,
        names={experience.digest: experience.name for experience in past},
    )
    forgotten = tripped(report)
    attach_monitoring(Registry(bench.workspace), inputs.version, report, render(report, inputs.cycle), forgotten)
    return Monitored("forgetting" if forgotten else "kept", report["forgetting"], report["inputs"], report["snapshots"])


MONITOR = Step("monitor", gather, run, Monitored)
