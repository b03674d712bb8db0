"""Bytes into events: whatever stands in a file, every row comes out once, as an event or as a fault."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import UsageError
from components.ingestion import bytes_to_lines as lines
from components.ingestion import jsonl_reader
from components.ingestion.chunk import Chunk
from components.ingestion.readers import check_files, read_chunks
from components.settings import IngestionSettings
from tests.examples import examples

pytestmark = pytest.mark.unit


def read(path: Path, content: bytes, chunk_rows: int = 1000, **settings: Any) -> Chunk:
    """All chunks of a file with this content, joined."""
    path.write_bytes(content)
    whole = Chunk()
    for chunk in read_chunks(path, IngestionSettings(chunk_rows=chunk_rows, **settings)):
        assert len(chunk) <= chunk_rows
        whole.rows += chunk.rows
        whole.events += chunk.events
        whole.faults += chunk.faults
        whole.done = chunk.done
    assert whole.done == len(content)
    return whole


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "empty_line"),
        (b"  \t", "empty_line"),
        (b'{"text": "a\0b"}', "nul_byte"),
        (b'{"text": "caf\xe9"}', "invalid_encoding"),
        (b'{"text": "a"', "invalid_json"),
        (b'{"text": NaN}', "invalid_json"),
        (b'{"text": "\\ud800"}', "invalid_json"),
        (b"[" * 5000, "invalid_json"),
        (b'["text"]', "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"text": "' + b"x" * 1_000_000 + b'"}', "line_too_long"),
    ],
)
def test_a_line_that_is_no_event_is_a_fault_and_its_neighbours_are_read(tmp_path: Path, line: bytes, code: str) -> None:
    chunk = read(tmp_path / "e.jsonl", b'{"text": "one"}\n' + line + b'\n{"text": "three"}')
    assert [(fault.row, fault.code) for fault in chunk.faults] == [(2, code)]
    assert chunk.faults[0].raw == line.decode("utf-8", "backslashreplace")
    assert list(zip(chunk.rows, [event["text"] for event in chunk.events], strict=True)) == [(1, "one"), (3, "three")]


def test_byte_order_mark_and_windows_line_ends_are_no_faults(tmp_path: Path) -> None:
    chunk = read(tmp_path / "e.jsonl", b'\xef\xbb\xbf{"text": "one"}\r\n{"text": "two"}\r\n')
    assert [event["text"] for event in chunk.events] == ["one", "two"]
    assert not chunk.faults


def test_lines_that_cross_blocks_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK", 7)
    events = [{"text": "x" * n, "label": str(n)} for n in range(40)]
    chunk = read(tmp_path / "e.jsonl", "\n".join(map(json.dumps, events)).encode(), chunk_rows=3)
    assert chunk.events == events
    assert chunk.rows == list(range(1, 41))


def test_a_chunk_ends_early_when_its_lines_are_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl_reader, "CHUNK_BYTES", 1000)
    path = tmp_path / "e.jsonl"
    path.write_bytes(b"".join(orjson.dumps({"text": "x" * 300}) + b"\n" for _ in range(20)))
    assert [len(chunk) for chunk in read_chunks(path, IngestionSettings(chunk_rows=1000))] == [4, 4, 4, 4, 4, 0]


@examples(60)
@given(st.binary(max_size=200), st.integers(1, 5))
def test_any_bytes_after_an_event_give_as_many_rows_as_lines(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, chunk_rows: int
) -> None:
    path = tmp_path_factory.mktemp("any") / "e.jsonl"
    path.write_bytes(b'{"text": "one"}\n' + content)
    chunks = list(read_chunks(path, IngestionSettings(chunk_rows=chunk_rows)))
    expected = path.read_bytes().split(b"\n")
    rows = sorted([row for chunk in chunks for row in chunk.rows] + [fault.row for chunk in chunks for fault in chunk.faults])
    assert rows == list(range(1, len(expected) + (expected[-1] != b"")))


def test_a_quarantine_file_stands_for_the_events_in_it(tmp_path: Path) -> None:
    entry = {"file": "e.jsonl", "row": 7, "reason": "empty_text", "field": "text", "explanation": "The text is empty."}
    rows = [
        {**entry, "event": {"text": "corrected"}},
        {**entry, "raw": "{broken", "event": {"text": "written anew"}},
        {**entry, "raw": '{"text": "mended"}'},
        {**entry, "raw": "{still broken"},
        {"text": "an event", "reason": "of its own"},
    ]
    chunk = read(tmp_path / "q.jsonl", "\n".join(map(json.dumps, rows)).encode())
    assert chunk.events == [{"text": "corrected"}, {"text": "written anew"}, {"text": "mended"}, rows[4]]
    assert [(fault.row, fault.code, fault.raw) for fault in chunk.faults] == [(4, "invalid_json", "{still broken")]


def test_csv_cells_become_fields_and_empty_cells_absent_ones(tmp_path: Path) -> None:
    content = b'\xef\xbb\xbftext,label,consent,channel\r\n"a, ""b""\nc",x,TRUE,web\r\nd,,no,\r\n\r\ne,y,maybe,\n'
    chunk = read(tmp_path / "e.csv", content)
    assert chunk.events == [
        {"text": 'a, "b"\nc', "label": "x", "consent": True, "channel": "web"},
        {"text": "d", "consent": False},
        {"text": "e", "label": "y", "consent": "maybe"},
    ]
    assert chunk.rows == [2, 4, 6]
    assert chunk.faults == [], "an empty row is no row"


def test_one_broken_csv_row_costs_one_row(tmp_path: Path) -> None:
    rows = [b"text,label", b"a,x", b'"never closed,x', b"b,x", b"too,many,cells", b"caf\xe9,x", b"n\0l,x", b"c,y"]
    chunk = read(tmp_path / "e.csv", b"\n".join(rows))
    assert [event["text"] for event in chunk.events] == ["a", "b", "c"]
    codes = [(fault.row, fault.code) for fault in chunk.faults]
    assert codes == [(3, "invalid_csv_row"), (5, "invalid_csv_row"), (6, "invalid_encoding"), (7, "nul_byte")]
    assert chunk.faults[0].raw == '"never closed,x'


def test_parquet_rows_carry_dates_as_iso_and_metadata(tmp_path: Path) -> None:
    moment = datetime(2026, 5, 3, 14, 3, tzinfo=UTC)
    table = pa.table(
        {
            "text": ["a", None, "c"],
            "label": pa.array(["x", "y", "x"]).dictionary_encode(),
            "timestamp": [moment] * 3,
            "n": [1, None, 3],
        }
    )
    path = tmp_path / "e.parquet"
    parquet.write_table(table, path)
    chunks = list(read_chunks(path, IngestionSettings(chunk_rows=2)))
    assert [chunk.rows for chunk in chunks] == [[1, 2], [3]]
    assert chunks[0].events[0] == {"text": "a", "label": "x", "timestamp": "2026-05-03T14:03:00+00:00", "n": 1}
    assert chunks[0].events[1]["text"] is None
    assert chunks[-1].done == path.stat().st_size


def test_a_parquet_string_that_is_not_utf8_is_a_fault(tmp_path: Path) -> None:
    bad = pa.Array.from_buffers(pa.string(), 3, pa.array([b"a", b"caf\xe9", b"c"], pa.binary()).buffers())
    path = tmp_path / "e.parquet"
    parquet.write_table(pa.table({"text": bad, "label": ["x", "y", "z"]}), path)
    (chunk,) = read_chunks(path, IngestionSettings())
    assert [event["text"] for event in chunk.events] == ["a", "c"]
    assert [(fault.row, fault.code) for fault in chunk.faults] == [(2, "invalid_encoding")]
    assert r"caf\xe9" in chunk.faults[0].raw


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.jsonl", None, "No such file"),
        ("folder.jsonl", "folder", "not a file"),
        ("e.xlsx", b"x", "cannot be read"),
        ("e", b"x", "cannot be read"),
        ("e.jsonl", b"", "is empty"),
        ("e.parquet", b'{"text": "a"}\n', "not a Parquet file"),
        ("e.jsonl", b"PAR1....", "is a Parquet file"),
        ("e.csv", b"\x1f\x8b....", "compressed"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_way_out(
    tmp_path: Path, name: str, content: bytes | str | None, says: str
) -> None:
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(UsageError) as error:
        check_files([path])
    assert str(path) in error.value.message
    assert says in error.value.message
    assert error.value.hint


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("e.csv", b"question;label\na;b\n", "no column `text`"),
        ("e.csv", b"text,label,label\na,b,c\n", "two columns named 'label'"),
        ("e.parquet", b"PAR1 and then rubbish", "cannot be read as Parquet"),
    ],
)
def test_a_table_without_the_right_columns_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    check_files([path])
    with pytest.raises(UsageError, match=says):
        list(read_chunks(path, IngestionSettings()))
