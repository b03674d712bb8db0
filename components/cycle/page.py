"""The evidence page of a version, from the records of its cycle and nothing else: the same records give the same page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from components.control import artefacts
from components.cycle.basis import ACTOR
from components.cycle.history import finished_cycles
from components.cycle.names import DECIDES, STEPS
from components.cycle.outputs import Judged, Monitored
from components.cycle.records import Records, plain
from components.evaluation.examples import changed, changes
from components.evaluation.result import Evaluation
from components.governance.state import Known
from components.provenance import given_in
from components.registry.evidence import Decision, Evidence, Traffic
from components.registry.evidence_page import render
from components.storage import canonical_json, check_file, read_json, read_manifest
from components.workspace import Workspace

#: The steps whose seconds are shown: those before the decision, so that a page does not change by being decided on
_COUNTED = STEPS[: STEPS.index(DECIDES)]


def page(cycle: str, workspace: Workspace, version: str, decision: Decision | None = None) -> str:
    """The page of a cycle's version, as far as the cycle has come: from its verdict on.

    decision: one that the cycle's records do not hold, because a person took it since.
    Raises UsageError where the candidate was not judged yet, IntegrityError where a record or an artefact was changed.
    """
    known = evidence(cycle, workspace)
    return render(replace(known, version=version, decision=decision or known.decision))


def decided(known: Known) -> Decision | None:
    """What the ledger says was decided about a version, as its page says it; None while its cycle is under way."""
    by = "" if known.by == ACTOR else known.by
    return Decision(known.outcome, (known.reason,), by) if known.outcome else None


def evidence(cycle: str, workspace: Workspace) -> Evidence:
    """What the page is made of; its version is empty. A step gathers it, and adds the version or the decision that it makes."""
    records, folder = Records(workspace), Records(workspace).folder(cycle)
    learned, evaluated, judged = records.learned(cycle), records.evaluated(cycle), records.judged(cycle)
    experience, champion = workspace.experience(records.ingested(cycle).experience), records.opened(cycle).basis.champion
    check_file(folder.cases, evaluated.cases)
    evaluation = Evaluation.load(folder.evaluation)
    examples, counts = changes(evaluation), {side: len(rows) for side, rows in changed(evaluation.cases.to_pylist()).items()}
    monitored = _monitored(cycle, records)
    return Evidence(
        version="",
        checkpoint=learned.checkpoint,
        experience=experience.digest,
        name=records.opened(cycle).name,
        cycle=cycle,
        counts=experience.manifest.get("counts", {}),
        labels=experience.manifest.get("labels", ()),
        given=given_in(experience.manifest),
        manifest=read_manifest(artefacts.checkpoint(workspace, learned.checkpoint)),
        verdict=judged.verdict,
        judged_against=champion,
        champion=_version_of(champion, records),
        better=examples["better"],
        worse=examples["worse"],
        n_better=counts["better"],
        n_worse=counts["worse"],
        validation=read_json(folder.validation),
        seconds=records.seconds(cycle, _COUNTED),
        training=read_json(folder.training) if folder.training.is_file() else {},  # absent where DVC restored the step
        traffic=_traffic(cycle, records, judged),
        decision=_decision(cycle, records, judged),
        forgetting=monitored.forgetting if monitored else None,
        inputs=monitored.inputs if monitored else {},
    )


def _traffic(cycle: str, records: Records, judged: Judged) -> Traffic | None:
    """The rollout of this candidate; None if there is none yet, or only that of a candidate that this cycle had before."""
    candidate = {"candidate": records.learned(cycle).checkpoint, "stopped": judged.stops}
    inputs = _inputs(cycle, "rollout", records)
    if inputs is None or not _agrees({**inputs, **inputs.get("parties", {})}, candidate):
        return None
    rolled_out, path = records.rolled_out(cycle), records.folder(cycle).traffic
    known = {each.name: getattr(rolled_out, each.name) for each in fields(Traffic) if hasattr(rolled_out, each.name)}
    replayed = rolled_out.status != "skipped" and path.is_file()
    return Traffic(**known, figures=read_json(path).get("summary", {}) if replayed else {})


def _decision(cycle: str, records: Records, judged: Judged) -> Decision | None:
    """What the cycle concluded; None if it has not, or only about a verdict that it had before."""
    inputs = _inputs(cycle, DECIDES, records)
    if inputs is None or not _agrees(inputs, {"judged": plain(judged)}):
        return None
    concluded = records.concluded(cycle)
    return Decision(concluded.outcome, concluded.reasons)


def _monitored(cycle: str, records: Records) -> Monitored | None:
    inputs = _inputs(cycle, "monitor", records)
    if inputs is None or not _agrees(inputs.get("parties", {}), {"candidate": records.learned(cycle).checkpoint}):
        return None
    monitored = records.monitored(cycle)
    return monitored if monitored.status != "skipped" else None


def _inputs(cycle: str, step: str, records: Records) -> Mapping[str, Any] | None:
    record = records.raw(cycle, step)
    return record["inputs"] if record else None


def _agrees(inputs: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    """Whether a step was run on these values, as far as its record names them."""
    return all(canonical_json(inputs[name]) == canonical_json(value) for name, value in expected.items() if name in inputs)


def _version_of(checkpoint: str | None, records: Records) -> str | None:
    """The version of a checkpoint, if a cycle of this workspace made it."""
    if checkpoint is None:
        return None
    made = (c for c in reversed(finished_cycles(records.workspace)) if records.learned(c).checkpoint == checkpoint)
    return next((records.registered(cycle).version for cycle in made), None)
