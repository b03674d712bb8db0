"""judge: what the gates make of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.cycle.records import Evaluated, Judged
from components.cycle.step import Known, Step, Workbench
from components.settings import GateSettings


@dataclass(frozen=True)
class Inputs:
    evaluated: Evaluated
    settings: Mapping[str, Any]


def gather(known: Known) -> Inputs:
    return Inputs(known.records.evaluated(known.cycle), known.settings.gates.model_dump(mode="json"))


def run(inputs: Inputs, bench: Workbench) -> Judged:
    from components.evaluation.gates import judge

    evaluation = bench.evaluation(inputs.evaluated.cases, inputs.evaluated.summary)
    verdict = judge(evaluation, GateSettings.model_validate(inputs.settings))
    return Judged(verdict.status, verdict.mode, verdict.gates, tuple(verdict.reasons))


JUDGE = Step("judge", gather, run, Judged, code=("evaluation",))
