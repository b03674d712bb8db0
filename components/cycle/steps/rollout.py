"""rollout: compare the candidate with the champion under HTTP traffic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.cycle.history import is_act
from components.cycle.outputs import RolledOut
from components.cycle.step import Known, Step, Workbench
from components.cycle.steps._parties import Parties, parties
from components.gateway.kept import kept_gateway
from components.gateway.replay import rollout
from components.settings import RolloutSettings
from components.storage import write_json


@dataclass(frozen=True)
class Inputs:
    """stopped: a failed gate ended the cycle before. base: the base model that the gateway starts with.

    act: the cycle renames or merges classes, and brings no requests.
    """

    parties: Parties
    stopped: bool
    act: bool
    settings: Mapping[str, Any]
    base: str
    seed: int


def gather(known: Known) -> Inputs:
    return Inputs(
        parties(known),
        known.records.judged(known.cycle).stops,
        is_act(known.cycle, known.workspace),
        known.settings.rollout.model_dump(mode="json", exclude={"approval", "after_held"}),
        known.settings.learning.base,
        known.settings.seed,
    )


def run(inputs: Inputs, bench: Workbench) -> RolledOut:
    if inputs.stopped:
        return RolledOut("skipped")
    if inputs.act:
        return RolledOut("skipped", "names of classes were changed, which brings no requests to replay")

    those = inputs.parties
    experience = bench.experience(those.experience)
    if not experience.manifest["counts"]["heldout"]:
        return RolledOut("held", "The experience has no held-out case, so there is no request to replay.")
    replayed = rollout(
        bench.checkpoint(those.candidate),
        bench.checkpoint(those.champion) if those.champion else None,
        experience,
        settings=RolloutSettings.model_validate(inputs.settings),
        seed=inputs.seed,
        gateway=lambda: kept_gateway(inputs.base),
        progress=bench.progress,
    )
    write_json(bench.folder.traffic, replayed.as_dict())
    decision = replayed.decision
    return RolledOut(decision.status, decision.reason, decision.estimate, decision.low, decision.high)


ROLLOUT = Step("rollout", gather, run, RolledOut)
