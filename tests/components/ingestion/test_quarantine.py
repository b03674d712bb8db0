"""A round trip through quarantine: what was refused and is put back untouched is refused again, with the same values."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion.arrivals import rows_of
from components.ingestion.chunk import Chunk
from components.ingestion.ingest import Ingested, TooFewRowsError
from components.ingestion.quarantine import chunk_lines
from components.ingestion.rules import value_rules
from components.settings import IngestionSettings, Settings
from tests.components.ingestion.conftest import NOW
from tests.components.ingestion.files import read_file, table
from tests.examples import examples

SOME_RULE = value_rules(IngestionSettings(), NOW)[0]
TIME = datetime(2026, 5, 3, tzinfo=UTC)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
#: Columns of two values of any type that Parquet has
arrow_columns = st.sampled_from(
    [
        *(pa.array([b"\xff", b"a"]), pa.array(["\x00", "é"]), pa.array(["a", "b"]).dictionary_encode(), pa.array([True, None])),
        *(pa.array([2**64 - 1, 0], pa.uint64()), pa.array([float("nan"), 0.1]), pa.array([0.1, None], pa.float32())),
        *(pa.array([Decimal("1.10"), None]), pa.array([b"1" * 16, None], pa.uuid()), pa.nulls(2)),
        *(pa.array([TIME, None], pa.timestamp("ns", "UTC")), pa.array([0, 2**40], pa.timestamp("s", "No/Where"))),
        *(pa.array([0, 2**62], pa.timestamp("us")), pa.array([1, None], pa.duration("us"))),
        *(pa.array([[b"\xff"], []]), pa.array([{"a": TIME, "b": [1]}, None])),
        pa.array([[("k", b"v")], None], pa.map_(pa.string(), pa.binary())),
    ]
)


def there_and_back(path: Path, chunk: Chunk) -> Chunk:
    """Every row of a chunk put into a quarantine file, and that file read."""
    lines = chunk_lines(path, chunk, {n: [SOME_RULE] for n in range(len(chunk.events))}, {})
    return read_file(path.with_name("q.jsonl"), b"".join(line for _, line in lines))


@pytest.mark.unit
@examples(150)
@given(st.lists(st.dictionaries(st.text(), json_values, max_size=4), min_size=1, max_size=3))
def test_no_event_of_json_is_changed(tmp_path_factory: pytest.TempPathFactory, events: list[dict[str, Any]]) -> None:
    path = tmp_path_factory.mktemp("q") / "e.jsonl"
    chunk = read_file(path, "\n".join(map(json.dumps, [{"text": "one"}, *events])).encode())
    assert repr(there_and_back(path, chunk).events) == repr(chunk.events)


@pytest.mark.unit
@examples(60)
@given(
    st.dictionaries(st.sampled_from(["text", "label", "id", "extra", "more"]), arrow_columns, min_size=1).filter(
        lambda c: "text" in c
    )
)
def test_no_event_of_a_parquet_file_is_changed(tmp_path_factory: pytest.TempPathFactory, columns: dict[str, pa.Array]) -> None:
    path = tmp_path_factory.mktemp("q") / "e.parquet"
    parquet.write_table(pa.table(columns), path)
    chunk = read_file(path)
    assert len(chunk) == 2
    back = there_and_back(path, chunk)
    assert repr(back.events) == repr(chunk.events)
    assert [each.raw for each in back.faults] == [each.raw for each in sorted(chunk.faults, key=lambda each: each.row)]


@pytest.mark.unit
def test_a_row_of_a_table_that_looks_like_json_is_not_taken_for_an_event(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    chunk = read_file(path, b'text;label\n{"text": "a", "label": "b"};;x\ntoo;many;cells\n')
    assert [fault.code for fault in chunk.faults] == ["invalid_csv_row"] * 2
    back = there_and_back(path, chunk)
    assert (back.events, [fault.code for fault in back.faults]) == ([], ["invalid_json"] * 2)
    for row in rows_of(path, Settings()):
        path.with_name("moved.jsonl").write_bytes(row.line())
        (moved,) = rows_of(path.with_name("moved.jsonl"), Settings())
        assert (moved.event, moved.raw) == (None, row.raw), "nor when the inbox splits the file"


@pytest.mark.integration
@pytest.mark.parametrize(
    "column", [pa.array([b"caf\xe9 %d" % n for n in range(30)]), pa.array([[b"a"]] * 30), pa.array(range(30))]
)
def test_a_text_that_is_none_is_not_learned_by_putting_it_back(
    tmp_path: Path, take: Callable[..., Ingested], quarantined: Callable[..., list[dict[str, Any]]], column: pa.Array
) -> None:
    parquet.write_table(pa.table({"text": column, "label": ["a", "b"] * 15}), tmp_path / "e.parquet")
    with pytest.raises(TooFewRowsError) as first:
        take(tmp_path / "e.parquet")
    assert first.value.ingested.quarantine_file is not None
    with pytest.raises(TooFewRowsError) as second:
        take(first.value.ingested.quarantine_file, again=True)
    rows = [quarantined(error.value.ingested.quarantine_file) for error in (first, second)]
    assert len(rows[0]) == 30
    assert [row.get("event", row.get("raw")) for row in rows[0]] == [row.get("event", row.get("raw")) for row in rows[1]]


@pytest.mark.integration
def test_rows_that_were_compared_come_back_as_they_were(
    tmp_path: Path, take: Callable[..., Ingested], quarantined: Callable[..., list[dict[str, Any]]]
) -> None:
    rows = [("the same", label, "1.50") for label in ("x", "y")] + [(f"text {n}", "x", "2") for n in range(10)]
    (tmp_path / "e.csv").write_bytes(table("text,label,price", rows))
    first = take(tmp_path / "e.csv")
    assert first.quarantine_file is not None
    with pytest.raises(TooFewRowsError) as second:
        take(first.quarantine_file, again=True, after=first.experience)
    again = quarantined(second.value.ingested.quarantine_file)
    assert [row["event"] for row in again] == [row["event"] for row in quarantined(first.quarantine_file)]
