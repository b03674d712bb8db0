"""How a table is written down: what separates its cells, and which of its columns is which."""

from __future__ import annotations

import csv
import re
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from components.contracts import FIELDS
from components.errors import UnreadableFileError
from components.ingestion.bytes_to_lines import line_end
from components.ingestion.mapping import Mapped, sources
from components.ingestion.propose import map_command
from components.ingestion.rules import MAX_COLUMNS
from components.ingestion.shapes import is_known
from components.naming import shown

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
#: What separates cells if the header says so beyond doubt
_RARE = "^~\x01\x1f"
_SAMPLE = 50
_SEPARATOR_LINE = re.compile(r"""["']?sep=([^"'\s\x00]|\t)["']?\s*""", re.IGNORECASE)
#: What surrounds a name in a header: blanks of every kind, a byte order mark
_AROUND = "\ufeff\u200b\xa0 \t\r\n"
_BLANK = _AROUND + "\x0b\x0c\x1c\x1d\x1e\x1f\x85"


@dataclass(frozen=True)
class Dialect:
    """`end`: of a line. `declared`: the file's first line says which delimiter it has. `escape`: what stands before a quote in
    a cell; None: another quote does.
    """

    delimiter: str = ","
    end: bytes = b"\n"
    declared: bool = False
    quote: str = '"'
    escape: str | None = None

    def __str__(self) -> str:
        quoted = (
            "" if self == Dialect(self.delimiter, self.end, self.declared) else f", quoted as in {self.escape or ''}{self.quote}"
        )
        return f"cells separated by {DELIMITERS.get(self.delimiter, repr(self.delimiter))}{quoted}"

    @property
    def options(self) -> dict[str, Any]:
        """What csv.reader takes."""
        return {"delimiter": self.delimiter, "quotechar": self.quote, "escapechar": self.escape, "doublequote": not self.escape}


Rows = Sequence[Sequence[str]]


def sniff(head: bytes, columns: Mapped) -> tuple[Dialect, Rows]:
    """The dialect of a table that begins like this, and its first rows after the header.

    The delimiter is the one by which the header has the columns that are wanted, else the one that gives the most columns.
    """
    end = line_end(head, quoted=True)
    lines = head.decode("utf-8", "replace").split(end.decode())
    declared = _SEPARATOR_LINE.fullmatch(lines[0].lstrip("\ufeff"))
    lines = lines[1:] if declared else lines
    first = next((line for line in lines if line.strip(_BLANK)), "")
    quote = "'" if first.lstrip(_AROUND).startswith("'") and '"' not in first else '"'
    dialect = Dialect(declared[1] if declared else ",", end, declared=bool(declared), quote=quote)
    dialect, rows = (dialect, _parsed(lines, dialect)) if declared else _delimited(lines, dialect, columns)
    escaping = replace(dialect, escape="\\")
    if f"\\{quote}" in head.decode("utf-8", "replace") and not _sound(lines, dialect) and _sound(lines, escaping):
        dialect, rows = escaping, _parsed(lines, escaping)
    return dialect, rows[1:]


def _delimited(lines: Sequence[str], dialect: Dialect, columns: Mapped) -> tuple[Dialect, list[list[str]]]:
    """The dialect with the likely delimiter, and the first rows by it."""
    tables = {each: _parsed(lines, each) for each in (replace(dialect, delimiter=one) for one in (*DELIMITERS, *_RARE))}
    wanted = sources(columns)
    for fits in (
        lambda header: "text" in header or bool(wanted & set(header)),
        lambda header: is_known(dict.fromkeys(header, "")),
    ):
        for each, rows in tables.items():
            if rows and fits([name.strip(_AROUND) for name in rows[0]]):
                return each, rows
    best = max((each for each in tables if each.delimiter in DELIMITERS), key=lambda each: _columns(tables[each]))
    return best, tables[best]


def header_in(head: bytes) -> list[str]:
    """The cells of the first line of what may be a table."""
    dialect = sniff(head, {})[0]
    rows = _parsed(head.decode("utf-8", "replace").splitlines()[:1], dialect)
    return [name.strip(_AROUND) for name in rows[0]] if rows else []


def _parsed(lines: Sequence[str], dialect: Dialect) -> list[list[str]]:
    """The first rows, as far as they can be read."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader((f"{line}\n" for line in lines), **dialect.options):
            if rows or not is_blank(row):
                rows.append(row)
            if len(rows) == _SAMPLE:
                break
    except csv.Error:
        pass  # what is read so far will do
    return rows


def _sound(lines: Sequence[str], dialect: Dialect) -> bool:
    """Whether the first rows can be read without a fault, all as wide as the header; the last may be cut."""
    widths = set()
    try:
        for row, _ in zip(csv.reader((f"{line}\n" for line in lines[:-1]), strict=True, **dialect.options), range(_SAMPLE)):
            widths |= set() if is_blank(row) else {len(row)}
    except csv.Error:
        return False
    return len(widths) == 1


def _columns(rows: Rows) -> float:
    """How many columns a delimiter gives, if it gives most rows the same number; 0 if it does not."""
    widths = Counter(len(row) for row in rows if row)
    width, often = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return width if width > 1 and often > 0.8 * widths.total() else 0


def header_of(cells: Sequence[str], sample: Rows, path: Path, columns: Mapped) -> list[str]:
    """The names of the columns, unnamed ones numbered. Raises UnreadableFileError if none of them holds the texts."""
    names = [shown(name.strip(_AROUND)) for name in cells]  # broken bytes of a name cost no row
    if len(names) > MAX_COLUMNS:
        raise UnreadableFileError(
            f"{path} has {len(names):,} columns; at most {MAX_COLUMNS:,} are read", "Leave out those that are not needed."
        )
    known = is_known(dict.fromkeys(names, "")) or columns.get("text") in names
    if not known:
        raise _no_text(path, names, sample, columns)
    twice = [name for name, number in Counter(names).items() if number > 1 and name in FIELDS]
    if twice:
        raise UnreadableFileError(f"{path} has two columns named {twice[0]!r}", "Rename one of them.")
    return _told_apart(names)


def is_blank(cells: Sequence[str]) -> bool:
    """Whether a row is empty: a spreadsheet keeps the separators of rows that hold nothing."""
    return not "".join(cells).strip(_BLANK)


def _told_apart(names: Sequence[str]) -> list[str]:
    """Names without repetitions: `Comment`, `Comment 2`; an unnamed column keeps its empty name if it is the only one."""
    seen: Counter[str] = Counter()
    unnamed = [n for n, name in enumerate(names) if not name]
    told = []
    for n, name in enumerate(names, start=1):
        shown = f"column {n}" if not name and len(unnamed) > 1 else name
        seen[shown] += 1
        told.append(shown if seen[shown] == 1 else f"{shown} {seen[shown]}")
    return told


def _no_text(path: Path, names: Sequence[str], sample: Rows, columns: Mapped) -> UnreadableFileError:
    """What to say of a table without a column of texts. The texts of a table without a header are not shown."""
    if columns.get("text"):
        problem = f"{path} has neither a column {columns['text']!r}, which is mapped to `text`, nor a column `text`"
    else:
        problem = f"{path} has no column `text`"
    quoted = shlex.quote(str(path))
    if later := next((n for n, row in enumerate(sample, start=2) if _is_header(row)), 0):
        return UnreadableFileError(
            f"{problem} in its first line, but in line {later}", f"Cut off what is above it: sed -i '1,{later - 1}d' {quoted}"
        )
    if not any(names) or any(len(name) > 40 or name.count(" ") > 4 for name in names):
        first = ",".join(["text", "label", *(f"column{n}" for n in range(3, len(names) + 1))][: len(names)])
        return UnreadableFileError(
            f"{problem}: its first line does not name columns",
            f"Put a header above it, for instance: sed -i '1i {first}' {quoted}",
        )
    told = _told_apart(names)
    problem += f": its first line names {', '.join(repr(name) for name in told[:12] if name)}"
    if len(told) == 1:
        way_out = "If something rare separates its cells, say so above the header, for instance: sed -i '1i sep=:' "
        return UnreadableFileError(problem, way_out + quoted)
    values = {name: [row[n] for row in sample if n < len(row)] for n, name in enumerate(told) if name}
    return UnreadableFileError(problem, map_command(path, values))


def _is_header(row: Sequence[str]) -> bool:
    return is_known({cell.strip(_AROUND): "" for cell in row})


def repeats(row: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a row is the header again, as where tables were put one after the other."""
    return len(row) > 1 and row[0].strip(_AROUND) == header[0] and [name.strip(_AROUND) for name in row] == list(header)
