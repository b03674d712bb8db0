"""Batches: events that were taken from the inbox together, to become one experience.

    inbox/taken/.gathering/   a batch in the making: the next run puts its files back
    inbox/taken/BATCH/        the files of a batch, and batch.json, which says what they are and what became of them
    inbox/taken/BATCH/parts/  rows of files that were split: only these are learned
    inbox/taken/BATCH/rest/   rows that go back to the inbox

Invariants: a batch comes into being by one rename; what goes back is named in batch.json before it moves; so at every moment each
event is in one place, and `resume` completes what a kill left.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from components.errors import IntegrityError, PerdureError
from components.naming import fit, shown
from components.storage import digest_file, make_private, read_json, write_json
from components.workspace import Workspace

Outcome = Literal["", "promoted", "rejected", "held", "rolled_back", "returned", "set_aside"]


@dataclass(frozen=True)
class Batch:
    """batch.json. `outcome`: the verdict on its experience; returned: too few good rows, they wait again; empty: open."""

    name: str
    digest: str  # of the content: the same events are the same cycle
    files: tuple[str, ...]  # what is learned, relative to the batch's folder
    rows: int
    gathered: str
    sources: Mapping[str, str] = field(default_factory=dict)  # {file of the inbox: its SHA-256}
    keys: tuple[str, ...] = ()  # of its events that have an id: these are not taken again
    rest: tuple[str, ...] = ()  # files that go back to the inbox
    outcome: Outcome = ""
    reason: str = ""
    hint: str = ""


_BATCH = TypeAdapter(Batch)


@dataclass(frozen=True)
class Taken:
    """A batch and its folder."""

    folder: Path
    batch: Batch

    @property
    def files(self) -> tuple[Path, ...]:
        """What is learned."""
        return tuple(self.folder / name for name in self.batch.files)


def taken(workspace: Workspace) -> list[Taken]:
    """All batches, in the order in which they were gathered."""
    found = [read(path.parent) for path in folder_of(workspace).glob("*/batch.json") if not path.parent.name.startswith(".")]
    return sorted(found, key=lambda each: (each.batch.gathered, each.folder.name))


def read(folder: Path) -> Taken:
    """The batch in a folder, as it stands now."""
    path = folder / "batch.json"
    try:
        return Taken(folder, _BATCH.validate_python(read_json(path)))
    except ValidationError as error:
        raise IntegrityError(
            f"{path}: {error.errors()[0]['msg']}", "Restore the file from a backup, or move its folder away."
        ) from error


def write(folder: Path, batch: Batch) -> Taken:
    """Write batch.json."""
    write_json(folder / "batch.json", asdict(batch))
    return Taken(folder, batch)


def folder_of(workspace: Workspace) -> Path:
    return workspace.inbox / "taken"


def gathering(workspace: Workspace) -> Path:
    """Where the next batch is put together."""
    return folder_of(workspace) / ".gathering"


def resume(workspace: Workspace) -> None:
    """Complete what a kill left: put back what no batch has, move what batches give back. Hold the workspace's lock."""
    staging = gathering(workspace)
    if staging.is_dir():
        for path in sorted(staging.iterdir()):
            if path.is_file() and path.name != "batch.json" and not path.name.startswith("."):
                put_back(path, workspace)
        shutil.rmtree(staging)
    for each in taken(workspace):
        for name in each.batch.rest:
            if (path := each.folder / "rest" / name).is_file():
                put_back(path, workspace)
        if each.batch.outcome == "set_aside":
            for path in each.files:
                if path.is_file():
                    set_aside(path, workspace, each.batch.reason, each.batch.hint, each.batch.gathered)


def put_back(path: Path, workspace: Workspace) -> None:
    """Move a file to the inbox; under a name of its own if another file came there meanwhile."""
    target = workspace.inbox / path.name
    if target.exists():
        target = target.with_name(f"{fit(path.stem)}-{digest_file(path)[:8]}{fit(path.suffix, 20)}")
    os.replace(path, target)


def set_aside(file: Path, workspace: Workspace, reason: str, hint: str, when: str) -> Path:
    """Move a bad file to quarantine/inbox with the reason beside it; returns where it is now."""
    target = workspace.quarantine / "inbox" / f"{fit(file.stem)}-{_mark(file)}{fit(file.suffix, 20)}"
    told: dict[str, Any] = {"file": shown(file.name), "reason": reason, "hint": hint, "time": when}
    write_json(target.with_name(f"{target.name}.reason.json"), told)
    os.replace(file, target)
    make_private(target)
    return target


def _mark(file: Path) -> str:
    """What tells a file from others of its name: its content, or its age if it may not be opened."""
    try:
        return digest_file(file)[:8]
    except OSError:
        return str(file.stat().st_mtime_ns)


def conclude(each: Taken, outcome: Outcome) -> None:
    """Note the verdict on a batch's experience. Hold the workspace's lock. Doing it twice is harmless."""
    current = read(each.folder).batch
    if not current.outcome:
        write(each.folder, replace(current, outcome=outcome))


def give_up(each: Taken, error: PerdureError, workspace: Workspace) -> None:
    """Set a batch aside that cannot be learned, with the reason. Hold the workspace's lock."""
    current = read(each.folder).batch
    if not current.outcome:
        write(each.folder, replace(current, outcome="set_aside", reason=error.message, hint=error.hint))
    resume(workspace)


def forget_events(workspace: Workspace) -> None:
    """`learning.texts: never`: remove the events of all batches that are concluded. batch.json stays: digests and keys.

    Call `resume` before, which moves what goes back to the inbox. What was set aside is not here any more. Hold the workspace's
    lock.
    """
    for each in taken(workspace):
        if not each.batch.outcome:
            continue
        for path in each.folder.rglob("*"):
            if path.is_file() and path.name != "batch.json":
                path.unlink()


def met_before(workspace: Workspace) -> tuple[set[str], dict[str, str]]:
    """Keys of the events, and {SHA-256: where} of the files, that batches took and did not give back."""
    kept = [each for each in taken(workspace) if each.batch.outcome != "set_aside"]
    whole = [each for each in kept if each.batch.outcome != "returned"]
    keys = {key for each in kept for key in each.batch.keys}
    return keys, {digest: str(each.folder / name) for each in whole for name, digest in each.batch.sources.items()}
