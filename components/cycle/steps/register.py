"""register: make a version with its evidence of a judged candidate, whatever its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from components.control.authority import consult
from components.control.register import register
from components.cycle.history import candidate_matrix
from components.cycle.names import STEPS
from components.cycle.outputs import Evaluated, Judged, Registered
from components.cycle.page import evidence
from components.cycle.step import Known, Step, Workbench, beside
from components.cycle.steps._parties import Parties, parties
from components.evaluation.metrics import continual_metrics
from components.registry.evidence import Evidence
from components.registry.evidence_page import render
from components.registry.registration import Registration
from components.registry.registry import UNDER_WAY, Registry
from components.storage import digest_file, read_json

#: The steps whose seconds are shown on the evidence page: those before this one
_COUNTED = STEPS[: STEPS.index("register")]


@dataclass(frozen=True)
class Inputs:
    """matrix, names: the accuracy matrix as if the candidate were promoted, and the names of its columns."""

    cycle: str
    parties: Parties
    evaluated: Evaluated
    judged: Judged
    params: Mapping[str, Any]
    matrix: tuple[tuple[float | None, ...], ...]
    names: tuple[str, ...]
    validation: str
    rebuilt: bool
    cost: Mapping[str, Any] = beside()
    evidence: Evidence = beside()


def gather(known: Known) -> Inputs:
    records, folder = known.records, known.records.folder(known.cycle)
    matrix, names = candidate_matrix(known.cycle, known.workspace)
    act = records.opened(known.cycle).act  # nothing was learned, by no settings
    training = read_json(folder.training) if folder.training.is_file() else {}  # absent where DVC restored the step
    return Inputs(
        known.cycle,
        parties(known),
        records.evaluated(known.cycle),
        records.judged(known.cycle),
        {"act": act.told[:1000]} if act else {**known.settings.learning.model_dump(mode="json"), "seed": known.settings.seed},
        tuple(tuple(row) for row in matrix),
        tuple(names),
        digest_file(folder.validation),
        not records.opened(known.cycle).basis.watched,
        {**records.seconds(known.cycle, _COUNTED), "training": training},
        evidence(known.cycle, known.workspace),
    )


def run(inputs: Inputs, bench: Workbench) -> Registered:
    registry, those, state = Registry(bench.workspace), inputs.parties, consult(bench.workspace).state
    evaluation = bench.evaluation(inputs.evaluated.cases, inputs.evaluated.summary)
    registration = Registration(
        checkpoint=bench.checkpoint(those.candidate),
        parent_version=state.version_of(those.champion) if those.champion else None,
        experience=bench.experience(those.experience),
        params=inputs.params,
        metrics={name: value for name, value in continual_metrics(inputs.matrix).items() if value is not None},
        verdict=inputs.judged.verdict,
        evaluation_summary=evaluation.summary,
        matrix=inputs.matrix,
        names=inputs.names,
        cost=inputs.cost,
        validation=read_json(bench.folder.validation),
        judged_against=those.champion,
        cycle=inputs.cycle,
        rebuilt=inputs.rebuilt,
    )
    version = register(registry, registration, bench.now)
    if consult(bench.workspace).state.versions[version].outcome is None:
        registry.describe(version, render(replace(inputs.evidence, version=version)), UNDER_WAY)
    return Registered(version)


REGISTER = Step("register", gather, run, Registered)
