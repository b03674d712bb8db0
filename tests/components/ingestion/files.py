"""Files for the tests of the readers: the same thirty events in any form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.ingestion.chunk import Chunk
from components.ingestion.readers import check_files, read_chunks
from components.settings import IngestionSettings

N = 30
TEXTS = [f"My order {n} has not arrived, could you please help me?" for n in range(N)]
LABELS = ["Rückgabe" if n % 3 else "billing" for n in range(N)]
ROWS = list(zip(TEXTS, LABELS, strict=True))
EVENTS = [{"text": text, "label": label} for text, label in ROWS]


def table(
    header: str, rows: Sequence[Sequence[str]] = ROWS, separator: str = ",", end: str = "\r\n", encoding: str = "utf-8"
) -> bytes:
    """A table whose cells are all quoted."""
    quoted = (separator.join('"{}"'.format(cell.replace('"', '""')) for cell in row) for row in rows)
    return "".join(f"{line}{end}" for line in (header, *quoted)).encode(encoding)


def read_file(path: Path, content: bytes | None = None, **settings: Any) -> Chunk:
    """All that is in a file, as one chunk, after the checks on the file."""
    if content is not None:
        path.write_bytes(content)
    check_files([path])
    whole = Chunk()
    for chunk in read_chunks(path, IngestionSettings(**settings)):
        whole.rows += chunk.rows
        whole.events += chunk.events
        whole.faults += chunk.faults
    return whole
