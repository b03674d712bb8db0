"""Every reason for which a row is not accepted: its code, its sentence and, for rules on values, its expectation.

The order is the order of precedence: a row that breaks several rules is counted under the first, and its explanation names all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from components.settings import IngestionSettings

#: Longest line or row, in bytes, that is parsed.
MAX_LINE = 1_000_000
MAX_LABEL = 200
#: How far ahead of `now` a timestamp may be: clocks differ.
CLOCK_TOLERANCE = timedelta(minutes=5)
SOURCES = ("log", "feedback", "correction", "incident")
PRIORITIES = ("normal", "safety")
SPLITS = ("train", "test")


@dataclass(frozen=True)
class Rule:
    """`expectation`: name of a Great Expectations class, and its arguments on the columns that columns.py derives."""

    code: str
    field: str | None
    explanation: str
    severity: Literal["critical", "warning"] = "critical"
    expectation: str | None = None
    arguments: Mapping[str, Any] | None = None


#: Found while reading: the line does not hold an event at all.
READING = (
    Rule("empty_line", None, "The line is empty: it holds no event."),
    Rule("line_too_long", None, f"The line is longer than {MAX_LINE:,} bytes."),
    Rule("nul_byte", None, "The row holds a NUL character (byte 0), which no text should."),
    Rule("invalid_encoding", None, "The row is not valid UTF-8. Save the file as UTF-8."),
    Rule("invalid_json", None, "The line is not valid JSON. Each line must hold one whole JSON object."),
    Rule("not_an_object", None, "The line is valid JSON but not an object such as {\"text\": \"...\", \"label\": \"...\"}."),
    Rule("invalid_csv_row", None, "The row has a quote that is never closed, more or fewer cells than the header, or a cell over 131,072 characters."),
)  # fmt: skip

#: Found by comparing rows with each other. The duplicate_* ones are counted as duplicates, not as quarantined.
SCREENING = (
    Rule("contradictory_label", "label", "The same text occurs with different labels in this call. Decide on one and re-queue it."),
    Rule("duplicate_exact", "text", "The same text with the same target occurs earlier in this call."),
    Rule("duplicate_near", "text", "Nearly the same text with the same label occurs earlier in this call."),
    Rule("duplicate_labelled", "text", "The event has no label, and the same text occurs with one in this call."),
    Rule("duplicate_heldout", "text", "The event has no label, and its text is a held-out case of an earlier experience."),
    Rule("duplicate_ingested", "text", "The same text with the same target is in an earlier experience already."),
)  # fmt: skip


def value_rules(settings: IngestionSettings, now: datetime) -> tuple[Rule, ...]:
    """The rules on the values of one row, as expectations."""

    def is_string(field: str) -> tuple[str, dict[str, Any]]:
        return "ExpectColumnValuesToBeInSet", {"column": f"{field}_type", "value_set": ["string"]}

    def one_of(field: str, values: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
        return "ExpectColumnValuesToBeInSet", {"column": field, "value_set": list(values)}

    def between(column: str, **limits: float | bool) -> tuple[str, dict[str, Any]]:
        return "ExpectColumnValuesToBeBetween", {"column": column, **limits}

    def rule(
        code: str,
        field: str,
        expect: tuple[str, dict[str, Any]],
        explanation: str,
        severity: Literal["critical", "warning"] = "critical",
    ) -> Rule:
        return Rule(code, field, explanation, severity, *expect)

    longest, soon = settings.max_text_chars, (now + CLOCK_TOLERANCE).timestamp()
    date = "an ISO 8601 date or time such as 2026-05-03T14:03:00Z"
    rules = [
        rule("missing_text", "text", ("ExpectColumnValuesToNotBeNull", {"column": "text_type"}), "The event has no text."),
        rule("text_not_string", "text", is_string("text"), "The text is not a string."),
        rule("nul_byte", "text", ("ExpectColumnValuesToBeNull", {"column": "nul_field"}), READING[2].explanation),
        rule("empty_text", "text", between("text_chars", min_value=1), "The text is empty or blank."),
        rule("text_too_long", "text", between("text_chars", max_value=longest), f"The text is longer than {longest:,} characters."),
        rule("label_not_string", "label", is_string("label"), "The label is not a string. Write class names, not numbers or lists."),
        rule(
            "invalid_label", "label",
            ("ExpectColumnValuesToMatchRegex", {"column": "label", "regex": rf"\A[^\x00-\x1f\x7f-\x9f]{{1,{MAX_LABEL}}}\Z"}),
            f"The label is empty, longer than {MAX_LABEL} characters, or holds control characters. Use null for an unlabelled event.",
        ),
        rule("completion_not_string", "completion", is_string("completion"), "The completion is not a string."),
        rule("empty_completion", "completion", between("completion_chars", min_value=1), "The completion is empty or blank."),
        rule(
            "completion_too_long", "completion", between("completion_chars", max_value=longest),
            f"The completion is longer than {longest:,} characters.",
        ),
        rule("label_and_completion", "completion", between("targets", max_value=1), "The event has a label and a completion; it may have one."),
        rule("consent_not_boolean", "consent", one_of("consent_type", ("boolean",)), "`consent` is neither true nor false."),
        rule("consent_refused", "consent", one_of("consent", ("true",)), "The person did not consent to this use."),
        rule("expired", "expires", between("expires_seconds", min_value=now.timestamp(), strict_min=True), "The event has expired."),
        rule("invalid_expires", "expires", one_of("expires_type", ("moment",)), f"`expires` is not {date}."),
        rule("invalid_timestamp", "timestamp", one_of("timestamp_type", ("moment",)), f"The timestamp is not {date}.", "warning"),
        rule("future_timestamp", "timestamp", between("timestamp_seconds", max_value=soon), "The timestamp lies in the future.", "warning"),
        rule("unknown_source", "source", one_of("source", SOURCES), f"The source is none of {', '.join(SOURCES)}.", "warning"),
        rule("unknown_priority", "priority", one_of("priority", PRIORITIES), f"The priority is none of {', '.join(PRIORITIES)}."),
        rule("unknown_split", "split", one_of("split", SPLITS), f"The split is none of {', '.join(SPLITS)}."),
        rule(
            "field_not_string", "id", ("ExpectColumnValuesToBeNull", {"column": "mistyped_field"}),
            "`id` and `subject` must be strings or whole numbers, `task` must be a string.", "warning",
        ),
    ]  # fmt: skip
    if settings.require_consent:
        present = ("ExpectColumnValuesToNotBeNull", {"column": "consent_type"})
        rules.append(
            rule("consent_missing", "consent", present, "The event does not say `consent: true`, and consent is required here.")
        )
    return tuple(rules)
