"""What the readers hand on: rows as parsed, with their place in the file, and rows that could not be parsed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: The fields of an event; all others are metadata.
FIELDS = (
    "text",
    "label",
    "completion",
    "id",
    "task",
    "source",
    "timestamp",
    "subject",
    "consent",
    "expires",
    "priority",
    "split",
)

Event = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """A row that is not an event: 1-based line, reason code, the text as it is in the file."""

    row: int
    code: str
    raw: str


@dataclass
class Chunk:
    """Up to `chunk_rows` rows of one file: `events[i]` was in row `rows[i]` (1-based line, or row of a Parquet file)."""

    rows: list[int] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    done: int = 0  # bytes of the file read so far, for progress

    def __len__(self) -> int:
        return len(self.rows) + len(self.faults)
