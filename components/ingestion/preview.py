"""What ingestion would make of files, without writing anything: `perdure ingest --dry-run`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from components.contracts import Progress
from components.errors import UsageError
from components.ingestion.assign import assign, screened_lines
from components.ingestion.chain import experiences_of, labels_of
from components.ingestion.ingest import (
    Ingested,
    RelabelledError,
    TooFewRowsError,
    account,
    refuse_if_relabelled,
    refuse_if_too_few,
)
from components.ingestion.intake import take_in
from components.ingestion.readers import check_files, describe, read_chunks
from components.ingestion.screening import KEEP
from components.relabelling import Names
from components.settings import IngestionSettings
from components.workspace import Workspace

SHOWN = 10
LOOKED = 500  # rows among which the first that stay are shown


@dataclass(frozen=True)
class Preview:
    """`files`: how each is read. `rows`: the first events, as they would be stored. `quarantined`: the first rows that would be,
    without their content. `refused`: why no experience would be made.
    """

    files: dict[Path, str]
    ingested: Ingested
    rows: list[dict[str, Any]]
    quarantined: list[dict[str, Any]]
    refused: TooFewRowsError | RelabelledError | None


def preview(
    files: Sequence[Path],
    *,
    workspace: Workspace,
    settings: IngestionSettings,
    now: datetime,
    after: str | None = None,
    progress: Progress | None = None,
    again: bool = False,
    names: Names | None = None,
) -> Preview:
    """Read and check everything, as `ingest` does with the same arguments. Raises what it raises, but for a refusal."""
    check_files(files)
    rows: list[dict[str, Any]] = []
    lines: list[bytes] = []

    def first_rows(table: pa.Table) -> None:
        rows.extend(table.slice(0, LOOKED - len(rows)).to_pylist())

    def first_lines(line: bytes) -> None:
        if len(lines) < SHOWN:
            lines.append(line)

    intake = take_in(files, first_rows, first_lines, settings, now, progress, names=names)
    if not intake.read:
        raise UsageError(f"{', '.join(map(str, files))}: no events in it", "Was the export interrupted?")
    past = experiences_of(workspace, after)
    assignment = assign(intake.keys, settings, after, workspace, again, past, dry=True, names=names)
    ingested, refused = account(intake, assignment, labels_of(workspace, after, names)), None
    try:
        refuse_if_relabelled(files, ingested, assignment, intake, settings)
        refuse_if_too_few(files, ingested, assignment, settings.min_rows, intake.unnamed)
    except (TooFewRowsError, RelabelledError) as error:
        refused = error
    told = ("file", "row", "reason", "explanation")
    kept = [row for row, reason in zip(rows, assignment.reasons, strict=False) if reason == KEEP]
    lines += screened_lines(assignment, intake.keys, files, SHOWN - len(lines))
    return Preview(
        {path: _how(path, settings) for path in files},
        ingested,
        [{name: value for name, value in row.items() if value not in (None, "{}") and name != "digest"} for row in kept[:SHOWN]],
        [{name: entry[name] for name in told} for entry in map(orjson.loads, lines)],
        refused,
    )


def _how(path: Path, settings: IngestionSettings) -> str:
    """How a file is read: its format, and which columns are which fields."""
    noticed: set[str] = {f"{column!r} as {field}" for field, column in settings.columns.items() if column}
    next(read_chunks(path, settings, noticed), None)
    return "; ".join([describe(path, settings), *sorted(noticed)])
