"""Files of JSON in every layout, and what is no JSON under its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.errors import UnreadableFileError
from tests.components.ingestion.files import EVENTS, LABELS, TEXTS, read_file, table

pytestmark = pytest.mark.unit

LINES = [json.dumps(event) for event in EVENTS]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("e.jsonl", "\n".join(LINES)),
        ("e.ndjson", "\r\n".join(LINES)),
        ("e.jsonl", "\r".join(LINES)),
        ("e.json", "\n".join(LINES)),
        ("e.jsonl", "".join(LINES)),
        ("e.jsonl", ",\n".join(LINES)),
        ("e.json", json.dumps(EVENTS)),
        ("e.jsonl", json.dumps(EVENTS)),
        ("e.json", json.dumps(EVENTS, indent=2)),
        ("e.json", "\ufeff" + json.dumps(EVENTS, indent="\t")),
        ("e.json", "[\n" + "\n,".join(LINES) + "\n]\n"),
        ("e.jsonl", "\n".join(json.dumps(event, indent=1) for event in EVENTS)),
        ("e.json", json.dumps({"version": 1, "columns": ["text"], "data": EVENTS}, indent=1)),
        ("e.json", json.dumps({"data": EVENTS, "total": 30})),
        ("e.json", json.dumps({"schema": {"fields": [{"name": "text"}]}, "data": EVENTS})),  # pandas, orient="table"
        ("e.json", '{"data": [\n' + ",\n".join(LINES) + "\n]}"),
    ],
)
def test_every_layout_gives_the_same_events(tmp_path: Path, name: str, content: str) -> None:
    chunk = read_file(tmp_path / name, content.encode())
    assert (chunk.events, chunk.faults) == (EVENTS, [])
    chunk = read_file(tmp_path / name, content.removeprefix("\ufeff").encode("utf-16"))
    assert (chunk.events, chunk.faults) == (EVENTS, [])


@pytest.mark.parametrize("indent", [None, 1])
def test_one_event_alone_is_an_event(tmp_path: Path, indent: int | None) -> None:
    for event in (EVENTS[0], {"messages": [{"role": "user", "content": "a"}]}, {"text": "a", "tags": [{"b": 1}]}):
        assert len(read_file(tmp_path / "e.json", json.dumps(event, indent=indent).encode()).events) == 1


@pytest.mark.parametrize(
    ("first", "code"),
    [('{"text": "a"', "invalid_json"), ('["text"]', "not_an_object"), ('["text"', "invalid_json"), ("no JSON", "invalid_json"),
     ('{"messages": [{"role": "user"}, {"ro', "invalid_json")],
)  # fmt: skip
def test_a_broken_first_line_costs_itself(tmp_path: Path, first: str, code: str) -> None:
    chunk = read_file(tmp_path / "e.jsonl", "\n".join([first, *LINES]).encode())
    assert (chunk.events, [(fault.row, fault.code) for fault in chunk.faults]) == (EVENTS, [(1, code)])


def test_a_broken_element_of_an_array_costs_itself(tmp_path: Path) -> None:
    deep = '{"text": "a", "x": ' + "[" * 3000 + "]" * 3000 + "}"
    elements = [LINES[0], '{"text": NaN}', "[1]", LINES[1], deep, LINES[2]]
    for between in (", ", ",\n"):
        chunk = read_file(tmp_path / "e.json", f"[{between.join(elements)}]".encode())
        assert [fault.code for fault in chunk.faults] == ["invalid_json", "not_an_object", "too_deep"]
        assert [fault.row for fault in chunk.faults] == [2, 3, 5]
        assert chunk.events == EVENTS[:3]


@pytest.mark.parametrize(
    ("content", "said", "way_out"),
    [
        (json.dumps(EVENTS)[:-40], "does not end: the JSON is broken after element 29", "Mend the element"),
        (json.dumps({"train": EVENTS, "test": EVENTS}), "several arrays", "jq -c '.NAME[]'"),
        (json.dumps({"text": TEXTS, "label": LABELS}), "column by column", "to_json('events.jsonl'"),
        (json.dumps({"text": dict(enumerate(TEXTS)), "label": dict(enumerate(LABELS))}, indent=1), "column by column", "pandas"),
        (json.dumps({"columns": ["a", "b"], "index": [0], "data": [["x", "y"]]}), "column by column", "orient='split'"),
        (str(EVENTS), "Python's notation", "ast.literal_eval"),
        (table("text;label", separator=";").decode(), "holds a table", "mv "),
    ],
)
def test_other_layouts_are_refused_with_the_way_out(tmp_path: Path, content: str, said: str, way_out: str) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        read_file(tmp_path / "e.json", content.encode())
    assert str(tmp_path / "e.json") in refused.value.message
    assert said in refused.value.message
    assert way_out in refused.value.hint
    assert TEXTS[0] not in str(refused.value)


def test_json_under_the_name_of_a_table_is_refused_with_the_right_name(tmp_path: Path) -> None:
    for content in (json.dumps(EVENTS), "\n".join(LINES)):
        with pytest.raises(UnreadableFileError, match="holds JSON") as refused:
            read_file(tmp_path / "my events.txt", content.encode())
        assert refused.value.hint == f"Rename it: mv '{tmp_path}/my events.txt' '{tmp_path}/my events.jsonl'"
