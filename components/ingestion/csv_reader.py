"""The CSV reader: turns rows into the same events that JSONL holds."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from components.errors import UsageError
from components.ingestion.bytes_to_lines import CHUNK_BYTES, broken, printable, split_lines
from components.ingestion.chunk import Chunk, Event, Fault
from components.ingestion.rules import MAX_LINE

_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_csv(path: Path, chunk_rows: int) -> Iterator[Chunk]:
    """Comma-separated UTF-8 with a header; an empty cell is an absent field. Rows are named by their first line."""
    chunk, size = Chunk(), 0
    with open(path, "rb") as file:
        source = _Lines(line for line, _ in split_lines(file))
        cells = csv.reader(source, strict=True)
        header = _header(path, cells, source)
        while True:
            row, record = _next(cells, source, len(header))
            if record is None:
                break
            if isinstance(record, Fault):
                chunk.faults.append(record)
            else:
                chunk.rows.append(row)
                chunk.events.append(_event(header, record))
            size += source.size
            if len(chunk) >= chunk_rows or size >= CHUNK_BYTES:
                chunk.done = file.tell()
                yield chunk
                chunk, size = Chunk(), 0
        chunk.done = file.tell()
    yield chunk


class _Lines:
    """Lines for csv.reader that can be pushed back: a quote that is never closed must cost one row, not all the rest."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self._again: list[bytes] = []
        self._taken: list[bytes] = []
        self.number = 1  # of the first line of the record being read

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self._taken.append(line)
        return line.decode("utf-8", "surrogateescape") + "\n"

    def begin(self) -> None:
        """Forget the lines of the previous record."""
        self.number += len(self._taken)
        self._taken = []

    def give_back(self) -> None:
        """Keep the record's first line only; the others are read again as records of their own."""
        self._again.extend(reversed(self._taken[1:]))
        del self._taken[1:]

    @property
    def size(self) -> int:
        return sum(map(len, self._taken))

    @property
    def taken(self) -> bytes:
        return b"\n".join(self._taken)


def _next(cells: Iterator[list[str]], source: _Lines, width: int) -> tuple[int, list[str] | Fault | None]:
    """The next record and its line number. The record is its cells, or what is wrong with it, or None at the end."""
    source.begin()
    try:
        record = next(cells)
    except StopIteration:
        return source.number, None
    except csv.Error:
        source.give_back()
        record = []
    code = None
    if source.size > MAX_LINE:
        code = "line_too_long"
    elif len(record) != width:
        code = broken(source.taken) or "invalid_csv_row"
    elif not all(map(str.isprintable, record)):  # rare: only then look closer
        code = broken(source.taken)
    return source.number, Fault(source.number, code, printable(source.taken)) if code else record


def _header(path: Path, cells: Iterator[list[str]], source: _Lines) -> list[str]:
    source.begin()
    try:
        header = [name.strip() for name in next(cells)]
    except (csv.Error, StopIteration):
        header = []
    if "text" not in header:
        names = ", ".join(repr(name[:40]) for name in header[:12])
        raise UsageError(
            f"{path} has no column `text`: its first line names {names or 'no columns'}",
            "Separate columns by commas, and name one `text` and one `label` in the first line.",
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise UsageError(f"{path} has two columns named {twice[0]!r}", "Rename one of them.")
    return header


def _event(header: list[str], cells: list[str]) -> Event:
    event: Event = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
    if "consent" in event:
        event["consent"] = _TRUTH.get(event["consent"].strip().lower(), event["consent"])
    return event
