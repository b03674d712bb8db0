"""One file of the inbox, read: which group each event belongs to, and which events were taken before."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson

from components.errors import PerdureError, UnavailableError, UnreadableFileError, UsageError
from components.ingestion.chunk import Event
from components.ingestion.propose import as_command, proposal
from components.ingestion.queue import NO_TASK, Arrived
from components.ingestion.readers import check_files, read_chunks
from components.provenance import PROVENANCE, SENT_BY
from components.settings import Settings
from components.storage import digest_file

#: Events of a file that are looked at when none of them has a label
_SAMPLE = 100


@dataclass(frozen=True)
class Row:
    """A row of a file. `event`: None where it could not be parsed. `key`: what makes it the same event, None without an `id`."""

    number: int
    group: str
    event: Event | None
    raw: str = ""
    key: str | None = None

    @property
    def teaches(self) -> bool:
        """Whether there is something to learn: a label or a completion."""
        return self.event is not None and any(self.event.get(name) is not None for name in ("label", "completion"))

    def line(self) -> bytes:
        """The row as a line of JSONL; one that could not be parsed is quoted as it was, for ingestion to refuse."""
        quoted = {"row": self.number, "reason": "", "explanation": "", "raw": self.raw}
        return orjson.dumps(quoted if self.event is None else self.event) + b"\n"


@dataclass
class Content:
    """What is in a file. `rows`: events to learn from, by group; `keys`: of its events with an id; `repeats`: rows with a key
    that was met before.
    """

    digest: str
    rows: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)
    repeats: int = 0

    def arrived(self, path: Path) -> Arrived:
        """The file as the rule sees it."""
        return Arrived(path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC), dict(self.rows))


def rows_of(path: Path, settings: Settings) -> Iterator[Row]:
    """Every row of a file."""
    apart = settings.inbox.tasks == "apart"
    for chunk in read_chunks(path, settings.ingestion):
        for fault in chunk.faults:
            yield Row(fault.row, NO_TASK, None, fault.raw)
        for number, event in zip(chunk.rows, chunk.events, strict=True):
            task = event.get("task")
            yield Row(number, task if apart and isinstance(task, str) else NO_TASK, event, key=_key(event))


def look_into(path: Path, settings: Settings, seen: set[str], taken: Mapping[str, str]) -> Content:
    """What is new in a file. `seen`: keys of events, `taken`: {SHA-256: where} of files, that were met before.

    Raises UsageError for a file that holds no event at all, or none that is new, and for one whose labels seem to have another
    name; UnavailableError when the disk does not give it.
    """
    check_files([path])
    try:
        content = Content(digest_file(path))
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror or error}", "Check the disk, and put it back.") from error
    if content.digest in taken:
        raise UsageError(f"{path} is the same as {taken[content.digest]}", _REPEATED)
    faults = new = 0
    sample: list[Event] = []
    for row in rows_of(path, settings):
        if row.event is not None and len(sample) < _SAMPLE:
            sample.append(row.event)
        if row.event is None:
            faults += 1
        elif row.key is not None and (row.key in seen or row.key in content.keys):
            content.repeats += 1
            continue
        elif row.key is not None:
            content.keys.add(row.key)
        new += row.event is not None
        content.rows[row.group] += row.teaches
    if not new:
        problem = f"none of its {faults} rows can be read" if faults else "no events in it"
        if content.repeats:
            raise UsageError(f"{path}: all of its events were taken before", _REPEATED)
        raise UsageError(f"{path}: {problem}", "Was the export interrupted?")
    if not content.rows.total() and (columns := proposal(sample)):
        raise UnreadableFileError(f"{path}: none of its {new} events has a label or completion", as_command(path, columns))
    return content


def new_rows(path: Path, content: Content, settings: Settings) -> Iterator[Row]:
    """The rows of a file without those that are repeated in it or were met before."""
    wanted = set(content.keys)
    for row in rows_of(path, settings):
        if row.key is None or row.key in wanted:
            yield row
        wanted.discard(row.key or "")


@dataclass(frozen=True)
class Look:
    """Files of events, each with what is new in it, or with what is wrong with it."""

    contents: Mapping[Path, Content]
    bad: Mapping[Path, PerdureError]

    @property
    def arrived(self) -> list[Arrived]:
        """The files as the rule sees them."""
        return [content.arrived(path) for path, content in self.contents.items()]


def look_at(folder: Path, settings: Settings, seen: set[str], taken: Mapping[str, str]) -> Look:
    """All files in a folder, by name, but hidden ones. `seen`, `taken`: as for `look_into`."""
    found = [path for path in folder.iterdir() if path.is_file() and path.name[0] != "."] if folder.is_dir() else []
    contents: dict[Path, Content] = {}
    bad: dict[Path, PerdureError] = {}
    seen, taken = set(seen), dict(taken)
    for path in sorted(found):
        try:
            content = contents[path] = look_into(path, settings, seen, taken)
        except (UsageError, UnavailableError) as error:
            if path.exists():  # else somebody removed it meanwhile
                bad[path] = error
        else:
            seen |= content.keys
            taken[content.digest] = str(path)
    return Look(contents, bad)


#: What a gateway adds to an event
_ARRIVAL = ("timestamp", PROVENANCE, SENT_BY)
_REPEATED = "To learn events again, name their cycle: `perdure cycle CYCLE --again`."


def _key(event: Event) -> str | None:
    """What an event and its repetition have in common: id and content, but not when, by whom and about which arm it came in."""
    if event.get("id") is None:
        return None
    content = {name: value for name, value in event.items() if name not in _ARRIVAL and value is not None}
    told = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(told).hexdigest()[:32]
