"""judge: apply the gates to an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.control.authority import consult
from components.cycle.history import lineage, without_acts
from components.cycle.outputs import Evaluated, Judged, Monitored
from components.cycle.step import Known, Step, Workbench
from components.evaluation.gates import Facts, judge
from components.monitoring.page import forgotten
from components.settings import GateSettings


@dataclass(frozen=True)
class Inputs:
    """facts: what is known of the champion, and how often these cases were looked at, as gates.Facts."""

    evaluated: Evaluated
    settings: Mapping[str, Any]
    facts: Facts


def gather(known: Known) -> Inputs:
    # the evaluation holds the suites with their digests; where the suites are does not matter
    settings = known.settings.gates.model_dump(mode="json", exclude={"suites"})
    return Inputs(known.records.evaluated(known.cycle), settings, facts(known))


def facts(known: Known) -> Facts:
    """What the records say of the champion, and the ledger of the candidates that were judged before."""
    records = known.records
    basis = records.opened(known.cycle).basis
    line = lineage(known.workspace, basis.champion)
    cycles = [cycle for cycle in line if records.learned(cycle).checkpoint == basis.champion]
    suites = records.judged(cycles[-1]).suites if cycles else None
    monitored = _monitored(known, line) if cycles else None
    tripped = forgotten(monitored.forgetting) if monitored and monitored.status == "forgetting" else ()
    others = [each for each in consult(known.workspace).state.versions.values() if each.cycle != known.cycle]
    if not basis.watched:  # a stream that is rebuilt changes nothing that serves, and is compared with its own records alone
        return Facts(suites, basis.champion is not None and suites is None, forgotten=tuple(tripped))
    content = known.workspace.experience(records.ingested(known.cycle).experience).content
    return Facts(
        suites,
        basis.champion is not None and suites is None,
        attempts=1 + sum(each.content == content for each in others if content),
        looks=len(others),
        refused=sum(each.outcome in ("rejected", "rolled_back", "held") for each in others),
        forgotten=tuple(tripped),
    )


def _monitored(known: Known, line: Sequence[str]) -> Monitored | None:
    """What monitoring found of the champion; an act on names is not monitored, so what was found before it still holds."""
    cycles = without_acts(line, known.workspace)
    return known.records.monitored(cycles[-1]) if cycles and known.records.done(cycles[-1], "monitor") else None


def run(inputs: Inputs, bench: Workbench) -> Judged:
    evaluation = bench.evaluation(inputs.evaluated.cases, inputs.evaluated.summary)
    return Judged.of(judge(evaluation, GateSettings.model_validate(inputs.settings), inputs.facts))


JUDGE = Step("judge", gather, run, Judged, code=("evaluation",))
