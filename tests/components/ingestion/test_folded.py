"""Texts that look the same have one folded form; texts that say another thing have two."""

from __future__ import annotations

import importlib.util
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion.confusables import ALIKE
from components.ingestion.folded import fold, keys
from tests.examples import examples

pytestmark = pytest.mark.unit

TEXT = "My account was charged 2.5% too much: please help me, it's urgent"
SPOILT = {
    "zero width": TEXT.replace("acc", "a\u200bcc"),
    "soft hyphen": TEXT.replace("charged", "char\u00adged"),
    "word joiner": f"\u2060{TEXT}",
    "hangul filler": f"{TEXT}\u3164",
    "full stop": f"{TEXT}.",
    "signs": f"«{TEXT}» — !?",
    "blanks": TEXT.replace(" ", " \t\u00a0\u2003"),
    "blanks within a word": TEXT.replace("urgent", "u r g e n t"),
    "case": TEXT.upper(),
    "cyrillic": TEXT.replace("a", "\u0430").replace("e", "\u0435").replace("o", "\u043e"),
    "greek": TEXT.replace("o", "\u03bf").replace("M", "\u039c"),
    "full width": "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in TEXT),
    "mathematical": "".join(chr(0x1D400 + ord(char) - 65) if "A" <= char <= "Z" else char for char in TEXT),
    "accents": TEXT.replace("e", "\u00e9").replace("u", "u\u0308"),
    "digits of another script": TEXT.replace("2.5", "\u0662.\u0665"),
    "a digit for a letter": TEXT.replace("l", "1").replace("o", "0"),
    "a capital I for an l": TEXT.replace("help", "heIp"),
    "rn for m": TEXT.replace("much", "rnuch"),
    "a tilde": f"{TEXT} ~",
    "backticks": f"`{TEXT}`",
    "symbols around it": f"= {TEXT} + $ <>",
    "a hat within": TEXT.replace("too", "^too~"),
    "marks of other blocks": TEXT.replace("a", "a\u1dc0\u20dd\ufe20").replace("t", "t\u0489"),
    "a place for an object": f"{TEXT}\ufffc",
    "a variation selector": TEXT.replace(" ", "\U000e0100 "),
}


@pytest.mark.parametrize("how", SPOILT)
def test_what_looks_the_same_is_the_same(how: str) -> None:
    assert SPOILT[how] != TEXT
    assert fold(SPOILT[how]) == fold(TEXT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (":)", ":("), ("\U0001f44d", "\U0001f44e"), ("2.5", "25"), ("-5 degrees", "5 degrees"), ("I like C#", "I like C"),
        ("5% of it", "5 of it"), ("I won", "I won 1"), ("a < b", "a > b"), ("\u0939\u093f", "\u0939\u0940"), ("!", "?"),
    ],
)  # fmt: skip
def test_what_says_another_thing_is_another(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@examples(200)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_folding_is_stable_and_never_loses_a_text(text: str) -> None:
    assert fold(text) or not text.split()
    assert fold(text) == fold(f"  {text} ")
    if text.isascii():
        assert fold(text) == fold(text.swapcase()) or "I" in text or "i" in text


def test_keys_are_those_of_the_folded_texts() -> None:
    one, two, three = keys(["Same text", "same\u200b te\u0445t!", "another"])
    assert one == two != three
    assert keys([]).dtype == np.uint64


def test_the_table_holds_letters_that_nothing_else_turns_into_latin() -> None:
    chars = [char for _, those in ALIKE for char in those]
    assert len(chars) == len(set(chars)) > 400
    assert all(form.isascii() and form.isalnum() for form, _ in ALIKE)
    assert all(unicodedata.normalize("NFKD", char) == char and not char.isascii() for char in chars)


def test_the_script_that_wrote_the_table_would_write_it_again() -> None:
    from pathlib import Path

    spec = importlib.util.spec_from_file_location("confusables", Path(__file__).parents[3] / "infra" / "confusables.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    both = {"a": [{"c": "\u0430"}, {"c": "\uff41"}], "\u0430": [{"c": "a"}], "\uff41": [{"c": "a"}], "\u0131": [{"c": "i"}]}
    assert script.look_alikes(both) == {"a": ["\u0430"], "i": ["\u0131"]}
