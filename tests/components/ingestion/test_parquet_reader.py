"""Parquet of every type: a value that cannot be read costs its row, and a small file never fills the memory."""

from __future__ import annotations

import json
import resource
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.errors import UnreadableFileError
from components.ingestion.parquet_limits import row_bytes
from components.ingestion.parquet_values import Unreadable, values_of
from tests.components.ingestion.files import EVENTS, LABELS, TEXTS, read_file

pytestmark = pytest.mark.unit

N = len(TEXTS)
MOMENT = datetime(2026, 5, 3, 14, 3, tzinfo=UTC)


def write(path: Path, columns: dict[str, Any], metadata: dict[str, Any] | None = None, **options: Any) -> Path:
    table = pa.table(columns)
    if metadata:
        table = table.replace_schema_metadata({"huggingface": json.dumps(metadata)})
    parquet.write_table(table, path, **options)
    return path


def not_utf8(*values: bytes) -> pa.Array:
    return pa.Array.from_buffers(pa.string(), len(values), pa.array(values, pa.binary()).buffers())


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.large_binary(),
        pa.binary_view(),
        pa.dictionary(pa.int32(), pa.string()),
    ],
)
def test_texts_of_every_type_are_the_same_texts(tmp_path: Path, kind: Any) -> None:
    texts = pa.array([text.encode() for text in TEXTS], pa.binary()).cast(pa.string()).cast(kind)
    chunk = read_file(write(tmp_path / "e.parquet", {"text": texts, "label": LABELS}))
    assert (chunk.events, chunk.faults) == (EVENTS, [])


def test_values_are_the_same_when_they_are_written_as_json_and_read_again(tmp_path: Path) -> None:
    columns = {
        "text": pa.array(["a", "b"]),
        "timestamp": pa.array([MOMENT, None], pa.timestamp("ns", "Asia/Tokyo")),
        "blob": pa.array([b"\xff", None]),
        "fixed": pa.array([b"ab", None], pa.binary(2)),
        "price": pa.array([Decimal("1.20"), None]),
        "key": pa.array([b"1" * 16, None], pa.uuid()),
        "pairs": pa.array([[("a", MOMENT)], None], pa.map_(pa.string(), pa.timestamp("us"))),
        "floats": pa.array([float("nan"), float("inf")]),
        "half": pa.array([1.5, None], pa.float16()),
        "nested": pa.array([{"x": [{"y": b"\xff", "z": MOMENT}]}, None]),
        "view": pa.array([["a"], None], pa.list_view(pa.string())),
        "big": pa.array([2**64 - 1, None], pa.uint64()),
        "took": pa.array([5, None], pa.duration("ns")),
    }
    chunk = read_file(write(tmp_path / "e.parquet", columns))
    assert not chunk.faults
    assert [orjson.loads(orjson.dumps(event)) for event in chunk.events] == chunk.events
    assert chunk.events[0]["price"] == "1.20"
    assert chunk.events[0]["floats"] is None


#: a column of three values -> the rows that can be read
HARD: dict[str, tuple[Any, list[int], str]] = {
    "a time out of range": (pa.array([0, 2**62, 0], pa.timestamp("us")), [1, 3], "unreadable_value"),
    "a date out of range": (pa.array([0, 0, 2**30], pa.date32()), [1, 2], "unreadable_value"),
    "an unknown zone": (pa.array([0, 1, 2], pa.timestamp("s", "Mars/Olympus")), [1, 2, 3], ""),
    "an unknown zone, deep": (
        pa.array([[{"x": 0}], None, []], pa.list_(pa.struct([("x", pa.timestamp("s", "Mars/Olympus"))]))), [1, 2, 3], ""
    ),
    "not UTF-8": (not_utf8(b"a", b"caf\xe9", b"c"), [1, 3], "invalid_encoding"),
    "objects with two fields of one name": (
        pa.StructArray.from_arrays([pa.array([1, 2, 3]), pa.array([4, 5, 6])], names=["x", "x"]), [1, 2, 3], ""
    ),
    "an interval": (pa.array([(1, 2, 3)] * 3, pa.month_day_nano_interval()), [1, 2, 3], ""),
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_a_value_that_cannot_be_read_costs_its_row(name: str) -> None:
    column, good, code = HARD[name]
    for sliced in (column, pa.concat_arrays([column, column]).slice(3)):
        values = values_of(sliced)
        assert [n for n, value in enumerate(values, start=1) if not isinstance(value, Unreadable)] == good
        assert {value.code for value in values if isinstance(value, Unreadable)} == ({code} if code else set())
        kept = [value for value in values if not isinstance(value, Unreadable)]
        assert orjson.loads(orjson.dumps(kept)) == kept


def test_times_of_an_unknown_zone_are_utc_and_fields_of_one_name_are_told_apart() -> None:
    assert values_of(HARD["an unknown zone"][0])[1] == "1970-01-01T00:00:01+00:00"
    assert values_of(HARD["objects with two fields of one name"][0])[0] == {"x": 1, "x 2": 4}


def test_a_row_that_cannot_be_read_is_shown_as_no_json(tmp_path: Path) -> None:
    columns = {"text": not_utf8(b"a", b"caf\xe9"), "label": ["x", "y"]}
    chunk = read_file(write(tmp_path / "e.parquet", columns))
    (fault,) = chunk.faults
    assert (fault.row, fault.code, fault.raw) == (2, "invalid_encoding", r"""{'text': b'caf\xe9', 'label': 'y'}""")
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(fault.raw)


def test_bytes_that_are_no_text_cost_their_row_where_a_text_is_needed(tmp_path: Path) -> None:
    columns = {"text": pa.array([b"a", b"caf\xe9"]), "label": ["x", "y"], "other": pa.array([b"\xff", b"b"])}
    chunk = read_file(write(tmp_path / "e.parquet", columns))
    assert chunk.events == [{"text": "a", "label": "x", "other": r"b'\xff'"}]
    assert [(fault.row, fault.code) for fault in chunk.faults] == [(2, "invalid_encoding")]


def feature(names: list[str]) -> dict[str, Any]:
    return {
        "info": {"features": {"text": {"dtype": "string", "_type": "Value"}, "label": {"names": names, "_type": "ClassLabel"}}}
    }


def test_numbers_of_classes_become_their_names(tmp_path: Path) -> None:
    columns = {"text": ["a", "b", "c", "d", "e"], "label": pa.array([0, 1, -1, 2, None], pa.int64())}
    chunk = read_file(write(tmp_path / "e.parquet", columns, feature(["billing", "login"])))
    assert [event["label"] for event in chunk.events] == ["billing", "login", None, None]
    assert [(fault.row, fault.code) for fault in chunk.faults] == [(4, "unknown_class")]
    columns = {"text": ["a"], "topic": pa.array([1])}
    features = {"info": {"features": {"topic": {"names": ["x", "y"], "_type": "ClassLabel"}}}}
    assert read_file(write(tmp_path / "e.parquet", columns, features), columns={"label": "topic"}).events[0]["label"] == "y"
    assert read_file(write(tmp_path / "e.parquet", columns, features)).events == [{"text": "a", "topic": 1}]


@pytest.mark.parametrize("metadata", [b"", b"{", b"[]", b'{"info": null}', b'{"info": {"features": {"label": 3}}}'])
def test_metadata_that_say_nothing_change_nothing(tmp_path: Path, metadata: bytes) -> None:
    table = pa.table({"text": ["a"], "label": [1]}).replace_schema_metadata({"huggingface": metadata})
    parquet.write_table(table, tmp_path / "e.parquet")
    assert read_file(tmp_path / "e.parquet").events == [{"text": "a", "label": 1}]


@pytest.mark.parametrize(
    ("columns", "said", "way_out"),
    [
        (
            {"Nachricht": TEXTS, "Kategorie": LABELS},
            "no column `text`: it has 'Nachricht', 'Kategorie'",
            "--map text=Nachricht,label=Kategorie ",
        ),
        ({"data": [{"body": text} for text in TEXTS], "label": LABELS}, "no column `text`", "--map text=data.body "),
        ({"text": TEXTS} | {f"c{n}": [1] * N for n in range(2000)}, "2,001 columns", "Leave out"),
    ],
)
def test_a_table_without_the_right_columns_is_refused_with_the_way_out(
    tmp_path: Path, columns: dict[str, Any], said: str, way_out: str
) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        read_file(write(tmp_path / "e.parquet", columns))
    assert said in refused.value.message
    assert way_out in refused.value.hint


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    parquet.write_table(pa.table([pa.array(["a"]), pa.array(["b"])], names=["text", "text"]), tmp_path / "e.parquet")
    with pytest.raises(UnreadableFileError, match="two columns named 'text'"):
        read_file(tmp_path / "e.parquet")


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "e.parquet", {"text": ["a"], "Groesse": [1]}, compression="none", store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"Groesse", b"Gr\xf6\xdfe.."))
    with pytest.raises(UnreadableFileError, match="not UTF-8"):
        read_file(path)


@pytest.mark.parametrize("options", [{}, {"row_group_size": 7}, {"dictionary_pagesize_limit": 100, "data_page_size": 50}])
def test_lists_of_texts_are_read_from_any_number_of_row_groups_and_dictionaries(tmp_path: Path, options: dict[str, Any]) -> None:
    turns = [[{"role": "user", "content": text}, {"role": "assistant", "content": label}] for text, label in zip(TEXTS, LABELS)]
    chunk = read_file(write(tmp_path / "e.parquet", {"messages": turns, "tags": [["a", None]] * N}, **options))
    assert [(event["text"], event["completion"]) for event in chunk.events] == list(zip(TEXTS, LABELS))
    assert chunk.events[-1]["tags"] == ["a", None]


def test_a_table_without_rows_holds_nothing(tmp_path: Path) -> None:
    chunk = read_file(write(tmp_path / "e.parquet", {"text": pa.array([], pa.string())}))
    assert len(chunk) == 0


def test_a_row_that_is_too_large_is_not_looked_into(tmp_path: Path) -> None:
    columns = {"text": ["a", "x" * 1_000_001, "c"], "tags": [["t"], [], ["y" * 10] * 200_000]}
    chunk = read_file(write(tmp_path / "e.parquet", columns))
    assert [event["text"] for event in chunk.events] == ["a"]
    assert [(fault.row, fault.code, len(fault.raw) < 50) for fault in chunk.faults] == [
        (2, "line_too_long", True),
        (3, "line_too_long", True),
    ]


def bomb(path: Path, kind: str) -> Path:
    """A few hundred bytes that stand for gigabytes."""
    if kind == "a text that repeats":
        same = pa.array([0] * 20_000, pa.int32())
        columns = {"text": pa.DictionaryArray.from_arrays(same, pa.array(["x" * 400_000])), "label": ["x"] * 20_000}
    elif kind == "rows of nothing":
        columns = {"text": pa.nulls(50_000_000, pa.string())}
    elif kind == "a list of nothing":
        columns = {
            "text": ["a"],
            "tags": pa.ListArray.from_arrays(pa.array([0, 50_000_000], pa.int32()), pa.nulls(50_000_000, pa.int32())),
        }
    else:
        columns = {"text": ["x" * 100_000_000] * 3}
    return write(path, columns, compression="zstd", use_dictionary=kind != "pages that are packed")


@pytest.mark.parametrize("kind", ["a text that repeats", "rows of nothing", "a list of nothing", "pages that are packed"])
def test_a_small_file_that_stands_for_gigabytes_is_refused_in_little_memory(tmp_path: Path, kind: str) -> None:
    path = bomb(tmp_path / "e.parquet", kind)
    assert path.stat().st_size < 200_000
    before, arrow = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, pa.total_allocated_bytes()
    with pytest.raises(UnreadableFileError, match="claims to hold"):
        read_file(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10  # KiB
    assert pa.total_allocated_bytes() - arrow < 100 << 20


SIZED = [
    (pa.array(["a", None, "abc"]), [17, 16, 19]),
    (pa.array(["a", None, "abc"]).dictionary_encode(), [17, 16, 19]),
    (pa.array(["a", None, "abc"], pa.string_view()), [17, 16, 19]),
    (pa.array([["a", "bb"], None, []]), [51, 16, 16]),
    (pa.array([["a", "bb"], None, []], pa.large_list(pa.string())), [51, 16, 16]),
    (pa.array([["a", "bb"], None, []], pa.list_view(pa.string())), [51, 16, 16]),
    (pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int8(), 2)), [48, 16, 48]),
    (pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int8())), [65, 16, 16]),
    (pa.array([{"a": "xx", "b": [1]}, None, {"a": None, "b": None}]), [66, 48, 48]),
    (pa.nulls(3), [16, 16, 16]),
]  # fmt: skip


@pytest.mark.parametrize(("column", "sizes"), SIZED)
def test_how_much_a_value_takes_is_known_before_it_is_made(column: pa.Array, sizes: list[int]) -> None:
    assert row_bytes(column).tolist() == sizes
    assert row_bytes(pa.concat_arrays([column, column]).slice(2, 3)).tolist() == [*sizes[2:], *sizes[:2]]
