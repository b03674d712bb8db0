from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from components.errors import UnreadableFileError
from components.ingestion.shapes import Understanding, is_known, plainly
from tests.components.ingestion.files import read_file

pytestmark = pytest.mark.unit


def task(**answers: str) -> dict[str, Any]:
    result = [{"from_name": name, "value": {"choices": [answer]}} for name, answer in answers.items()]
    return {"id": 1, "data": {"text": "a"}, "annotations": [{"result": result}]}


@pytest.mark.parametrize(
    ("record", "columns", "event"),
    [
        ({"Text": "a", "LABEL ": "b"}, {}, {"text": "a", "label": "b"}),
        ({"text": "a", "Label": "b"}, {}, {"text": "a", "label": "b"}),
        ({"text": "a", "Label": "b", "label": "c"}, {}, {"text": "a", "Label": "b", "label": "c"}),
        ({"text": "a", "Label": "b", "completion": "c"}, {}, {"text": "a", "Label": "b", "completion": "c"}),
        ({"Text": "a", "TEXT": "b"}, {}, {"Text": "a", "TEXT": "b"}),
        ({"text": "a", "Subject": "b", "Priority": "High"}, {}, {"text": "a", "Subject": "b", "Priority": "High"}),
        (task(topic="x"), {}, {"id": 1, "text": "a", "label": "x"}),
        (task(topic="x", mood="y"), {}, {"id": 1, "text": "a", "topic": "x", "mood": "y"}),
        (task(topic="x", mood="y"), {"label": "mood"}, {"id": 1, "text": "a", "topic": "x", "label": "y"}),
        (task(label="x", mood="y"), {}, {"id": 1, "text": "a", "label": "x", "mood": "y"}),
        ({"q": "Why?", "a": "Because."}, {"text": "q", "completion": "a"}, {"text": "Why?", "completion": "Because."}),
        ({"messages": [{"role": "user", "content": "a"}], "intent": "x"}, {"label": "intent"}, {"text": "a", "label": "x"}),
        ({"text": None, "prompt": "a", "completion": "b"}, {}, {"text": "a", "completion": "b"}),
    ],
)
def test_records_become_events(record: dict[str, Any], columns: dict[str, str], event: dict[str, Any]) -> None:
    assert Understanding(columns, Path("e.jsonl")).event(record) == event


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"text": "a", "label": "x", "_task_hash": 1, "answer": "reject"}, "not_accepted"),
        ({"messages": [{"role": "assistant", "content": "a"}]}, "no_turn"),
        (
            {**task(topic="x"), "annotations": [*task(topic="x")["annotations"], *task(topic="y")["annotations"]]},
            "annotators_disagree",
        ),
    ],
)
def test_a_record_that_is_no_event_is_a_fault_that_is_the_same_when_it_comes_back(
    tmp_path: Path, record: dict[str, Any], code: str
) -> None:
    (fault,) = read_file(tmp_path / "e.jsonl", json.dumps(record).encode()).faults
    assert fault.code == code
    entry = {"file": "e", "row": 1, "reason": code, "explanation": "Mend it.", "raw": fault.raw}
    (again,) = read_file(tmp_path / "q.jsonl", json.dumps(entry).encode()).faults
    assert (again.code, again.raw) == (code, fault.raw)


def test_labels_from_different_questions_are_refused_with_the_mapping(tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    tasks = json.dumps([task(topic="x"), task(mood="y")]).encode()
    with pytest.raises(UnreadableFileError, match="different questions: mood, topic") as refused:
        read_file(path, tasks)
    assert "--map label=mood " in refused.value.hint
    labels = [event.get("label") for event in read_file(path, tasks, columns={"label": "topic"}).events]
    assert labels == ["x", None]


def test_a_corrected_event_is_taken_as_the_person_left_it(tmp_path: Path) -> None:
    entry = {"file": "e", "row": 1, "reason": "x", "explanation": "x"}
    events = [{"text": "a", "Label": "b"}, {"Message": "a"}, {"text": "a", "priority": "safety"}]
    content = "\n".join(json.dumps({**entry, "event": event}) for event in events).encode()
    assert read_file(tmp_path / "q.jsonl", content).events == events
    mapped = read_file(tmp_path / "q.jsonl", content, columns={"text": "Message", "priority": ""}).events
    assert mapped == [events[0], {"text": "a"}, events[2]]


def test_what_is_known_needs_no_mapping() -> None:
    assert is_known({"TEXT": ""})
    assert is_known(dict.fromkeys(("prompt", "completion"), ""))
    assert is_known(task(topic="x"))
    assert not is_known({"Message": "", "label": ""})
    assert not is_known(["text"])
    assert (plainly({" Text": 1}, "text"), plainly({"Text": 1, "TEXT": 1}, "text"), plainly({}, "text")) == (" Text", None, None)
