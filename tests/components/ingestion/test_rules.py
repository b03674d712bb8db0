"""Every rule on values, through the real Great Expectations: each has an event that breaks it, and no rule is without one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.ingestion.columns import to_columns
from components.ingestion.rules import READING, SCREENING, value_rules
from components.ingestion.validate import Validation, make_check, validate
from components.settings import IngestionSettings

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
RULES = value_rules(IngestionSettings(require_consent=True, max_text_chars=50), NOW)
GOOD = {"text": "good", "label": "a", "consent": True}

#: code -> events that break it, and nothing before it in the order of precedence
BROKEN: dict[str, list[dict[str, Any]]] = {
    "missing_text": [{"text": None}],
    "text_not_string": [{"text": 5}, {"text": ["a"]}, {"text": {"a": 1}}, {"text": True}],
    "nul_byte": [{"text": "a\0b"}, {"text": "a", "label": "x\0"}, {"text": "a", "subject": "\0"}],
    "empty_text": [{"text": ""}, {"text": " \n\t\u00a0"}],
    "text_too_long": [{"text": "x" * 51}, {"text": " " * 51 + "x"}],
    "label_not_string": [{"label": 3.5}, {"label": ["a"]}, {"label": {"a": 1}}],
    "invalid_label": [{"label": ""}, {"label": "  "}, {"label": "a\nb"}, {"label": "x" * 201}],
    "completion_not_string": [{"label": None, "completion": 4}],
    "empty_completion": [{"label": None, "completion": " "}],
    "completion_too_long": [{"label": None, "completion": "x" * 51}],
    "label_and_completion": [{"completion": "c"}],
    "unknown_provenance": [{"provenance": "Human"}, {"provenance": "the annotators"}, {"provenance": 1}],
    "consent_not_boolean": [{"consent": "yes"}, {"consent": 2}],
    "consent_refused": [{"consent": False}],
    "consent_missing": [{"consent": None}],
    "expired": [{"expires": NOW.isoformat()}, {"expires": "1066-10-14"}, {"expires": "2026-11-01T14:00:00+03:00"}],
    "invalid_expires": [{"expires": "never"}, {"expires": 5}, {"expires": "2026-13-01"}],
    "unknown_split": [{"split": "dev"}, {"split": 1}],
    "unknown_priority": [{"priority": "high"}, {"priority": True}],
    "unknown_source": [{"source": "scrape"}, {"source": ["log"]}],
    "invalid_timestamp": [{"timestamp": "today"}, {"timestamp": "03/05/2026"}, {"timestamp": 12345}, {"timestamp": ""}],
    "future_timestamp": [{"timestamp": (NOW + timedelta(minutes=6)).isoformat()}, {"timestamp": "9999-01-01"}],
    "field_not_string": [{"id": ["a"]}, {"task": 4}, {"subject": 1.5}],
}

#: events that break no rule
SOUND: list[dict[str, Any]] = [
    {},
    {"label": None},
    {"label": None, "completion": "c"},
    {"text": "x" * 50, "label": "x" * 200},
    {"label": 3, "consent": 1, "id": 17.0, "timestamp": 1777816980},
    {"label": True, "timestamp": "1777816980000"},
    {"label": "Frage/Antwort: 50 % \u00e4\U0001f600"},
    {"id": 17, "subject": 4711, "task": "t", "source": "incident", "priority": "safety", "split": "test"},
    {"timestamp": (NOW + timedelta(minutes=4)).isoformat(), "expires": "9999-12-31"},
    {"timestamp": "1969-07-20", "expires": "2026-11-01T12:00:00.5Z"},
    {"timestamp": None, "expires": None, "source": None, "priority": None, "split": None},
]


@pytest.fixture(scope="module")
def check() -> Any:
    return make_check(RULES)


def test_every_rule_has_an_event_that_breaks_it_and_finds_just_that(check: Any) -> None:
    assert set(BROKEN) == {rule.code for rule in RULES}
    events, expected = [], []
    for code, cases in BROKEN.items():
        for case in cases:
            events += [{**GOOD, **case}, GOOD]
            expected += [code, None]
    broken = validate(to_columns(events).checks, check, Validation(RULES))
    assert [broken[i][0].code if i in broken else None for i in range(len(events))] == expected


def test_sound_events_break_no_rule(check: Any) -> None:
    validation = Validation(RULES)
    assert validate(to_columns([{**GOOD, **event} for event in SOUND]).checks, check, validation) == {}
    assert validation.summary()["success"] is True


def test_a_row_is_counted_under_the_first_rule_and_told_of_all(check: Any) -> None:
    broken = validate(to_columns([{"text": "", "label": [3], "consent": False}]).checks, check, Validation(RULES))
    assert [rule.code for rule in broken[0]] == ["empty_text", "label_not_string", "consent_refused"]


def test_the_summary_counts_over_chunks_and_holds_no_content(check: Any) -> None:
    validation = Validation(RULES)
    for _ in range(2):
        validate(
            to_columns(
                [GOOD, {**GOOD, "label": "secret\n"}, {**GOOD, "source": "secret"}, {**GOOD, "label": "secret\tx"}]
            ).checks,
            check,
            validation,
        )
    summary = validation.summary()
    assert summary["statistics"]["rows"] == 8
    assert summary["success"] is False
    assert {line["reason"]: line["unexpected_count"] for line in summary["results"] if not line["success"]} == {
        "invalid_label": 2,
        "unknown_source": 2,
    }
    source = next(line for line in summary["results"] if line["reason"] == "unknown_source")
    assert (source["type"], source["column"], source["severity"]) == ("ExpectColumnValuesToBeInSet", "source", "warning")
    assert "secret" not in str(summary)


def test_without_require_consent_silence_is_consent_and_refusal_is_not() -> None:
    rules = value_rules(IngestionSettings(), NOW)
    assert "consent_missing" not in {rule.code for rule in rules}
    broken = validate(to_columns([{"text": "a"}, {"text": "b", "consent": False}]).checks, make_check(rules), Validation(rules))
    assert {i: rules[0].code for i, rules in broken.items()} == {1: "consent_refused"}


def test_codes_are_stable_words_with_a_sentence_each() -> None:
    for rule in (*READING, *RULES, *SCREENING):
        assert rule.code.replace("_", "").isalpha()
        assert rule.code == rule.code.lower()
        assert rule.explanation.endswith((".", "}."))
