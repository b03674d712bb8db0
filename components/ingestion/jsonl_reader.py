"""The reader of JSON, which also reads quarantine files that a person has corrected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from components.errors import UnreadableFileError
from components.ingestion.bytes_to_lines import CHUNK_BYTES, broken, line_end, printable, split_lines
from components.ingestion.chunk import Chunk, Event, Fault
from components.ingestion.json_layout import Layout, layout_of
from components.ingestion.json_values import Values
from components.ingestion.rules import MAX_DEPTH, MAX_LINE
from components.ingestion.source import Source

HEAD = 1 << 20
#: Longest line of a quarantine file, which quotes a row
MAX_QUOTED = 8 * MAX_LINE
#: Types of values that need no second look
_FLAT = frozenset({str, int, bool, type(None)})
#: A whole number that may be beyond 64 bits, which JSON allows and the parser rounds
_LONG_NUMBER = re.compile(rb"[:,\[\s]-?[1-9]\d{18,}")


def read_jsonl(source: Source, path: Path, chunk_rows: int) -> Iterator[Chunk]:
    """One event per line, or per element of an array. A line of a quarantine file is the event in it, as a person left it."""
    head = source.peek(HEAD)
    layout = layout_of(head, len(head) < HEAD, path)
    chunk, size = Chunk(), 0
    for row, (line, done) in enumerate(_values(source, path, layout, line_end(head)), start=1):
        event, raw, again = _parse(line), line, False
        if type(event) is dict and "reason" in event:
            event, raw, again = _requeued(event, line)
        if isinstance(event, str):
            chunk.faults.append(Fault(row, event, printable(raw)))
        else:
            chunk.rows.append(row)
            chunk.events.append(event)
            if again:
                chunk.corrected.add(row)
        size += len(line)
        if len(chunk) >= chunk_rows or size >= CHUNK_BYTES:
            chunk.done = done
            yield chunk
            chunk, size = Chunk(), 0
    chunk.done = source.tell()
    yield chunk


def _values(source: Source, path: Path, layout: Layout, end: bytes) -> Iterator[tuple[bytes, int]]:
    """The JSON of each event, and the bytes read so far. Raises UnreadableFileError where an array does not end."""
    if layout.kind == "lines":
        yield from split_lines(source, end)
        return
    source.skip(layout.skip)
    values, number = Values(source, layout.kind == "array"), count()
    for value in values:
        next(number)
        yield value
    if not values.whole:
        raise UnreadableFileError(
            f"{path} is {layout} that does not end: the JSON is broken after element {next(number)}",
            "Mend the element that follows it, or export the file again.",
        )
    if layout.inside and re.search(rb"\[\s*\{", values.tail):
        raise UnreadableFileError(
            f"{path} holds several arrays of objects",
            f"Take out the one that holds the events: jq -c '.NAME[]' {path} > events.jsonl",
        )
    if values.tail and not layout.inside:
        yield values.tail, source.tell()


def _parse(line: bytes) -> Event | str:
    """The event on a line, or the code of what is wrong with the line."""
    if len(line) > (MAX_QUOTED if line.startswith(b'{"file":') else MAX_LINE):
        return "line_too_long"
    try:
        value: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        return broken(line) or ("too_deep" if _depth(line) > MAX_DEPTH else "invalid_json")
    if type(value) is not dict:
        return "not_an_object"
    if _FLAT.issuperset(map(type, value.values())):
        return value
    if line.count(b"[") + line.count(b"{") > MAX_DEPTH and _depth(line) > MAX_DEPTH:
        return "too_deep"
    return "number_too_long" if _LONG_NUMBER.search(line) and _rounds(line) else value


def _depth(line: bytes) -> int:
    """How deeply arrays and objects are nested; 0 if their brackets do not match."""
    depth = deepest = 0
    for bracket in re.findall(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+|[\[\]{}]', line, re.DOTALL):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(bracket, 0)
        deepest = max(deepest, depth)
    return 0 if depth else deepest


def _rounds(line: bytes) -> bool:
    """Whether the line holds a whole number that the parser would round: one that is not within 64 bits."""
    tokens = re.findall(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?+|[-+.\deE]+', line, re.DOTALL)
    numbers = (token for token in tokens if re.fullmatch(rb"-?\d+", token))
    return any(len(number) > 20 or not -(2**63) <= int(number) < 2**64 for number in numbers)


def _requeued(entry: Event, line: bytes) -> tuple[Event | str, bytes, bool]:
    """The event in a line of a quarantine file: `event` if a person wrote or corrected one, else `raw` parsed again."""
    if not ("explanation" in entry and "row" in entry and ("event" in entry or "raw" in entry)):
        return entry, line, False  # an ordinary event that happens to have a field `reason`
    if "event" in entry:
        return (entry["event"] if type(entry["event"]) is dict else "not_an_object"), line, True
    raw = str(entry["raw"]).encode("utf-8", "surrogatepass")
    return _parse(raw), raw, False
