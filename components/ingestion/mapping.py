"""`ingestion.columns` and `--map`: which column of a file is which field of an event."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from components.contracts import FIELDS
from components.errors import UsageError
from components.ingestion.chunk import Event
from components.settings import suggest

#: Field of an event -> column of the file, or a path into it (`data.body`, `labels.0`); "": no column is this field.
Mapped = Mapping[str, str]
_MISSING = object()
_PAIR = re.compile(rf",\s*(?=(?:{'|'.join(FIELDS)})\s*=)")


def parse_map(given: Iterable[str]) -> dict[str, str]:
    """The mapping in options such as `text=Message,label=Category`. Raises UsageError."""
    columns: dict[str, str] = {}
    for pair in (pair for option in given for pair in _PAIR.split(option)):
        field, separator, column = (part.strip() for part in pair.partition("="))
        if not separator:
            raise UsageError(f"--map {pair!r} is not FIELD=COLUMN", "For example --map text=Message,label=Category")
        if field not in FIELDS:
            raise UsageError(f"--map {pair!r}: no field is called {field!r}", suggest(field, FIELDS))
        if field in columns:
            raise UsageError(f"--map names {field!r} twice", "Name one column for each field.")
        columns[field] = column
    return columns


def mapped(record: Event, original: Event, columns: Mapped) -> Event:
    """The record with its columns as fields. A column that it does not have leaves the field as it is.

    original: the record as it is in the file, if `record` is a flat form of it. What loses its name to a mapped column, or to "",
    is kept as `given.NAME`.
    """
    taken = {field: _look_up(record, original, path) for field, path in columns.items() if path and path != field}
    found = {field: value for field, value in taken.items() if value is not _MISSING}
    event = dict(record)
    for field in found:
        event = _without(event, columns[field])
    for field in (*found, *(field for field, path in columns.items() if not path)):
        if event.get(field) is not None:
            event[f"given.{field}"] = event.pop(field)
    return {**event, **found}


def sources(columns: Mapped) -> set[str]:
    """The columns that a mapping reads, or the beginnings of its paths."""
    return {part for path in columns.values() if path for part in (path, path.partition(".")[0])}


def _look_up(record: Event, original: Event, path: str) -> Any:
    value = _at(record, path)
    return _at(original, path) if value is _MISSING and original is not record else value


def _at(value: Any, path: str) -> Any:
    """What a path leads to: a key as it is written, dots and all, else key by key; a number is a place in a list, from 0."""
    for key, rest in _steps(value, path):
        inner = value[key]
        found = inner if rest is None else _at(inner, rest)
        if found is not _MISSING:
            return found
    return _MISSING


def _steps(value: Any, path: str) -> Sequence[tuple[Any, str | None]]:
    """The first keys that a path may begin with, the longest first, each with the rest of the path."""
    parts = path.split(".")
    if isinstance(value, list):
        n = int(parts[0]) if re.fullmatch(r"\d{1,6}", parts[0]) else len(value)
        return [(n, ".".join(parts[1:]) or None)] if n < len(value) else []
    if not isinstance(value, dict):
        return []
    keys = [(".".join(parts[:n]), ".".join(parts[n:]) or None) for n in range(len(parts), 0, -1)]
    return [(key, rest) for key, rest in keys if key in value]


def _without(value: Any, path: str) -> Any:
    """A copy without what a path leads to: the text of an event is not kept a second time."""
    for key, rest in _steps(value, path):
        if rest is not None and _at(value[key], rest) is _MISSING:
            continue
        copy = value.copy()
        if rest is None:
            del copy[key]
        else:
            copy[key] = _without(copy[key], rest)
            if not copy[key]:
                del copy[key]
        return copy
    return value
