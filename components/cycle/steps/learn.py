"""learn: make a candidate of an experience and a parent checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.cycle.outputs import Chosen, Learned
from components.cycle.step import Known, Step, Workbench
from components.learning.identity import blame, foreign_methods
from components.settings import LearningSettings
from components.storage import link_tree, read_manifest, write_json

if TYPE_CHECKING:
    from components.learning.learn import Learned as Made


@dataclass(frozen=True)
class Inputs:
    """methods: digests of the code of the recipe's methods that are not Perdure's own; other code makes another checkpoint."""

    experience: str
    parent: str | None
    settings: Mapping[str, Any]
    seed: int
    methods: Mapping[str, Mapping[str, str]]


def gather(known: Known) -> Inputs:
    learning = known.settings.learning
    return Inputs(
        known.records.ingested(known.cycle).experience,
        known.records.opened(known.cycle).basis.parent,
        learning.model_dump(mode="json"),
        known.settings.seed,
        foreign_methods(learning),
    )


def run(inputs: Inputs, bench: Workbench) -> Learned:
    from components.learning.learn import learn
    from components.learning.relabel import relabel

    settings = LearningSettings.model_validate(inputs.settings)
    experience = bench.experience(inputs.experience)
    if experience.relabels and inputs.parent:
        return _keep(relabel(experience, bench.checkpoint(inputs.parent), workspace=bench.workspace), bench)
    try:
        learned = learn(
            experience,
            bench.checkpoint(inputs.parent) if inputs.parent else None,
            settings,
            seed=inputs.seed,
            workspace=bench.workspace,
            progress=bench.progress,
        )
    except Exception as error:
        if reported := blame(error, settings):
            raise reported from error
        raise
    notes = read_manifest(bench.workspace.checkpoint(learned.checkpoint)).get("notes", {}).get("recipe")
    return _keep(learned, bench, Chosen(notes["chosen"], tuple(notes["reasons"])) if notes else None)


def _keep(learned: Made, bench: Workbench, chosen: Chosen | None = None) -> Learned:
    checkpoint = bench.workspace.checkpoint(learned.checkpoint)
    link_tree(checkpoint, bench.folder.checkpoint)
    cost = {"seconds": learned.cost.seconds, "peak_bytes": learned.cost.peak_bytes, **learned.cost.detail}
    write_json(bench.folder.training, cost)
    return Learned(learned.checkpoint, chosen)


LEARN = Step(
    "learn",
    gather,
    run,
    Learned,
    lambda workspace, folder, made: [workspace.checkpoints / made.checkpoint, folder.checkpoint],
    code=("learning", "memory"),
)
