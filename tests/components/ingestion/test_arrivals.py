from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.errors import UsageError
from components.ingestion.arrivals import look_at, look_into, new_rows, rows_of
from components.settings import Settings, load_settings

pytestmark = pytest.mark.unit

TOGETHER = Settings()
APART = load_settings(None, ["inbox.tasks=apart"])


def test_what_is_in_files_of_every_kind(tmp_path: Path, lines: Callable[..., Path]) -> None:
    jsonl = lines("a", [{"text": "one", "label": "a"}, {"text": "two"}, {"text": "three", "completion": "c"}, b'{"text": "no'])
    csv = tmp_path / "b.csv"
    csv.write_text("text,label,task\none,a,x\ntwo,,x\nthree,b,\nfour\n")
    columns = tmp_path / "c.parquet"
    parquet.write_table(pa.table({"text": ["one", "two"], "label": ["a", None], "id": ["7", "8"]}), columns)
    for path, learnable, keys in ((jsonl, 2, 0), (csv, 2, 0), (columns, 1, 2)):
        content = look_into(path, TOGETHER, set(), {})
        assert (content.rows, len(content.keys)) == ({"": learnable}, keys)
    assert look_into(csv, APART, set(), {}).rows == {"x": 1, "": 1}


def test_what_a_gateway_adds_makes_no_other_event(lines: Callable[..., Path]) -> None:
    event = {"id": "7", "text": "one", "label": "a", "provenance": "feedback", "sent_by": "abcdefgh"}
    path = lines("a", [event, {**event, "provenance": "canary"}, {**event, "sent_by": "ponmlkji"}])
    assert look_into(path, TOGETHER, set(), {}).repeats == 2


def test_the_same_event_is_told_by_id_and_content_not_by_the_time_it_came(lines: Callable[..., Path]) -> None:
    event = {"id": "7", "text": "one", "label": "a", "timestamp": "2027-01-01"}
    path = lines("a", [event, {**event, "timestamp": "2027-02-02"}, {**event, "label": "b"}, {"text": "one", "label": "a"}])
    content = look_into(path, TOGETHER, set(), {})
    assert (content.rows[""], content.repeats, len(content.keys)) == (3, 1, 2)
    assert [row.number for row in new_rows(path, content, TOGETHER)] == [1, 3, 4]
    again = look_into(path, TOGETHER, content.keys, {})
    assert (again.rows[""], again.repeats) == (1, 3), "without an id nothing tells a repetition from a second event"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b'{"text": "no end\n' * 3, "none of its 3 rows"),
        (b"\n\n", "none of its 2 rows"),
        (b"[\n", "JSON array"),
    ],
)
def test_a_file_without_any_event_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        look_into(path, TOGETHER, set(), {})


def test_a_folder_is_read_by_name_without_hidden_files_and_bad_ones_hinder_nobody(
    tmp_path: Path, lines: Callable[..., Path]
) -> None:
    for name in ("b", ".c", "a"):
        lines(name, [{"text": name, "label": "x", "id": 7}])
    (tmp_path / "picture.png").write_bytes(b"x")
    (tmp_path / "again.jsonl").write_bytes((tmp_path / "b.jsonl").read_bytes())
    (tmp_path / "taken").mkdir()
    look = look_at(tmp_path, TOGETHER, set(), {})
    assert [path.name for path in look.contents] == ["a.jsonl", "again.jsonl"]
    assert {path.name: "same as" in error.message for path, error in look.bad.items()} == {
        "b.jsonl": True,
        "picture.png": False,
    }
    assert look_at(tmp_path / "nowhere", TOGETHER, set(), {}).contents == {}


def test_a_row_that_is_written_again_is_read_as_the_same(tmp_path: Path, lines: Callable[..., Path]) -> None:
    rows = [{"text": "ä\n", "label": "x", "id": 7, "extra": [1, {"b": None}]}, b'{"text": "\xff"}', b"[1]", {"text": "y"}]
    before = list(rows_of(lines("a", rows), TOGETHER))
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(b"".join(row.line() for row in before))
    after = list(rows_of(copy, TOGETHER))
    assert [row.event for row in after] == [row.event for row in before]
    assert [row.key for row in after] == [row.key for row in before]
    assert json.loads(before[-1].line())["text"] == "y"
