"""What nobody sees, in every place where texts, names or values are compared as people read them."""

from __future__ import annotations

import sys
import unicodedata

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from components.ingestion.folded import fold
from components.ingestion.labels import normal as label_form
from components.privacy.normal import normal
from components.privacy.pseudonyms import plain
from components.privacy.replace import WORTH_A_LOOK, redact
from components.unseen import unseen, without_unseen

pytestmark = pytest.mark.unit

#: Of each range, and of the categories that have such characters: format, mark, letter, blank, not assigned
SOME = (
    "\u00ad\u034f\u115f\u17b4\u180b\u180f\u200b\u2060\u2065\u2800\u3164\ufe0f\ufeff\uffa0\ufff0"
    "\U0001d173\U000e0001\U000e0080\U000e0100\U000e0fff"
)


@pytest.mark.parametrize("char", SOME, ids=ascii)
def test_it_hides_nothing_from_anybody(char: str) -> None:
    assert unseen(char)
    assert without_unseen(f"a{char}b") == "ab"
    assert fold(f"Who wrote{char} Ham{char}let?{char}") == fold("Who wrote Hamlet?")
    assert label_form(f"LO{char}C{char}") == "LOC"
    assert plain(f"bob{char}") == "bob"
    assert normal(f"a{char}b").text == "ab"
    mail, card = f"write to va{char}13@leak{char}mail.example.com", f"card 4111{char}1111{char}1111{char}1111"
    assert "leak" not in redact(mail)
    assert "1111" not in redact(card)
    assert "IOSF" not in redact(f"key AKIA{char}IOSFODNN7EXAMPLQ")
    assert pc.match_substring_regex(pa.array([f"a{char}b"]), WORTH_A_LOOK)[0].as_py()


def test_every_format_character_is_one_and_no_letter_that_is_seen() -> None:
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if unicodedata.category(char) == "Cf":
            assert unseen(char)
    assert not any(map(unseen, "aé漢字カ한ह\u093fพ\u0e31🙂م\u064e "))
