from __future__ import annotations

from typing import Any

import pytest

from components.ingestion.exports import Answers, flatten, is_export

pytestmark = pytest.mark.unit


def result(name: str, **value: Any) -> dict[str, Any]:
    return {"from_name": name, "to_name": "text", "type": next(iter(value)), "value": value}


def task(*annotations: list[dict[str, Any]], data: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "data": data or {"text": "a"},
        "annotations": [{"id": n, "result": each} for n, each in enumerate(annotations)],
        **more,
    }


BILLING, LOGIN = result("topic", choices=["billing"]), result("topic", choices=["login"])
ACCEPTED = {"text": "a", "_task_hash": 1, "answer": "accept"}
SPAN = result("words", start=0, end=3, text="abc", labels=["X"])


@pytest.mark.parametrize(
    ("record", "flat", "question"),
    [
        (task([BILLING]), {"id": 1, "text": "a", "topic": "billing"}, "topic"),
        (task([BILLING], [BILLING], predictions=[{"result": [LOGIN]}]), {"id": 1, "text": "a", "topic": "billing"}, "topic"),
        (task([BILLING, SPAN, result("note", text=["b"])]), {"id": 1, "text": "a", "topic": "billing", "note": "b"}, "topic"),
        (task([BILLING, result("mood", choices=["good"])]), {"id": 1, "text": "a", "topic": "billing", "mood": "good"}, None),
        (task([result("stars", rating=4)], data={"body": "b"}), {"id": 1, "text": "b", "stars": 4}, None),
        (task([result("tree", taxonomy=[["a", "b"]])]), {"id": 1, "text": "a", "tree": "a / b"}, None),
        (task(), {"id": 1, "text": "a"}, None),
        (task([SPAN], data={"x": "1", "y": "2"}), {"id": 1, "x": "1", "y": "2"}, None),
        ({"data": {"text": "a"}, "completions": [{"result": [BILLING], "was_cancelled": True}]}, {"text": "a"}, None),
        ({"fields": {"text": "a"}, "responses": {"topic": [{"value": "x"}, {"value": "x"}, {"value": "y", "status": "draft"}]}},
         {"text": "a", "topic": "x"}, None),
        ({"fields": {"text": "a"}, "responses": [{"values": {"topic": {"value": "x"}}, "status": "submitted"}], "suggestions": 1},
         {"text": "a", "topic": "x"}, None),
        ({"fields": {"text": "a"}, "responses": {"topic": [{"value": ["x"]}]}, "status": "completed"},
         {"text": "a", "topic": "x", "status": "completed"}, None),
        ({**ACCEPTED, "accept": ["x"]}, {**ACCEPTED, "label": "x"}, None),
        ({**ACCEPTED, "label": "x"}, {**ACCEPTED, "label": "x"}, None),
        ({"text": "a", "annotations": 3}, {"text": "a", "annotations": 3}, None),
    ],
)  # fmt: skip
def test_answers_stand_under_the_names_of_their_questions(
    record: dict[str, Any], flat: dict[str, Any], question: str | None
) -> None:
    found = flatten(record)
    assert not isinstance(found, str)
    assert (found.record, found.question) == (flat, question)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (task([BILLING], [LOGIN]), "annotators_disagree"),
        (task([result("topic", choices=["billing", "login"])]), "several_labels"),
        ({"fields": {"text": "a"}, "responses": {"topic": [{"value": "x"}, {"value": "y"}]}}, "annotators_disagree"),
        ({"fields": {"text": "a"}, "responses": {"topic": [{"value": ["x", "y"]}]}}, "several_labels"),
    ],
)
def test_several_answers_say_why_there_are_several(record: dict[str, Any], code: str) -> None:
    found = flatten(record)
    assert not isinstance(found, str)
    answers = found.record["topic"]
    assert isinstance(answers, Answers)
    assert (answers.code, len(answers)) == (code, 2)


def test_what_an_annotator_did_not_accept_is_named() -> None:
    assert flatten({"text": "a", "_task_hash": 1, "label": "x", "answer": "reject"}) == "not_accepted"
    assert flatten({"fields": {"text": "a"}, "responses": {}, "status": "discarded"}) == "not_accepted"


@pytest.mark.parametrize(
    "record", [{"text": "a"}, {"data": "a", "annotations": []}, {"data": {}, "annotations": 3}, {"fields": ["text"]}]
)
def test_other_records_are_none(record: dict[str, Any]) -> None:
    assert not is_export(record)


@pytest.mark.parametrize(
    "record",
    [
        task([{"from_name": 3, "value": {"choices": ["x"]}}, {"value": 3}, "x"]),  # type: ignore[list-item]
        {"data": {"text": "a"}, "annotations": [None, 3, {"result": None}]},
        {"fields": {"text": "a"}, "responses": {"topic": None, "other": [None, 3, {"value": None}]}},
        {"fields": {"text": "a"}, "responses": [None, {"values": 3}]},
        {"text": "a", "_task_hash": 1, "accept": []},
    ],
)
def test_what_is_not_as_it_should_be_is_no_answer(record: dict[str, Any]) -> None:
    found = flatten(record)
    assert not isinstance(found, str)
    assert found.record["text"] == "a"
    assert not {"topic", "other", "label"} & found.record.keys()
