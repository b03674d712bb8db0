"""Refused rows, written down: one JSON object per line, for a person to read, correct and re-queue."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import orjson

from components.ingestion.chunk import Chunk, Event
from components.ingestion.rules import READING, SCREENING, Rule
from components.privacy.sealing import SUFFIX, Seal
from components.storage import atomic_path, digest_file

_RULES: Mapping[str, Rule] = {rule.code: rule for rule in (*READING, *SCREENING)}


def chunk_lines(file: Path, chunk: Chunk, broken: Mapping[int, list[Rule]], fields: Mapping[int, str]) -> list[tuple[str, bytes]]:
    """(reason, line) of a chunk's bad rows in the order of the file: its faults, and the rules that events broke.

    `fields` names the field of a broken row where the rule covers several.
    """
    lines = [(fault.row, fault.code, line(file, fault.row, [_RULES[fault.code]], {"raw": fault.raw})) for fault in chunk.faults]
    for position, rules in broken.items():
        row = chunk.rows[position]
        lines.append((row, rules[0].code, line(file, row, rules, {"event": chunk.events[position]}, fields.get(position))))
    return [(code, text) for _, code, text in sorted(lines, key=lambda item: item[0])]


def line(file: Path, row: int, rules: list[Rule], content: Mapping[str, Any], field: str | None = None, said: str = "") -> bytes:
    """One line of the quarantine file; `content` is {"event": ...} or {"raw": ...}. said: more about this row."""
    entry = {
        "file": str(file),
        "row": row,
        "reason": rules[0].code,
        "field": field or rules[0].field,
        "explanation": " ".join([*(rule.explanation for rule in rules), *([said] if said else [])]),
        **content,
    }
    return orjson.dumps(entry) + b"\n"  # no default: a value that JSON has no form for would come back as another


def screened_line(file: Path, row: int, code: str, values: Event, said: str = "") -> bytes:
    """The line of a valid row that the comparison with other rows put into quarantine; said: more about it."""
    event = {name: value for name, value in values.items() if value is not None and name not in ("metadata", "digest")}
    return line(file, row, [_RULES[code]], {"event": {**orjson.loads(values["metadata"]), **event}}, said=said)


def duplicate_line(file: Path, row: int, code: str, repeats: Mapping[str, str | int | None]) -> bytes:
    """One line of the duplicates file: where the row was, why it counts as a duplicate, and of what."""
    entry = {"file": str(file), "row": row, "reason": code, "explanation": _RULES[code].explanation, "repeats": repeats}
    return orjson.dumps(entry) + b"\n"


@contextmanager
def rows_into(path: Path, mode: Literal["wb", "ab"], seal: Seal | None) -> Iterator[Callable[[bytes], object]]:
    """A function that writes one line after another into a file of refused rows, sealed if there is a seal."""
    with open(path, mode) as file:
        yield (lambda line: file.write(seal.block(line))) if seal else file.write


def read_rows(path: Path, seal: Seal | None) -> Iterator[dict[str, Any]]:
    """The entries of a file of refused or duplicate rows."""
    for content in seal.opened(path) if seal and path.suffix == SUFFIX else path.read_bytes().splitlines():
        yield orjson.loads(content)


def way_back(file: Path) -> str:
    """How a person corrects refused rows and puts them back."""
    if file.suffix == SUFFIX:
        plain = file.name.removesuffix(SUFFIX)
        return f"`perdure quarantine open {file} --out {plain}`, correct {plain}, then `perdure ingest --requeue {plain}`"
    return f"correct its rows, then run `perdure ingest --requeue {file}`"


def keep(scratch: Path, folder: Path, name: str, suffix: str, seal: Seal | None = None) -> Path | None:
    """Move a finished scratch file to folder/NAME-DIGEST+suffix, named by its content; None if it is empty."""
    if not scratch.stat().st_size:
        return None
    digest, ending = (seal.digest(scratch), suffix + SUFFIX) if seal else (digest_file(scratch), suffix)
    path = folder / f"{name}-{digest[:12]}{ending}"
    with atomic_path(path) as temporary:
        os.replace(scratch, temporary)
    return path
