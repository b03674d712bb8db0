"""What a candidate is judged by besides the champion: the anchors and the reference, carried from cycle to cycle.

Each cycle keeps the anchors that its candidate was judged by. Those of the next cycle are these, and what the candidate itself
answered once it served. So one earlier cycle is read, however long the line is. Where a cycle has no anchors, because an older
release made it or the file was lost or changed, the cycles before it are walked through until one has, and the anchors are made
again: they must have the digest that was recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow.parquet as parquet

from components.control import artefacts
from components.control.authority import consult
from components.cycle.basis import ACTOR
from components.cycle.history import finished_cycles
from components.cycle.outputs import Evaluated
from components.cycle.records import Records
from components.cycle.step import Workbench
from components.errors import IntegrityError
from components.evaluation.anchors import Anchors, Served, scores_of
from components.evaluation.reference import Reference
from components.storage import digest_file, read_manifest
from components.workspace import Workspace


@dataclass(frozen=True)
class Link:
    """A cycle whose candidate served. approved: a person promoted it; accepted: although the gates had held it.

    act: what it renamed, and before: the labels of its champion, if that is what it did.
    """

    cycle: str
    checkpoint: str
    experience: str
    evaluated: Evaluated
    approved: bool
    accepted: bool
    act: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()


def chain(workspace: Workspace, champion: str | None) -> tuple[Link, ...]:
    """The cycles that the anchors of the champion's successor are made of, oldest first; the first one may have anchors."""
    records = Records(workspace)
    made = {records.learned(cycle).checkpoint: cycle for cycle in finished_cycles(workspace)}
    links: list[Link] = []
    checkpoint = champion
    while checkpoint:
        if checkpoint in made:
            links.insert(0, _link(made[checkpoint], records))
            if _intact(records.folder(made[checkpoint]).anchors, links[0].evaluated.anchors):
                break
        checkpoint = read_manifest(artefacts.checkpoint(workspace, checkpoint))["parent"]
    return tuple(links)


def _intact(path: Path, digest: str) -> bool:
    return bool(digest) and path.is_file() and digest_file(path) == digest


def _link(cycle: str, records: Records) -> Link:
    known = consult(records.workspace).state.versions.get(records.concluded(cycle).version)
    approved = known is not None and known.outcome == "promoted" and known.by not in ("", ACTOR)
    accepted = approved and records.judged(cycle).status != "pass"
    learned, experience = records.learned(cycle).checkpoint, records.ingested(cycle).experience
    link = Link(cycle, learned, experience, records.evaluated(cycle), approved, accepted)
    opened = records.opened(cycle)
    return replace(link, act=opened.act.names, before=labels_of(records.workspace, opened.basis.champion)) if opened.act else link


def labels_of(workspace: Workspace, checkpoint: str | None) -> tuple[str, ...]:
    """The labels of a checkpoint, in the order of its columns."""
    return tuple(read_manifest(artefacts.checkpoint(workspace, checkpoint))["labels"]) if checkpoint else ()


def anchors_of(links: Sequence[Link], bench: Workbench) -> Anchors:
    """The anchors after these cycles' candidates served. Raises IntegrityError where an artefact was changed."""
    anchors = Anchors()
    for link in links:
        path = Records(bench.workspace).folder(link.cycle).anchors
        anchors = anchors.relabelled(link.before, link.act)
        if link.evaluated.anchors:
            if not _intact(path, link.evaluated.anchors):
                anchors.save(path)
            anchors = Anchors.load(_checked(path, link))
        cases = parquet.read_table(bench.cases(link.cycle, link.evaluated.cases)).to_pylist()
        labels = tuple(read_manifest(bench.checkpoint(link.checkpoint))["labels"])
        scores, joint = scores_of(cases), scores_of(cases, "joint")
        anchors = anchors.after(
            Served(link.checkpoint, labels, link.experience, scores, joint, approved=link.approved, accepted=link.accepted)
        )
    return anchors


def _checked(path: Path, link: Link) -> Path:
    if not _intact(path, link.evaluated.anchors):
        raise IntegrityError(
            f"{path} is not what the cycle {link.cycle} recorded, and cannot be made again from the cycles before it",
            "Restore the folder of that cycle, and of those before it, from a backup. What serves goes on serving.",
        )
    return path


def reference_of(links: Sequence[Link], bench: Workbench) -> Reference:
    """The reference over the rows that brought each label to the champion.

    Where it is lost or was changed, or an older release made the cycle, it begins with nothing: then nothing is allowed besides
    the margins, and the gates are the stricter for it.
    """
    path = Records(bench.workspace).folder(links[-1].cycle).reference if links else None
    if path is None or not _intact(path, links[-1].evaluated.reference):
        return Reference()
    return Reference.load(path)
