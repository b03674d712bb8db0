"""Postal addresses: whole ones, streets that words make somebody's, fields of forms, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.privacy.replace import find, redact
from tests.components.privacy.address_book import AROUND, FIELDS, NOBODYS, SOMEBODYS, WHOLE
from tests.examples import examples

pytestmark = pytest.mark.unit


def stays(text: str, value: str) -> str:
    """The letters and digits of a value that are not replaced."""
    start = text.index(value)
    covered = {place for first, last, _ in find(text) for place in range(first, last)}
    return "".join(text[at] for at in range(start, start + len(value)) if text[at].isalnum() and at not in covered)


@pytest.mark.parametrize("country", WHOLE)
def test_nothing_of_a_whole_address_stays_whatever_stands_around_it(country: str) -> None:
    for address in WHOLE[country]:
        for sentence in AROUND:
            assert stays(sentence.replace("{}", address), address) == "", (address, sentence)
        assert redact(redact(address)) == redact(address)


@pytest.mark.parametrize("language", SOMEBODYS)
def test_words_make_a_street_somebodys(language: str) -> None:
    sentences, streets = SOMEBODYS[language]
    for sentence in sentences:
        for street in streets:
            assert stays(sentence.replace("{}", street), street) == "", (sentence, street)


@pytest.mark.parametrize(("form", "values"), FIELDS, ids=lambda given: given[:24] if isinstance(given, str) else "")
def test_the_fields_of_a_form_make_an_address_together(form: str, values: tuple[str, ...]) -> None:
    assert [value for value in values if stays(form, value)] == []


@pytest.mark.parametrize(
    "text", ["Zip: 90210", "City: Berlin", "state: open, town: Leeds", "Street: closed", "key: value, code: 12345"]
)
def test_one_field_alone_is_no_address(text: str) -> None:
    assert redact(text) == text


def test_an_address_ends_before_the_word_for_a_telephone() -> None:
    assert redact("Zum Anger 4, 53177 Bonn, Tel. 0228 4710-530") == "<STREET_ADDRESS>, Tel. <PHONE_NUMBER>"


@pytest.mark.parametrize("text", NOBODYS)
def test_what_only_looks_like_an_address_stays(text: str) -> None:
    for sentence in ("{}", "Please look into {} again.", "Es geht um {}, bitte prüfen", "why does it say {}?"):
        assert redact(sentence.replace("{}", text)) == sentence.replace("{}", text)


ONES = [address for addresses in WHOLE.values() for address in addresses]


@examples(150)
@given(st.sampled_from(ONES), st.sampled_from(ONES), st.sampled_from(["\n\n", " and not ", "; or: ", "\nold: "]))
def test_two_addresses_are_both_replaced(one: str, other: str, between: str) -> None:
    text = f"{one}{between}{other}"
    covered = {place for first, last, _ in find(text) for place in range(first, last)}
    assert all(at in covered for at in range(len(one)) if text[at].isalnum())
    assert all(at in covered for at in range(len(text) - len(other), len(text)) if text[at].isalnum())
