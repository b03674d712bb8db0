"""judge: apply the gates to an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.cycle.history import lineage
from components.cycle.outputs import Evaluated, Judged
from components.cycle.step import Known, Step, Workbench
from components.evaluation.gates import judge
from components.settings import GateSettings


@dataclass(frozen=True)
class Inputs:
    """champion_suites: {KIND.NAME: digest} of the suites run on the champion when it was judged; None if not recorded.

    unrecorded: there is a champion, and no record says which suites were run on it.
    """

    evaluated: Evaluated
    settings: Mapping[str, Any]
    champion_suites: Mapping[str, str] | None
    unrecorded: bool


def gather(known: Known) -> Inputs:
    records = known.records
    champion = records.opened(known.cycle).basis.champion
    cycles = [cycle for cycle in lineage(known.workspace, champion) if records.learned(cycle).checkpoint == champion]
    # the evaluation holds the suites with their digests; where the suites are does not matter
    settings = known.settings.gates.model_dump(mode="json", exclude={"suites"})
    suites = records.judged(cycles[-1]).suites if cycles else None
    return Inputs(records.evaluated(known.cycle), settings, suites, champion is not None and suites is None)


def run(inputs: Inputs, bench: Workbench) -> Judged:
    evaluation = bench.evaluation(inputs.evaluated.cases, inputs.evaluated.summary)
    settings = GateSettings.model_validate(inputs.settings)
    verdict = judge(evaluation, settings, champion_suites=inputs.champion_suites, unrecorded=inputs.unrecorded)
    return Judged.of(verdict)


JUDGE = Step("judge", gather, run, Judged, code=("evaluation",))
