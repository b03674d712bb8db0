"""`python -m benchmarks.pii.write [SET...]`: write the labelled sets. They are committed; this is how they were made."""

from __future__ import annotations

import sys
from importlib import import_module

from benchmarks.pii.rows import AGAIN, BLIND, HERE, SCANNED, SETS, Row, lines, rows_of
from components.storage import write_text

SEED = 15


def made(name: str) -> list[Row]:
    """The rows that a set's sources make, each once."""
    return list(dict.fromkeys(rows_of(import_module(f"benchmarks.pii.{name}").SOURCES, SEED)))


def main(names: list[str]) -> None:
    """Write these sets, or all."""
    for name in names or (*SETS, BLIND, AGAIN):
        rows = made(name)
        for row in rows:
            if row.text.count(row.value) != 1:
                raise SystemExit(f"{row.value!r} is not in its sentence once: {row.text!r}")
        write_text(HERE / f"{name}.jsonl", lines(rows, () if name in SETS else SCANNED))
        print(f"{name}: {sum(bool(row.kind) for row in rows)} personal, {sum(not row.kind for row in rows)} not")


if __name__ == "__main__":
    main(sys.argv[1:])
