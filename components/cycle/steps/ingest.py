"""ingest: make an experience of files of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from components.cycle.history import names_of, past_experiences
from components.cycle.outputs import Ingested
from components.cycle.step import Known, Step, Workbench, beside
from components.errors import UsageError
from components.ingestion.act import publish_act
from components.ingestion.chain import latest
from components.ingestion.ingest import ingest
from components.relabelling import Relabelling
from components.settings import IngestionSettings
from components.storage import digest_file, link_tree, write_json


@dataclass(frozen=True)
class Inputs:
    """files: SHA-256 of each file of events; previous: the experience that this one follows; learned: the experiences that the
    champion has learned, oldest first, whose labels no row may contradict; key: a file, what refused rows are sealed with.
    names: what the classes of the parent were renamed to; act: what is done instead of reading files.
    """

    name: str
    files: tuple[str, ...]
    previous: str | None
    settings: Mapping[str, Any]
    names: Mapping[str, str]
    act: Relabelling | None
    learned: tuple[str, ...]
    paths: tuple[str, ...] = beside()
    key: str | None = beside(default=None)


def gather(known: Known) -> Inputs:
    opened, before = known.records.opened(known.cycle), known.records.raw(known.cycle, INGEST.name)
    follows = opened.basis.follows
    if follows is None:  # the first cycle of a stream follows the newest experience, and keeps following it when run again
        previous = before["inputs"]["previous"] if before else latest(known.workspace)
    elif known.records.is_start(follows):
        previous = None
    else:
        previous = known.records.ingested(follows).experience
    files = opened.files or tuple(digest_file(Path(path)) for path in opened.events)
    key = known.settings.quarantine.key
    given = known.settings.ingestion.model_dump(mode="json")
    names = names_of(known.workspace, opened.basis.parent)
    learned = past_experiences(known.workspace, opened.basis.champion, "")
    sealed = str(key) if key else None
    return Inputs(opened.name, files, previous, given, names, opened.act, learned, opened.events, sealed)


def run(inputs: Inputs, bench: Workbench) -> Ingested:
    if inputs.act:
        digest = publish_act(inputs.name, inputs.act, bench.workspace, inputs.previous)
        write_json(bench.folder.validation, {"act": asdict(inputs.act)})
        link_tree(bench.workspace.experiences / digest, bench.folder.experience)
        return Ingested(digest)
    for path, digest in zip(inputs.paths, inputs.files, strict=True):
        if not Path(path).is_file() or digest_file(Path(path)) != digest:
            raise UsageError(
                f"{path} is not the file that the cycle was opened with",
                "Run the command in the folder where it was opened, or open the cycle again with the file (--events).",
            )
    ingested = ingest(
        [Path(path) for path in inputs.paths],
        name=inputs.name,
        workspace=bench.workspace,
        settings=IngestionSettings.model_validate(inputs.settings),
        now=bench.now(),
        after=inputs.previous,
        progress=bench.progress,
        key=Path(inputs.key) if inputs.key else None,
        names=inputs.names,
        learned=inputs.learned,
    )
    if ingested.experience is None:
        raise RuntimeError("ingest publishes an experience or raises")
    write_json(bench.folder.validation, ingested.validation)
    link_tree(bench.workspace.experiences / ingested.experience, bench.folder.experience)
    return Ingested(
        ingested.experience, ingested.read, ingested.accepted, ingested.quarantined, ingested.duplicates, ingested.reasons
    )


INGEST = Step(
    "ingest",
    gather,
    run,
    Ingested,
    lambda workspace, folder, made: [workspace.experiences / made.experience, folder.experience],
    code=("ingestion", "privacy"),
)
