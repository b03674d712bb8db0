"""Every kind of personal data but addresses, in forms of many countries, and what is nobody's in the sentences of a ticket."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.privacy.checks import luhn
from components.privacy.replace import WORTH_A_LOOK, find, redact
from tests.components.privacy.address_book import WHOLE
from tests.components.privacy.id_book import NUMBERS
from tests.components.privacy.test_addresses import stays
from tests.components.privacy.value_book import NAMED, NOBODYS, VALUES
from tests.examples import examples

pytestmark = pytest.mark.unit

#: Whole sentences: something in them is found
SENTENCES = ("birth date", "secret in words")
SAY = ("{}", "Following up: {} is still open", "Bei {} passiert nichts.", "why does it say {}?", "I have {} noted")


@pytest.mark.parametrize("kind", [kind for kind in VALUES if kind not in SENTENCES])
def test_nothing_of_a_value_stays(kind: str) -> None:
    sentences, values = VALUES[kind]
    for value in values:
        for sentence in sentences:
            kept = stays(sentence.replace("{}", value), value)
            assert kept in ("", "mailto"), (sentence, value)
        assert redact(redact(value)) == redact(value)


@pytest.mark.parametrize("text", [*(text for kind in SENTENCES for text in VALUES[kind][1]), *NAMED])
def test_what_words_name_is_found(text: str) -> None:
    assert find(text)


@pytest.mark.parametrize(("name", "values", "sentences"), NUMBERS, ids=lambda given: given if isinstance(given, str) else "")
def test_numbers_of_states_are_found_in_their_own_words(name: str, values: tuple[str, ...], sentences: tuple[str, ...]) -> None:
    for value in values:
        for sentence in sentences:
            assert stays(sentence.replace("{}", value), value) == "", sentence


@pytest.mark.parametrize("text", NOBODYS)
def test_what_is_nobodys_stays(text: str) -> None:
    for sentence in SAY:
        assert redact(sentence.replace("{}", text)) == sentence.replace("{}", text)


def test_the_quick_look_misses_none_of_them() -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = [address for addresses in WHOLE.values() for address in addresses]
    texts = [*whole, *(value for _, values in VALUES.values() for value in values)]
    texts += [sentence.replace("{}", value) for _, values, sentences in NUMBERS for value in values for sentence in sentences]
    texts += [
        text
        for text in ("user lena pw Hund!Katze", "heslo: Zima!Leto", "jan małpa example kropka pl", "jo.ann at gmail")
        if find(text)
    ]
    looked = pc.match_substring_regex(pa.array(texts), WORTH_A_LOOK).to_pylist()
    assert [text for text, worth in zip(texts, looked, strict=True) if find(text) and not worth] == []


@examples(300)
@given(
    st.sampled_from(["order", "ticket", "invoice", "Bestellung", "commande", "pedido", "tracking", "serial", "job", "booking"]),
    st.sampled_from([" ", " no. ", ": ", " #", " number "]),
    st.text("0123456789", min_size=16, max_size=16).filter(lambda digits: digits[0] != "0"),
)
def test_a_number_beside_the_word_for_a_thing_stays_even_if_its_check_digit_fits(thing: str, link: str, digits: str) -> None:
    body = digits[:15]
    number = next(body + last for last in "0123456789" if luhn(body + last))
    assert redact(f"{thing}{link}{number}") == f"{thing}{link}{number}"
