from __future__ import annotations

from typing import Any

import pytest

from components.errors import UsageError
from components.ingestion.mapping import mapped, parse_map

pytestmark = pytest.mark.unit


def test_options_name_a_column_for_each_field() -> None:
    assert parse_map(["text=Message,label=Category", "id=Ticket ID"]) == {
        "text": "Message",
        "label": "Category",
        "id": "Ticket ID",
    }
    assert parse_map(["text=a,b=c, label=d"]) == {"text": "a,b=c", "label": "d"}, "a column may hold commas"
    assert parse_map(["priority=,source="]) == {"priority": "", "source": ""}
    assert parse_map([]) == {}


@pytest.mark.parametrize(
    ("option", "said"),
    [("text", "is not FIELD=COLUMN"), ("lable=x", "no field is called 'lable'"), ("text=a,text=b", "names 'text' twice")],
)
def test_an_option_that_is_none_is_explained(option: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_map([option])


@pytest.mark.parametrize(
    ("record", "columns", "event"),
    [
        ({"Message": "a", "x": 1}, {"text": "Message"}, {"text": "a", "x": 1}),
        (
            {"text": "a", "label": "b"},
            {"text": "label", "label": "text"},
            {"text": "b", "label": "a", "given.text": None, "given.label": None},
        ),
        ({"data": {"body": "a", "n": 1}}, {"text": "data.body"}, {"text": "a", "data": {"n": 1}}),
        ({"data": {"body": "a"}}, {"text": "data.body"}, {"text": "a"}),
        ({"labels": ["a", "b"]}, {"label": "labels.0"}, {"label": "a", "labels": ["b"]}),
        ({"labels": [{"v": "a"}]}, {"label": "labels.0.v"}, {"label": "a"}),
        ({"a.b": {"c": 1}, "a": {"b": {"c": 2}}}, {"id": "a.b.c"}, {"id": 1, "a": {"b": {"c": 2}}}),
        ({"text": "a", "priority": "high"}, {"priority": ""}, {"text": "a", "given.priority": "high"}),
        ({"text": "a", "label": "b"}, {"label": "Category"}, {"text": "a", "label": "b"}),
        ({"text": "a", "label": "b", "c": "d"}, {"label": "c"}, {"text": "a", "label": "d", "given.label": "b"}),
        ({"text": "a", "c": "d"}, {"label": "c", "task": "c"}, {"text": "a", "label": "d", "task": "d"}),
        ({"labels": []}, {"label": "labels.0"}, {"labels": []}),
        ({"labels": ["a"]}, {"label": "labels.99999999"}, {"labels": ["a"]}),
        ({"text": "a", "label": ["b"]}, {"label": "label.0"}, {"text": "a", "label": "b"}),
    ],
)
def test_columns_become_fields_and_nothing_is_lost_or_kept_twice(
    record: dict[str, Any], columns: dict[str, str], event: dict[str, Any]
) -> None:
    before = repr(record)
    assert mapped(record, record, columns) == {name: value for name, value in event.items() if value is not None}
    assert repr(record) == before


def test_a_path_may_lead_into_the_record_as_it_is_in_the_file() -> None:
    original = {"fields": {"text": "a"}, "responses": {"topic": [{"value": "x"}]}}
    assert mapped({"text": "a", "topic": "x"}, original, {"label": "responses.topic.0.value"})["label"] == "x"
