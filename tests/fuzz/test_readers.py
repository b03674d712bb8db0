"""Whatever is in a file, ingestion accounts for every row of it, or refuses it in one message; nothing else happens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import strategies as st

from components.errors import UsageError
from components.ingestion.chunk import Chunk
from components.ingestion.ingest import Ingested, TooFewRowsError, ingest
from components.ingestion.readers import check_files, describe, read_chunks
from components.ingestion.rules import READING
from components.settings import IngestionSettings
from components.workspace import Workspace
from tests.components.ingestion.conftest import NOW
from tests.fuzz.counting import fuzz
from tests.fuzz.files import File, any_bytes, damaged, json_files, parquet_files, tables

pytestmark = pytest.mark.integration

Record = Callable[[str, object], None]
CODES = {rule.code for rule in READING}
SETTINGS = [
    IngestionSettings(),
    IngestionSettings(chunk_rows=2),
    IngestionSettings(columns={"text": "data.text", "label": "label.0", "priority": ""}),
    IngestionSettings(encoding="cp1250"),
]


def read(path: Path, settings: IngestionSettings) -> int | UsageError:
    """How many rows a file has, each once, as an event that JSON has a form for or as a fault; or the error that refuses it."""
    rows: list[int] = []
    try:
        check_files([path])
        for chunk in read_chunks(path, settings):
            check(chunk, settings)
            rows += [*chunk.rows, *(fault.row for fault in chunk.faults)]
        describe(path, settings)
    except UsageError as error:
        return error
    assert len(rows) == len(set(rows))
    return len(rows)


def check(chunk: Chunk, settings: IngestionSettings) -> None:
    assert len(chunk) <= settings.chunk_rows
    assert len(chunk.rows) == len(chunk.events)
    for fault in chunk.faults:
        assert fault.code in CODES
        fault.raw.encode()
    for event in chunk.events:
        assert repr(orjson.loads(orjson.dumps(event))) == repr(event)


@pytest.mark.parametrize(
    ("strategy", "number"),
    [(any_bytes(), 2500), (damaged(), 3000), (tables(), 600), (json_files(), 400), (parquet_files(), 700)],
    ids=["any bytes", "damaged files", "tables", "JSON", "Parquet"],
)
def test_every_file_is_accounted_for_or_refused(tmp_path: Path, record_property: Record, strategy: Any, number: int) -> None:
    def holds(drawn: tuple[File, IngestionSettings]) -> None:
        file, settings = drawn
        path = tmp_path / file.name
        path.write_bytes(file.content)
        found = read(path, settings)
        if isinstance(found, UsageError):
            assert str(path) in found.message
            assert found.hint
            assert found.exit_code == 2
        if file.rows is not None and settings.columns == {}:
            assert found == file.rows, found

    fuzz(number, st.tuples(strategy, st.sampled_from(SETTINGS)), holds, record_property)


def test_what_is_read_is_ingested_with_every_row_accounted_for(tmp_path: Path, record_property: Record) -> None:
    files = any_bytes() | damaged() | tables() | json_files() | parquet_files()

    def holds(some: list[File]) -> None:
        paths, rows = [], 0
        for n, file in enumerate(some):
            path = tmp_path / f"{n}-{file.name}"
            path.write_bytes(file.content)
            found = read(path, SETTINGS[0])
            if isinstance(found, int) and found:
                paths.append(path)
                rows += found
        if not paths:
            return
        ingested = taken(paths, Workspace(tmp_path / "workspace"))
        assert ingested.read == rows == ingested.accepted + ingested.quarantined + ingested.duplicates
        assert sum(ingested.reasons.values()) == ingested.quarantined + ingested.duplicates
        assert "unreadable_row" not in ingested.reasons

    fuzz(25, st.lists(files, min_size=3, max_size=8), holds, record_property)


def taken(paths: list[Path], workspace: Workspace) -> Ingested:
    """What became of files, whether there is enough in them or not."""
    try:
        return ingest(paths, name="fuzz", workspace=workspace, settings=IngestionSettings(pii="off", min_rows=1), now=NOW)
    except TooFewRowsError as error:
        return error.ingested
