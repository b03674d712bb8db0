"""Taking a group's events out of the inbox, into a batch."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from components.ingestion.arrivals import Content, Row, look_at, new_rows
from components.ingestion.batches import Batch, Taken, folder_of, gathering, met_before, put_back, resume, write
from components.ingestion.queue import NO_TASK, Group
from components.naming import fit
from components.settings import Settings
from components.storage import atomic_path, digest_file, digest_json, make_folder, make_private
from components.workspace import Workspace


def take(paths: Iterable[Path], group: Group, workspace: Workspace, settings: Settings, now: datetime) -> Taken | None:
    """Make a batch of a group's events: nobody writes to the files any more once they are moved, so they are read again."""
    staging = gathering(workspace)
    make_folder(staging)
    for path in paths:
        with suppress(FileNotFoundError):  # somebody removed it meanwhile
            os.replace(path, staging / path.name)
            make_private(staging / path.name)
    look = look_at(staging, settings, *met_before(workspace))
    for path in look.bad:
        put_back(path, workspace)  # it was replaced a moment ago; the next run says what is wrong with it
    rows = sum(content.rows[group.task] for content in look.contents.values())
    if rows < settings.ingestion.min_rows:
        resume(workspace)
        return None
    parts = [_split(path, content, group.task, settings) for path, content in look.contents.items()]
    files = [part.learned for part in parts if part.learned]
    whole = len(files) == 1 and files[0] in {path.name for path in look.contents}
    name = Path(files[0]).stem if whole else f"{group.task if group.task != NO_TASK else 'inbox'}-{now:%Y%m%d}"
    digests = [digest_file(staging / file) for file in files]
    batch = Batch(
        name,
        digest=digests[0] if whole else digest_json(digests),
        files=tuple(files),
        rows=rows,
        gathered=now.isoformat(),
        sources={path.name: content.digest for path, content in look.contents.items()},
        keys=tuple(sorted(key for part in parts for key in part.keys)),
        rest=tuple(part.rest for part in parts if part.rest),
    )
    write(staging, batch)
    folder = _free(folder_of(workspace) / batch.digest[:16])
    os.rename(staging, folder)  # from here on the batch exists
    resume(workspace)
    return Taken(folder, batch)


@dataclass(frozen=True)
class _Part:
    """What becomes of a file: what is learned of it, what goes back ("": nothing), the keys of what is learned."""

    learned: str
    rest: str
    keys: tuple[str, ...]


def _split(path: Path, content: Content, task: str, settings: Settings) -> _Part:
    """Separate the rows of the group from those of others; a file of nothing else stays as it is."""
    if not content.repeats and set(content.rows) == {task}:
        return _Part(path.name, "", tuple(content.keys))
    rows = list(new_rows(path, content, settings))
    keys = tuple(row.key for row in rows if row.group == task and row.key is not None)
    name = path.name if path.suffix.lower() == ".jsonl" else f"{fit(path.stem)}-{content.digest[:8]}.jsonl"
    when = path.stat().st_mtime
    mine, others = ([row for row in rows if (row.group == task) == own] for own in (True, False))
    if mine:
        write_rows(path.parent / "parts" / name, mine, when)
    if others:
        write_rows(path.parent / "rest" / name, others, when)
    return _Part(f"parts/{name}" if mine else "", name if others else "", keys)


def _free(folder: Path) -> Path:
    """The folder, or one beside it if a batch with the same content was set aside or returned before."""
    number = 1
    while (free := folder if number == 1 else folder.with_name(f"{folder.name}-{number}")).exists():
        number += 1
    return free


def write_rows(path: Path, rows: Iterable[Row], when: float) -> None:
    """Write a file as old as the one that its rows come from."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(b"".join(row.line() for row in rows))
        os.utime(temporary, (when, when))
