"""Every reason for which a row is not accepted: its code, its sentence and, for rules on values, its expectation.

The order is the order of precedence: a row that breaks several rules is counted under the first, and its explanation names all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from components.provenance import PROVENANCE, PROVENANCES, UNKNOWN
from components.settings import IngestionSettings

#: Longest line or row, in bytes, that is parsed.
MAX_LINE = 1_000_000
#: Deepest nesting of arrays and objects in an event: what is written down again nests a little deeper
MAX_DEPTH = 200
MAX_LABEL = 200
#: Most columns of a table
MAX_COLUMNS = 2000
#: How far ahead of `now` a timestamp may be: clocks differ.
CLOCK_TOLERANCE = timedelta(minutes=5)
SOURCES = ("log", "feedback", "correction", "incident")
PRIORITIES = ("normal", "safety")
SPLITS = ("train", "test")

Expectation = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Rule:
    """`expectation`: name of a Great Expectations class, and its arguments on the columns that columns.py derives.

    `severity` is for the reader of the validation result; every row that breaks a rule is quarantined.
    """

    code: str
    field: str | None
    explanation: str
    expectation: Expectation = ("", {})  # empty: not a rule on values
    severity: Literal["critical", "warning"] = "critical"


#: Found while reading: the line does not hold an event at all.
READING = (
    Rule("empty_line", None, "The line is empty: it holds no event."),
    Rule("line_too_long", None, f"The row is longer than {MAX_LINE:,} bytes."),
    Rule("nul_byte", None, "The row holds a NUL character (byte 0), which no text should."),
    Rule("invalid_encoding", None, "The row is not valid UTF-8. Save the file as UTF-8."),
    Rule("invalid_json", None, "The line is not valid JSON. Each line must hold one whole JSON object."),
    Rule("not_an_object", None, 'The line is valid JSON but not an object such as {"text": "...", "label": "..."}.'),
    Rule("repeated_header", None, "The row repeats the names of the columns, as where tables were put one after the other."),
    Rule("too_deep", None, f"Arrays and objects are nested more than {MAX_DEPTH} deep."),
    Rule("number_too_long", None, "A whole number has more digits than can be kept exactly. Write it as a string."),
    Rule("unreadable_value", None, "A value cannot be read: a time out of range, or a type that has no form in JSON."),
    Rule("unknown_class", "label", "The label is a number for which the file names no class."),
    Rule("no_turn", None, "The conversation has no turn of the user with a text."),
    Rule("several_labels", "label", "The row has several labels. An event has one."),
    Rule("annotators_disagree", "label", "The annotators of the row gave different labels. Decide on one."),
    Rule("not_accepted", None, "The annotator did not accept the row."),
    Rule("unreadable_row", None, "The row cannot be processed, although it can be read. Please report it."),
    Rule(
        "invalid_csv_row",
        None,
        "The row has a quote that is never closed, more or fewer cells than the header, or a cell over 131,072 characters.",
    ),
)

#: Found by comparing rows with each other. The duplicate_* ones are counted as duplicates, not as quarantined.
SCREENING = (
    Rule(
        "contradictory_label",
        "label",
        "The same text, as it looks, has different labels in this call. Decide on one and re-queue it.",
    ),
    Rule(
        "contradicts_past",
        "label",
        "The same text, as it looks, was learned under another label. If this one is right, re-queue it with "
        "`ingestion.contradictions: accept`.",
    ),
    Rule("flood", "text", "More rows than `ingestion.max_variants` allows are one text with another word in one place."),
    Rule(
        "over_share_subject",
        "subject",
        "One subject has more rows than `ingestion.max_share_subject` allows. Look at them; if they are in order, re-queue "
        "them with `--set ingestion.max_share_subject=1`.",
    ),
    Rule(
        "over_share_token",
        None,
        "One token of the gateway sent more rows than `ingestion.max_share_token` allows. Look at them; if they are in order, "
        "re-queue them with `--set ingestion.max_share_token=1`.",
    ),
    Rule(
        "over_share_not_human",
        PROVENANCE,
        "Labels from feedback and models are more than `ingestion.max_share_not_human` of all that was ingested. Look at the "
        "label, write `human` as its provenance, and re-queue it.",
    ),
    Rule("duplicate_exact", "text", "The same text with the same target occurs earlier in this call."),
    Rule("duplicate_near", "text", "Nearly the same text with the same label occurs earlier in this call."),
    Rule("duplicate_labelled", "text", "The event has no label, and the same text occurs with one in this call."),
    Rule("duplicate_heldout", "text", "The event has no label, and its text is a held-out case of an earlier experience."),
    Rule("duplicate_ingested", "text", "The same text with the same target is in an earlier experience already."),
)

#: Of rows with which nothing is wrong but that there are too many of them: what a person can do, by code
SHARES = {rule.code: rule.explanation for rule in SCREENING if rule.code.startswith("over_share")}


def value_rules(settings: IngestionSettings, now: datetime) -> tuple[Rule, ...]:
    """The rules on the values of one row, as expectations."""
    longest = settings.max_text_chars
    date = "an ISO 8601 date or time such as 2026-05-03T14:03:00Z, or a number of seconds since 1970"
    rules = (
        Rule("missing_text", "text", "The event has no text.", _present("text_type")),
        Rule("text_not_string", "text", "The text is not a string.", _is_string("text")),
        Rule("nul_byte", "text", "The row holds a NUL character (byte 0), which no text should.", _absent("nul_field")),
        Rule("empty_text", "text", "The text is empty or blank.", _between("text_chars", min_value=1)),
        Rule(
            "text_too_long", "text", f"The text is longer than {longest:,} characters.", _between("text_chars", max_value=longest)
        ),
        Rule(
            "label_not_string",
            "label",
            "The label is a list, an object or a fraction. Give the name of one class.",
            _is_string("label"),
        ),
        Rule(
            "invalid_label",
            "label",
            f"The label is empty, over {MAX_LABEL} characters, or holds control characters. Use null for an unlabelled event.",
            ("ExpectColumnValuesToMatchRegex", {"column": "label", "regex": rf"\A[^\x00-\x1f\x7f-\x9f]{{1,{MAX_LABEL}}}\Z"}),
        ),
        Rule("completion_not_string", "completion", "The completion is not a string.", _is_string("completion")),
        Rule("empty_completion", "completion", "The completion is empty or blank.", _between("completion_chars", min_value=1)),
        Rule(
            "completion_too_long",
            "completion",
            f"The completion is longer than {longest:,} characters.",
            _between("completion_chars", max_value=longest),
        ),
        Rule("label_and_completion", "completion", "The event has a label and a completion.", _between("targets", max_value=1)),
        Rule("consent_not_boolean", "consent", "`consent` is neither true nor false.", _one_of("consent_type", "boolean")),
        Rule("consent_refused", "consent", "The person did not consent to this use.", _one_of("consent", "true")),
        Rule(
            "consent_missing",
            "consent",
            "The event does not say `consent: true`, and `ingestion.require_consent` is set.",
            _present("consent_type"),
        ),
        Rule(
            "expired",
            "expires",
            "The event has expired.",
            _between("expires_seconds", min_value=now.timestamp(), strict_min=True),
        ),
        Rule("invalid_expires", "expires", f"`expires` is not {date}.", _one_of("expires_type", "moment")),
        Rule("unknown_split", "split", f"The split is neither {' nor '.join(SPLITS)}.", _one_of("split", *SPLITS)),
        Rule(
            "unknown_priority",
            "priority",
            f"The priority is neither {' nor '.join(PRIORITIES)}.",
            _one_of("priority", *PRIORITIES),
        ),
        Rule(
            "unknown_provenance",
            PROVENANCE,
            f"The provenance of the label is none of {', '.join((*PROVENANCES, UNKNOWN))}.",
            _one_of(PROVENANCE, *PROVENANCES, UNKNOWN),
            "warning",
        ),
        Rule("unknown_source", "source", f"The source is none of {', '.join(SOURCES)}.", _one_of("source", *SOURCES), "warning"),
        Rule("invalid_timestamp", "timestamp", f"The timestamp is not {date}.", _one_of("timestamp_type", "moment"), "warning"),
        Rule(
            "future_timestamp",
            "timestamp",
            "The timestamp lies in the future.",
            _between("timestamp_seconds", max_value=(now + CLOCK_TOLERANCE).timestamp()),
            "warning",
        ),
        Rule(
            "field_not_string",
            "id",
            "`id` and `subject` must be strings or whole numbers, `task` must be a string.",
            _absent("mistyped_field"),
            "warning",
        ),
    )
    return rules if settings.require_consent else tuple(rule for rule in rules if rule.code != "consent_missing")


def _present(column: str) -> Expectation:
    return "ExpectColumnValuesToNotBeNull", {"column": column}


def _absent(column: str) -> Expectation:
    return "ExpectColumnValuesToBeNull", {"column": column}


def _one_of(column: str, *values: str) -> Expectation:
    return "ExpectColumnValuesToBeInSet", {"column": column, "value_set": list(values)}


def _is_string(field: str) -> Expectation:
    return _one_of(f"{field}_type", "string")


def _between(column: str, **limits: float) -> Expectation:
    return "ExpectColumnValuesToBeBetween", {"column": column, **limits}
