"""Strategies for files of events: any bytes, files of every format that something happened to, tables of anything."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
from hypothesis import strategies as st

from components.contracts import FIELDS

CASES = Path(__file__).parents[1] / "cases"
ENDINGS = [".jsonl", ".json", ".csv", ".tsv", ".txt", ".parquet", ".jsonl.gz", ".csv.gz", ".ndjson", ".pq"]
MOMENT = datetime(2026, 5, 3, tzinfo=UTC)
#: What parsers stumble over
TOKENS = [
    *(b'"', b"'", b"\\", b"{", b"}", b"[", b"]", b",", b";", b"\t", b":", b"\n", b"\r", b"\r\n", b"\0", b" " * 50),
    *(b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"PAR1", b"\x1f\x8b", b"\x80\x04"),
    *(b"null", b"NaN", b"1e999", b"-", b"18446744073709551616", b"\\ud800", b"sep=;\n", b"text", b"label"),
    *(b"[" * 300, b'{"a":' * 300, b'"' * 99, b"x" * 3000, b"\n" * 50, b',"reason":"x","row":1,"explanation":"","raw":"{}"'),
]


@dataclass(frozen=True)
class File:
    """A file: its name and bytes; how many rows there are in it, where that is known."""

    name: str
    content: bytes
    rows: int | None = None

    def __repr__(self) -> str:
        return f"File({self.name!r}, {self.content[:2000]!r}{'…' if len(self.content) > 2000 else ''}, {self.rows})"


def any_bytes() -> st.SearchStrategy[File]:
    """Bytes without a plan, and tokens in a row."""
    joined = st.lists(st.sampled_from(TOKENS) | st.binary(max_size=8), max_size=30).map(b"".join)
    return st.builds(
        lambda ending, content: File(f"e{ending}", content), st.sampled_from(ENDINGS), st.binary(max_size=300) | joined
    )


@st.composite
def damaged(draw: st.DrawFn) -> File:
    """A sound file that something happened to: bytes changed, cut, doubled, put in, or the end of another joined to it."""
    file = draw(st.sampled_from(sound()))
    content = bytearray(file.content)
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        # damage near the beginning and the end does most: there are headers and footers
        place = draw(st.sampled_from([place, place % 64, max(0, len(content) - 1 - place % 64)]))
        act = draw(st.sampled_from(["flip", "token", "cut", "double", "end", "join"]))
        length = draw(st.integers(1, 40))
        if act == "flip" and content:
            content[place] = draw(st.integers(0, 255))
        elif act == "token":
            content[place:place] = draw(st.sampled_from(TOKENS))
        elif act == "cut":
            del content[place : place + length]
        elif act == "double":
            content[place:place] = content[place : place + length * 20]
        elif act == "end":
            del content[place:]
        else:
            content[place:] = draw(st.sampled_from(sound())).content[place:]
    name = draw(st.sampled_from([file.name, file.name, file.name, f"e{draw(st.sampled_from(ENDINGS))}"]))
    return File(name, bytes(content))


def sound() -> list[File]:
    """Files that are read: those of tests/cases, and Parquet of every type."""
    if not _SOUND:
        _SOUND.extend(File(path.name, path.read_bytes()) for path in sorted(CASES.rglob("*")) if path.is_file())
        for compression in ("none", "snappy", "zstd", "gzip"):
            for version in ("1.0", "2.0"):
                whole = io.BytesIO()
                parquet.write_table(_typed(), whole, compression=compression, data_page_version=version, row_group_size=3)
                _SOUND.append(File("typed.parquet", whole.getvalue()))
        _SOUND.extend(File(f"{file.name}.gz", _packed(file.content)) for file in _SOUND[:6])
    return _SOUND


_SOUND: list[File] = []


def _typed() -> pa.Table:
    n = 7
    columns: list[tuple[str, Any]] = [
        ("text", [f"text {i}" for i in range(n)]), ("label", pa.array(["a", "b", None] * 2 + ["a"]).dictionary_encode()),
        ("timestamp", pa.array([MOMENT] * n, pa.timestamp("ns", "Asia/Tokyo"))), ("price", [Decimal("1.20")] * n),
        ("tags", [["a", "b"], [], None] * 2 + [["c"]]), ("extra", [{"k": i, "l": [{"m": "x"}]} for i in range(n)]),
        ("pairs", pa.array([[("a", 1)]] * n, pa.map_(pa.string(), pa.int8()))), ("blob", [b"\xff"] * n), ("ratio", [0.5] * n),
        ("view", pa.array(["x"] * n, pa.string_view())), ("flag", [True, None] * 3 + [False]), ("nothing", pa.nulls(n)),
        ("day", pa.array([1] * n, pa.date32())), ("key", pa.array([b"1" * 16] * n, pa.uuid())),
        ("fixed", pa.array([b"ab"] * n, pa.binary(2))),
    ]  # fmt: skip
    return pa.table(dict(columns))


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


OTHER_FIELDS = (
    *("Text", "LABEL", "messages", "conversations", "prompt", "instruction", "input", "output", "annotations", "data", "fields"),
    *("responses", "_task_hash", "answer", "accept", "reason", "row", "explanation", "raw", "event"),
)
words = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["", " ", "a,b", 'say "hi"', "one\ntwo", "\r", "\0", "=1+1", "TRUE", "null", "﻿"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
fields = st.sampled_from([*FIELDS, *OTHER_FIELDS])
turns = st.lists(
    st.dictionaries(st.sampled_from(["role", "from", "content", "value", "parts"]), values | st.sampled_from(["user", "gpt"])),
    max_size=4,
)
records = st.dictionaries(fields | words, values | turns | words, max_size=6)


@st.composite
def tables(draw: st.DrawFn) -> File:
    """A table of any cells, written by the csv module in any dialect: how many rows it has is known."""
    width = draw(st.integers(1, 5))
    header = [
        "text",
        *draw(
            st.lists(st.sampled_from(["label", "note", "", "id", "Comment"]), min_size=width - 1, max_size=width - 1, unique=True)
        ),
    ]
    cells = st.text(st.characters(codec="cp1252", exclude_characters="\0\r"), max_size=12) | st.sampled_from(
        ["", "a;b", 'say "hi"', "a\tb", "a,b"]
    )
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), max_size=8))
    delimiter, end = draw(st.sampled_from([",", ";", "\t", "|"])), draw(st.sampled_from(["\n", "\r\n"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"]))
    whole = io.StringIO(newline="")
    writer = csv.writer(
        whole, delimiter=delimiter, lineterminator=end, quoting=draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    )
    writer.writerows([header, *rows])
    text = (f"sep={delimiter}{end}" if draw(st.booleans()) else "") + whole.getvalue()
    content = text.encode(encoding)
    packed = draw(st.booleans())
    full = sum(any(cell.strip("\ufeff\u200b\xa0 \t\r\n\x1c\x1d\x1e\x1f\x85\x0b\x0c") for cell in row) for row in rows)
    return File("e.csv.gz" if packed else "e.csv", _packed(content) if packed else content, full)


@st.composite
def json_files(draw: st.DrawFn) -> File:
    """Records of any shape in any layout of JSON: how many there are is known."""
    some = draw(st.lists(records, min_size=1, max_size=6))
    layouts: list[Callable[[], str]] = [
        lambda: "\n".join(map(json.dumps, [{"text": "a"}, *some])),
        lambda: json.dumps([{"text": "a"}, *some], indent=draw(st.sampled_from([None, 1]))),
        lambda: "\n".join(json.dumps(record, indent=1) for record in [{"text": "a"}, *some]),
        lambda: json.dumps({"total": 1, "data": [{"text": "a"}, *some]}),
    ]
    content = draw(st.sampled_from(layouts))().encode(draw(st.sampled_from(["utf-8", "utf-16", "utf-8-sig"])))
    return File(f"e{draw(st.sampled_from(['.json', '.jsonl']))}", content, 1 + len(some))


#: Types, each with values that repeat down the column; strings and times are drawn instead
KINDS: list[tuple[Any, list[Any]]] = [
    (pa.string(), []), (pa.large_string(), ["a", None]), (pa.string_view(), ["a", None]), (pa.binary(), [b"\xff", b"a", None]),
    (pa.binary(3), [b"abc", None]), (pa.dictionary(pa.int8(), pa.string()), ["a", None, "b"]), (pa.int8(), [1, None, -5]),
    (pa.uint64(), [2**64 - 1, None]), (pa.float16(), [1.5, None]), (pa.float64(), [float("nan"), 0.1, float("inf"), None]),
    (pa.bool_(), [True, None]), (pa.decimal128(10, 2), [Decimal("1.20"), None]), (pa.null(), [None]),
    (pa.uuid(), [b"1" * 16, None]), (pa.list_(pa.string()), [["a"], None, []]),
    (pa.date32(), []), (pa.date64(), []), (pa.timestamp("s"), []), (pa.timestamp("us", "UTC"), []),
    (pa.timestamp("ns", "Nix/Da"), []), (pa.time64("us"), []), (pa.duration("ms"), [2**62, 1, None]),
    (pa.large_list(pa.int64()), [[1], None, []]), (pa.map_(pa.string(), pa.binary()), [[("k", b"\xff")], None, []]),
    (pa.struct([("a", pa.string()), ("b", pa.list_(pa.timestamp("us")))]), [{"a": "x", "b": [MOMENT]}, None, {"a": None}]),
]  # fmt: skip


@st.composite
def parquet_files(draw: st.DrawFn) -> File:
    """Columns of any type and values: how many rows there are is known."""
    n = draw(st.integers(0, 6))
    names = draw(st.lists(fields | words, unique=True, max_size=5))
    columns = {name: _column(draw, *draw(st.sampled_from(KINDS)), n) for name in names}
    columns["text"] = _column(draw, *draw(st.sampled_from([*KINDS[:4], *KINDS[:4], (pa.int32(), [1, None])])), n)
    whole = io.BytesIO()
    options = {"row_group_size": draw(st.integers(1, 4)), "compression": draw(st.sampled_from(["none", "zstd"]))}
    parquet.write_table(pa.table(columns), whole, **options)
    return File("e.parquet", whole.getvalue(), n)


def _column(draw: st.DrawFn, kind: Any, values: list[Any], n: int) -> pa.Array:
    """n values of a type: those that are given; or strings that need not be UTF-8, or times that may be out of range."""
    if values:
        return pa.array([values[i % len(values)] for i in range(n)], kind)
    if pa.types.is_string(kind):
        texts = [draw(st.binary(max_size=6) | words.map(str.encode)) for _ in range(n)]
        return pa.Array.from_buffers(kind, n, pa.array(texts, pa.binary()).buffers()) if n else pa.array([], kind)
    bits = kind.bit_width
    most = 86_400_000_000 - 1 if pa.types.is_time(kind) else 2 ** (bits - 1) // 1000  # the writer counts in milliseconds
    least = 0 if pa.types.is_time(kind) else -most
    numbers = [draw(st.integers(least, most) | st.integers(0, 10**9)) for _ in range(n)]
    return pa.array(numbers, pa.int32() if bits == 32 else pa.int64()).view(kind)
