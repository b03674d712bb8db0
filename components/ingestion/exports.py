"""What annotation tools export, as flat records: the fields of the task, and the answers under the names of their questions.

Label Studio  {"data": {"text": ...}, "annotations": [{"result": [{"from_name": "topic", "value": {"choices": ["a"]}}]}]}
Argilla       {"fields": {"text": ...}, "responses": {"topic": [{"value": "a"}]}}
Prodigy       {"text": ..., "accept": ["a"], "answer": "accept", "_task_hash": ...}
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from components.ingestion.chunk import Event


class Answers(list[Any]):
    """Several answers where an event needs one. `code`: why there are several."""

    def __init__(self, answers: Iterable[Any], code: str) -> None:
        super().__init__(answers)
        self.code = code


@dataclass(frozen=True)
class Flat:
    """A flat record. `question`: the only question that asks for a class; its answer is the label if nothing else is."""

    record: Event
    question: str | None = None


def is_export(record: Event) -> bool:
    """Whether a record has the fields of one of these formats."""
    return _is_label_studio(record) or _is_argilla(record) or "_task_hash" in record


def flatten(record: Event) -> Flat | str:
    """The record of an annotation tool, flat, or the code of what is wrong with it. Other records stay as they are."""
    if _is_label_studio(record):
        return _label_studio(record)
    if _is_argilla(record):
        return _argilla(record)
    return _prodigy(record) if "_task_hash" in record else Flat(record)


def _is_label_studio(record: Event) -> bool:
    return isinstance(record.get("data"), dict) and isinstance(record.get("annotations", record.get("completions")), list)


def _is_argilla(record: Event) -> bool:
    return isinstance(record.get("fields"), dict) and isinstance(record.get("responses"), dict | list)


def _label_studio(record: Event) -> Flat:
    given: dict[str, list[Any]] = {}
    classes: set[str] = set()
    for annotation in record.get("annotations", record.get("completions")) or []:
        if not isinstance(annotation, dict) or annotation.get("was_cancelled") or annotation.get("skipped"):
            continue
        answers: dict[str, list[Any]] = {}
        for result in annotation.get("result") or []:
            if isinstance(result, dict) and isinstance(result.get("value"), dict) and isinstance(result.get("from_name"), str):
                answers.setdefault(result["from_name"], []).extend(_choices(result["value"]))
                classes |= {result["from_name"]} if "choices" in result["value"] else set()
        for name, values in answers.items():
            if values:
                given.setdefault(name, []).append(values[0] if len(values) == 1 else Answers(values, "several_labels"))
    rest = {name: value for name, value in record.items() if name not in ("data", "annotations", "completions", "predictions")}
    flat = {**rest, **record["data"], **{name: _agreed(answers) for name, answers in given.items()}}
    texts = [name for name, value in record["data"].items() if isinstance(value, str)]
    if "text" not in flat and len(texts) == 1:
        flat["text"] = flat.pop(texts[0])
    return Flat(flat, next(iter(classes)) if len(classes) == 1 else None)


def _choices(value: Event) -> list[Any]:
    """The answers in a result: choices, lines of text, a number, the ends of paths in a taxonomy. Spans are none."""
    for name in ("choices", "text", "rating", "number", "taxonomy"):
        if name in value and "start" not in value:
            answers = value[name] if isinstance(value[name], list) else [value[name]]
            return [" / ".join(map(str, answer)) if isinstance(answer, list) else answer for answer in answers]
    return []


def _argilla(record: Event) -> Flat | str:
    if record.get("status") == "discarded":
        return "not_accepted"
    given: dict[str, list[Any]] = {}
    responses = record["responses"]
    if isinstance(responses, dict):  # by question
        for name, answers in responses.items():
            given[name] = [each.get("value") for each in answers if _counts(each)] if isinstance(answers, list) else []
    else:  # by annotator
        for response in responses:
            values = response.get("values") if _counts(response) else None
            for name, answer in (values if isinstance(values, dict) else {}).items():
                given.setdefault(name, []).append(answer.get("value") if isinstance(answer, dict) else answer)
    rest = {name: value for name, value in record.items() if name not in ("fields", "responses", "suggestions", "vectors")}
    answers = {name: _agreed([_single(value) for value in values if value is not None]) for name, values in given.items()}
    return Flat({**rest, **record["fields"], **{name: value for name, value in answers.items() if value is not None}})


def _counts(response: Any) -> bool:
    """Whether a response was submitted: drafts and discarded ones are no answers."""
    return isinstance(response, dict) and response.get("status", "submitted") in ("submitted", None)


def _prodigy(record: Event) -> Flat | str:
    if record.get("answer", "accept") != "accept":
        return "not_accepted"
    accepted = record.get("accept")
    if record.get("label") is not None or not isinstance(accepted, list) or not accepted:
        return Flat(record)
    return Flat({**{name: value for name, value in record.items() if name != "accept"}, "label": _single(accepted)})


def _single(value: Any) -> Any:
    """The only element of a list; several are several answers."""
    if not isinstance(value, list):
        return value
    return value[0] if len(value) == 1 else Answers(value, "several_labels")


def _agreed(answers: list[Any]) -> Any:
    """The answer that all annotators gave; else all of them."""
    if not answers:
        return None
    return answers[0] if all(answer == answers[0] for answer in answers) else Answers(answers, "annotators_disagree")
