"""What counts as personal: the cases from the field, and the rules of replacement."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.privacy.replace import WORTH_A_LOOK, find, redact, replace
from tests.examples import examples

pytestmark = pytest.mark.unit

HERE = Path(__file__).parent
CASES = [json.loads(line) for line in (HERE / "strings.jsonl").read_text(encoding="utf-8").splitlines()]
SENTENCES = (
    "{}",
    "Please look into {} soon.",
    "My data: {}, thanks",
    "I wrote {} yesterday and nobody answered",
    "({})",
    "Bitte {} prüfen!",
    "first line\n{}\nlast line",
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']} {case['string']}")
def test_the_strings_of_the_field_are_replaced_or_stay(case: dict[str, str]) -> None:
    for sentence in SENTENCES:
        text = sentence.format(case["string"])
        stored = redact(text)
        if case["personal"]:
            assert case["string"] not in stored, text
            assert redact(stored) == stored
        else:
            assert stored == text


def test_numbers_of_orders_tickets_and_versions_stay_and_those_of_people_do_not() -> None:
    kinds = Counter[str]()
    for line in (HERE / "numbers.jsonl").read_text(encoding="utf-8").splitlines():
        text = json.loads(line)["text"]
        found = find(text)
        assert bool(found) == bool(re.search(r"(?:card|call|IBAN) [\dD]", text)), text
        kinds.update(kind for _, _, kind in found)
    assert set(kinds) == {"CREDIT_CARD", "PHONE_NUMBER", "IBAN_CODE"}


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("write to jo.ann@example.com today", "write to <EMAIL_ADDRESS> today"),
        ("jane(at)example(dot)com, jane at example dot com", "<EMAIL_ADDRESS>, <EMAIL_ADDRESS>"),
        ("j\u200bane@exa\u00admple.com", "<EMAIL_ADDRESS>"),
        ("call +1 212 555 0187 or (212) 555-0199", "call <PHONE_NUMBER> or <PHONE_NUMBER>"),
        ("card 4111 1111 1111 1111 exp 12/27", "card <CREDIT_CARD> exp 12/27"),
        ("４１１１　１１１１　１１１１　１１１１", "<CREDIT_CARD>"),
        ("card 4lll 1111 1111 1111", "card <CREDIT_CARD>"),
        ("to DE89 3704 0044 0532 0130 00 please", "to <IBAN_CODE> please"),
        ("my ssn is 536-90-4399", "my ssn is <US_SSN>"),
        ("geboren am 12. März 1984 in Ulm", "geboren am <BIRTH_DATE> in Ulm"),
        ("my address is 12 Oak Street, Apt 4", "my address is <STREET_ADDRESS>"),
        ("Ich wohne in der Hauptstraße 5", "Ich wohne in der <STREET_ADDRESS>"),
        ("https://u:p4ss@git.example.com/a?token=abc123", "https://<SECRET>@git.example.com/a?token=<SECRET>"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----\nbye", "<SECRET>\nbye"),
        ("my password is hunter2!", "my password is <SECRET>"),
        ("from 10.0.0.1:8080, version 10.0.0.1", "from <IP_ADDRESS>:8080, version 10.0.0.1"),
        ("52.5200, 13.4050", "<COORDINATES>"),
    ],
)
def test_only_what_is_personal_is_replaced(text: str, stored: str) -> None:
    assert redact(text) == stored
    assert redact(stored) == stored


@pytest.mark.parametrize(
    "text",
    [
        "What President lived at 219 North Delaware Street ?",
        "the museum at 12 Baker Street",
        "children born after 1st September 2002",
        "order 4155552671, 4155552672 and 4155552673",
        "my password is not accepted",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "lodash@4.17.21 and git@github.com:a/b.git",
        "3-6 6-2 6-7 6-2",
        "$ 1 234 567 890",
        "127.0.0.1, 0.0.0.0 and 255.255.255.0",
        "a place in the last 16 at some point in March",
        "AbstractSingletonProxyFactoryBean2WithMoreWords",
    ],
)
def test_what_is_nobodys_stays(text: str) -> None:
    assert redact(text) == text


def test_placeholders_are_not_looked_into() -> None:
    assert redact("call <PHONE_NUMBER 41555526> or <EMAIL_ADDRESS>") == "call <PHONE_NUMBER 41555526> or <EMAIL_ADDRESS>"


def test_names_of_placeholders_and_counts() -> None:
    counts: Counter[str] = Counter()
    text = "a@example.com and b@example.com"
    assert (
        replace(text, find(text), counts, lambda kind, value: f"[{kind}: {value[0]}]")
        == "[EMAIL_ADDRESS: a] and [EMAIL_ADDRESS: b]"
    )
    assert counts == {"EMAIL_ADDRESS": 2}


@examples(300)
@given(st.text(alphabet=st.sampled_from("a1@ .-():/+#=\n\u200b\u0661\uff11éA4"), max_size=60))
def test_any_text_is_replaced_once_and_for_all(text: str) -> None:
    spans = find(text)
    assert all(0 <= start < end <= len(text) for start, end, _ in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    stored = redact(text)
    assert redact(stored) == stored


@examples(200)
@given(st.text(max_size=80), st.sampled_from([case["string"] for case in CASES if case["personal"]]))
def test_the_quick_look_misses_nothing(text: str, value: str) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = f"{text} {value} {text}".encode("utf-8", "replace").decode()
    for one in (whole, text.encode("utf-8", "replace").decode()):
        if find(one):
            assert pc.match_substring_regex(pa.array([one]), WORTH_A_LOOK)[0].as_py()
