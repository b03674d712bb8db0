"""ingest and learn: from a file of events to an experience, from an experience to a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.cycle.run import Context, Outputs, Step
from components.storage import digest_file, link_tree, read_manifest, write_json


def _ingest_inputs(c: Context) -> dict[str, Any]:
    from components.ingestion.ingest import latest

    done, after = c.record("ingest"), c.request["after"]
    if after:
        previous = c.outputs("ingest", after)["experience"]
    else:  # the first of its line follows whatever came last, and keeps following it when run again
        previous = done["inputs"]["previous"] if done else latest(c.workspace)
    files = [digest_file(Path(path)) for path in c.request["events"]]
    return {
        "name": c.request["name"],
        "files": files,
        "previous": previous,
        "settings": c.settings.ingestion.model_dump(mode="json"),
    }


def _ingest(c: Context, inputs: dict[str, Any]) -> Outputs:
    from components.ingestion.ingest import ingest

    files = [Path(path) for path in c.request["events"]]
    found = ingest(
        files, name=inputs["name"], workspace=c.workspace, settings=c.settings.ingestion, now=c.now, after=inputs["previous"],
        progress=c.progress,
    )  # fmt: skip
    assert found.experience is not None, "ingest publishes or raises"
    write_json(c.folder / "ingest" / "validation.json", found.validation)
    link_tree(c.workspace.experiences / found.experience, c.folder / "ingest" / "experience")
    counts = {"read": found.read, "accepted": found.accepted, "quarantined": found.quarantined, "duplicates": found.duplicates}
    return {"experience": found.experience, **counts, "reasons": found.reasons}


def _learn_inputs(c: Context) -> dict[str, Any]:
    champion = _champion(c)
    return {
        "experience": c.outputs("ingest")["experience"],
        "champion": champion,
        "parent": c.request["learn_from"] or champion,
        "settings": c.settings.learning.model_dump(mode="json"),
        "seed": c.settings.seed,
    }


def _serving(c: Context) -> str | None:
    if c.workspace.mlflow_file and not c.workspace.mlflow_file.exists():  # nothing was registered: seconds less for a first cycle
        return None
    from components.registry.registry import Registry

    return Registry(c.workspace).champion_checkpoint()


def _champion(c: Context) -> str | None:
    """The checkpoint to continue from: what the cycle `after` left, unless it was rolled back since; else today's champion.

    A cycle that learned before and is run again keeps what it continued from.
    """
    done, after = c.record("learn"), c.request["after"]
    if not after:
        return done["inputs"]["champion"] if done else _serving(c)
    left: str | None = c.outputs("promote", after)["champion"]
    if left is None or (done and done["inputs"]["champion"] == left):
        return left
    from components.registry.registry import Registry

    registry = Registry(c.workspace)
    version = registry.version_of(left)
    if version and registry.tags(version).get("outcome") == "rolled_back":
        return registry.champion_checkpoint()
    return left


def _learn(c: Context, inputs: dict[str, Any]) -> Outputs:
    from components.learning.learn import learn

    serving = None if c.request["after"] else _serving(c)
    parent = c.workspace.checkpoint(inputs["parent"]) if inputs["parent"] else None
    learned = learn(c.experience, parent, c.settings.learning, seed=c.settings.seed, workspace=c.workspace, progress=c.progress)
    link_tree(c.workspace.checkpoints / learned.checkpoint, c.folder / "learn" / "checkpoint")
    write_json(
        c.folder / "learn" / "training.json",
        {"seconds": learned.cost.seconds, "peak_bytes": learned.cost.peak_bytes, **learned.cost.detail},
    )
    notes = read_manifest(c.workspace.checkpoints / learned.checkpoint).get("notes", {}).get("recipe")
    chosen = {"recipe": {"chosen": notes["chosen"], "reasons": notes["reasons"]}} if notes else {}
    return {"checkpoint": learned.checkpoint, "champion": inputs["champion"], "serving": serving, **chosen}


INGEST = Step(
    "ingest",
    _ingest_inputs,
    _ingest,
    lambda c, made: [c.workspace.experiences / made["experience"], c.folder / "ingest" / "experience"],
)
LEARN = Step(
    "learn",
    _learn_inputs,
    _learn,
    lambda c, made: [c.workspace.checkpoints / made["checkpoint"], c.folder / "learn" / "checkpoint"],
)
