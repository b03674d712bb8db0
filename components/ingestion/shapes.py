"""Records, as they are in files, into events: the field names of other tools, and the columns that a person has named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from components.errors import UnreadableFileError
from components.ingestion.chats import from_chat, is_chat
from components.ingestion.chunk import Chunk, Event, Fault
from components.ingestion.exports import Answers, flatten, is_export
from components.ingestion.mapping import Mapped, mapped
from components.ingestion.propose import as_command


def is_known(record: Any) -> bool:
    """Whether a record, or the header of a table (a dict with its columns), is an event or can be made one without a mapping."""
    return isinstance(record, dict) and (plainly(record, "text") is not None or is_chat(record) or is_export(record))


def plainly(record: Event, field: str) -> str | None:
    """The column that is called like a field of an event but for capitals and blanks, such as `Text`. None if several are."""
    if field in record:
        return field
    found = [name for name in record if isinstance(name, str) and name.strip("\ufeff \t").casefold() == field]
    return found[0] if len(found) == 1 else None


class Understanding:
    """How the records of one file become events. It remembers which question of an annotation tool gave the labels."""

    def __init__(self, columns: Mapped, path: Path, noticed: set[str] | None = None) -> None:
        self.columns, self.path = columns, path
        self._noticed = noticed if noticed is not None else set()
        self.questions: set[str] = set()

    def chunk(self, chunk: Chunk) -> Chunk:
        """The chunk with events in place of records. Raises UnreadableFileError when labels come from different questions."""
        rows, events, faults, usual = [], [], list(chunk.faults), not self.columns
        for row, record in zip(chunk.rows, chunk.events, strict=True):
            if not (usual and (_is_event(record) or row in chunk.corrected)):
                event = self.event(record, row in chunk.corrected)
                if isinstance(event, str):
                    faults.append(Fault(row, event, as_json(record)))
                    continue
                record = event
            rows.append(row)
            events.append(record)
        return Chunk(rows, events, faults, chunk.corrected, chunk.done)

    def event(self, record: Event, corrected: bool = False) -> Event | str:
        """The event in a record, or the code of what is wrong with it."""
        columns = self.columns
        flat = flatten(record)
        if isinstance(flat, str):
            return flat
        event = flat.record
        if event is not record:
            self._noticed.add("the records of an annotation tool")
        if columns:
            chosen = {field: path for field, path in columns.items() if path or not corrected}
            event = mapped(event, record, chosen)
        if corrected:
            return event
        event = self._labelled(event, flat.question)
        if event.get("text") is None and is_chat(event):
            chat = from_chat(event)
            if isinstance(chat, str):
                return chat
            self._noticed.add("conversations")
            event = chat
        for field in ("text",) if _has_target(event) else ("text", "label", "completion"):
            name = plainly(event, field)
            if name is not None and name != field and event.get(field) is None:
                self._noticed.add(f"{name!r} as {field}")
                event = {**{key: value for key, value in event.items() if key != name}, field: event[name]}
        label = event.get("label")
        return label.code if isinstance(label, Answers) else event

    def _labelled(self, event: Event, question: str | None) -> Event:
        """The event with the answer to the only question as its label, unless a column is named for it."""
        if question is None or question not in event or "label" in self.columns or event.get("label") is not None:
            return event
        self.questions.add(question)
        self._noticed.add(f"the answers to {question!r} as label")
        if len(self.questions) > 1:
            raise UnreadableFileError(
                f"{self.path} has answers to different questions: {', '.join(sorted(self.questions))}",
                as_command(self.path, {"label": min(self.questions)}),
            )
        return {**{name: value for name, value in event.items() if name != question}, "label": event[question]}


def _is_event(record: Event) -> bool:
    """Whether a record is an event as it is, as most are."""
    answered = record.get("label") is not None or record.get("completion") is not None
    return answered and type(record.get("text")) is str and "_task_hash" not in record


def _has_target(event: Event) -> bool:
    return event.get("label") is not None or event.get("completion") is not None


def as_json(record: Event) -> str:
    """A record as it stands in a file of JSON; one that JSON has no form for, as Python writes it."""
    try:
        return orjson.dumps(record).decode()
    except TypeError:
        return str(record)
