"""What the readers hand on: rows as parsed, with their place in the file, and rows that could not be parsed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """A row that is not an event: 1-based line, reason code, the text as it is in the file."""

    row: int
    code: str
    raw: str


@dataclass
class Chunk:
    """Up to `chunk_rows` rows of one file: `events[i]` was in row `rows[i]` (1-based line, element of an array, or row of a
    Parquet file). `corrected`: rows that a person has corrected in quarantine; they are events already.
    """

    rows: list[int] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    corrected: set[int] = field(default_factory=set)
    done: int = 0  # bytes of the file read so far, for progress

    def __len__(self) -> int:
        return len(self.rows) + len(self.faults)
