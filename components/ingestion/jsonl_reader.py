"""The JSONL reader, which also reads quarantine files that a person has corrected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from components.ingestion.bytes_to_lines import CHUNK_BYTES, broken, printable, split_lines
from components.ingestion.chunk import Chunk, Event, Fault
from components.ingestion.rules import MAX_LINE


def read_jsonl(path: Path, chunk_rows: int) -> Iterator[Chunk]:
    """One event per line. A line of a quarantine file is read as the event in it, as a person left it."""
    chunk, size = Chunk(), 0
    with open(path, "rb") as file:
        for row, (line, done) in enumerate(split_lines(file), start=1):
            event, raw = _parse(line), line
            if type(event) is dict and "reason" in event:
                event, raw = _requeued(event, line)
            if isinstance(event, str):
                chunk.faults.append(Fault(row, event, printable(raw)))
            else:
                chunk.rows.append(row)
                chunk.events.append(event)
            size += len(line)
            if len(chunk) >= chunk_rows or size >= CHUNK_BYTES:
                chunk.done = done
                yield chunk
                chunk, size = Chunk(), 0
        chunk.done = file.tell()
    yield chunk


def _parse(line: bytes) -> Event | str:
    """The event on a line, or the code of what is wrong with the line."""
    if len(line) > MAX_LINE:
        return "line_too_long"
    try:
        value: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        return broken(line) or "invalid_json"
    return value if type(value) is dict else "not_an_object"


def _requeued(entry: Event, line: bytes) -> tuple[Event | str, bytes]:
    """The event in a line of a quarantine file: `event` if a person wrote or corrected one, else `raw` parsed again."""
    if not ("explanation" in entry and "row" in entry and ("event" in entry or "raw" in entry)):
        return entry, line  # an ordinary event that happens to have a field `reason`
    if "event" in entry:
        return (entry["event"] if type(entry["event"]) is dict else "not_an_object"), line
    raw = str(entry["raw"]).encode()
    return _parse(raw), raw
