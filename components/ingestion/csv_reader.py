"""The reader of tables written as text (CSV, TSV): turns rows into the same records that JSON holds."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from components.ingestion.bytes_to_lines import CHUNK_BYTES, broken, printable, split_lines
from components.ingestion.chunk import Chunk, Event, Fault
from components.ingestion.csv_dialect import header_of, is_blank, repeats, sniff
from components.ingestion.mapping import Mapped
from components.ingestion.rules import MAX_LINE
from components.ingestion.source import Source

HEAD = 1 << 20
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_BOOLEAN_LABELS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}


def read_csv(source: Source, path: Path, chunk_rows: int, columns: Mapped) -> Iterator[Chunk]:
    """Cells with a header; an empty cell is an absent field, a row of empty cells no row. Rows are named by their first line."""
    head = source.peek(HEAD)
    dialect, sample = sniff(head, columns)
    chunk, size = Chunk(), 0
    lines = _Lines(line for line, _ in split_lines(source, dialect.end))
    if dialect.declared:
        next(lines)
    cells = csv.reader(lines, strict=True, **dialect.options)
    header = _header(cells, lines, sample, path, columns)
    while True:
        row, record = _next(cells, lines, header)
        if record is None:
            break
        if isinstance(record, Fault):
            chunk.faults.append(record)
        elif record:
            chunk.rows.append(row)
            chunk.events.append(record)
        size += lines.size
        if len(chunk) >= chunk_rows or size >= CHUNK_BYTES:
            chunk.done = source.tell()
            yield chunk
            chunk, size = Chunk(), 0
    chunk.done = source.tell()
    yield chunk


def typed(event: Event) -> Event:
    """The event of a row of cells, in which everything is text: consent and labels that are booleans elsewhere."""
    consent, label = event.get("consent"), event.get("label")
    if isinstance(consent, str):
        event["consent"] = _TRUTH.get(consent.strip().lower(), consent)
    if isinstance(label, str) and label in _BOOLEAN_LABELS:
        event["label"] = _BOOLEAN_LABELS[label]
    return event


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


def _next(cells: Iterator[list[str]], lines: _Lines, header: Sequence[str]) -> tuple[int, Event | Fault | None]:
    """The next row and its line number. It is its cells by column, empty for an empty row, or a fault; None at the end."""
    lines.begin()
    try:
        row: list[str] | None = next(cells)
    except StopIteration:
        return lines.number, None
    except csv.Error:
        lines.give_back()
        row = None
    code = None
    if lines.size > MAX_LINE:
        code = "line_too_long"
    elif row is None or is_blank(row) or not all(map(str.isprintable, row)):  # rare: only then look closer
        code = broken(lines.taken) or ("invalid_csv_row" if row is None else None)
    if code is None and row is not None:
        if is_blank(row):
            return lines.number, {}
        if repeats(row, header):
            code = "repeated_header"
        elif not _fits(row, header):
            code = broken(lines.taken) or "invalid_csv_row"
        else:
            return lines.number, {name: cell for name, cell in zip(header, row, strict=False) if cell}
    if code == "empty_line":
        return lines.number, {}
    return lines.number, Fault(lines.number, code or "invalid_csv_row", _shown(lines.taken))


def _shown(lines: bytes) -> str:
    """The lines of a row that cannot be read, not to be taken for JSON when they come back."""
    text = printable(lines)
    return f"row: {text}" if text.lstrip().startswith("{") else text


def _fits(row: Sequence[str], header: Sequence[str]) -> bool:
    """Whether each cell has a column and each column a cell, but for empty cells and unnamed columns at the end."""
    if len(row) == len(header):
        return True
    more, fewer = row[len(header) :], header[len(row) :]
    return not any(map(str.strip, more)) and all(name == "" or name.startswith("column ") for name in fewer)


def _header(cells: Iterator[list[str]], lines: _Lines, sample: Sequence[Sequence[str]], path: Path, columns: Mapped) -> list[str]:
    names: list[str] = []
    try:
        while is_blank(names):
            lines.begin()
            names = next(cells)
    except (csv.Error, StopIteration):
        pass  # it has none
    return header_of(names, sample, path, columns)
