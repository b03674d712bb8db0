"""The inbox: files of events that wait, gathered into batches by the rule of components/ingestion/queue.py.

Whatever writes to the inbox writes to .NAME first and renames it: hidden files are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from components.ingestion.arrivals import look_at, rows_of
from components.ingestion.batches import Taken, give_up, met_before, read, resume, set_aside, taken, write
from components.ingestion.ingest import TooFewRowsError
from components.ingestion.quarantine import read_rows
from components.ingestion.queue import due, groups_of
from components.ingestion.take import take, write_rows
from components.naming import shown
from components.privacy.replace import redact
from components.privacy.sealing import SUFFIX, Seal, seal_of
from components.settings import Settings
from components.workspace import Workspace


@dataclass(frozen=True)
class Waiting:
    """What is in the inbox. `rows`: events to learn from; `unusable`: files that the next run sets aside; `open`: batches
    that were gathered and are not decided yet.
    """

    files: tuple[str, ...]
    rows: int
    oldest: datetime | None
    unusable: tuple[str, ...]
    open: int


def waiting(workspace: Workspace, settings: Settings | None = None) -> Waiting:
    """What waits now. Changes nothing. `settings`: how files are read; None: the defaults."""
    look = look_at(workspace.inbox, settings or Settings(), *met_before(workspace))
    groups = groups_of(look.arrived)
    return Waiting(
        files=tuple(path.name for path in look.contents),
        rows=sum(group.rows for group in groups),
        oldest=min((group.oldest for group in groups), default=None),
        unusable=tuple(shown(path.name) for path in look.bad),
        open=len(still_open(workspace)),
    )


def still_open(workspace: Workspace) -> list[Taken]:
    """Batches whose cycle is not decided yet, in the order in which they were gathered."""
    return [each for each in taken(workspace) if not each.batch.outcome]


@dataclass(frozen=True)
class Gathered:
    """A new batch, or the reason why there is none; and the files that were set aside: {name: reason}."""

    batch: Taken | None
    reason: str
    unusable: dict[str, str]


def gather(workspace: Workspace, settings: Settings, now: datetime, everything: bool = False) -> Gathered:
    """Take the events that are due, of one group, out of the inbox. Hold the workspace's lock.

    `everything`: as soon as there are enough for an experience. An unusable file is set aside and does not hinder the others.
    """
    resume(workspace)
    look = look_at(workspace.inbox, settings, *met_before(workspace))
    unusable = {shown(path.name): redact(error.message) for path, error in look.bad.items()}  # it may name what is in a line
    for path, error in look.bad.items():
        set_aside(path, workspace, redact(error.message), redact(error.hint), now.isoformat())
    answer = due(look.arrived, settings.inbox, settings.ingestion.min_rows, now, everything)
    if not answer.due:
        return Gathered(None, answer.reason, unusable)
    chosen = [path for path, content in look.contents.items() if answer.due[0].task in content.rows]
    batch = take(chosen, answer.due[0], workspace, settings, now)
    return Gathered(batch, "" if batch else "The inbox changed while it was read.", unusable)


def give_back(each: Taken, error: TooFewRowsError, workspace: Workspace, settings: Settings) -> None:
    """Let the good rows of a batch that has too few of them wait for more. Hold the workspace's lock.

    The others are in quarantine already. So what waits again is less than an experience needs, and is not gathered before more
    has come: the same refusal does not happen twice. A batch that was refused for another reason is set aside.
    """
    resume(workspace)
    current = read(each.folder)
    if not current.batch.outcome:
        left_out = _left_out(error, seal_of(settings.quarantine.key))
        good = [row for path in each.files for row in rows_of(path, settings) if (str(path), row.number) not in left_out]
        if sum(row.teaches for row in good) >= settings.ingestion.min_rows:
            give_up(each, error, workspace)
            return
        name = f"waiting-{current.batch.digest[:12]}.jsonl"
        if good:
            write_rows(each.folder / "rest" / name, good, min(path.stat().st_mtime for path in each.files))
        gone = tuple(sorted(set(current.batch.keys) - {row.key for row in good}))
        said = replace(current.batch, outcome="returned", reason=error.message, hint=error.hint)
        write(each.folder, replace(said, keys=gone, rest=(name,) if good else ()))
    resume(workspace)


def _left_out(error: TooFewRowsError, seal: Seal | None) -> set[tuple[str, int]]:
    """(file, row) of everything that ingestion put into quarantine or counted as a duplicate."""
    places: set[tuple[str, int]] = set()
    for file in (error.ingested.quarantine_file, error.ingested.duplicates_file):
        if file is not None:
            places |= {(entry["file"], entry["row"]) for entry in read_rows(file, seal)}
    return places


def seal_set_aside(workspace: Workspace, settings: Settings) -> None:
    """Seal whole files that were set aside, if there is a key. Their reasons stay readable."""
    seal, folder = seal_of(settings.quarantine.key), workspace.quarantine / "inbox"
    if seal is None or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix != SUFFIX and path.name[0] != "." and not path.name.endswith(".reason.json"):
            seal.close(path)
