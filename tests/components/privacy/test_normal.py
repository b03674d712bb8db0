"""The normal form, and the way back to the original."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.privacy.normal import normal
from tests.examples import examples

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("jane＠example．com", "jane@example.com"),
        ("+٤٤ ٢٠", "+44 20"),
        ("𝟒𝟏𝟏𝟏 ④", "4111 4"),
        ("a\u200bb\u00adc\ufe0fd\u2060", "abcd"),
        ("030\u00a01234\u20110", "030 1234-0"),
        ("Ⅻ ﬁn", "XII fin"),
        ("plain", "plain"),
    ],
)
def test_the_normal_form(text: str, form: str) -> None:
    assert normal(text).text == form


@examples(200)
@given(st.text(max_size=40))
def test_every_place_of_the_normal_form_is_one_of_the_original(text: str) -> None:
    form = normal(text)
    places = list(form.places)
    assert len(places) == len(form.text) + 1
    assert places == sorted(places)
    assert places[-1] == len(text)
    for start in range(len(form.text)):
        first, last = form.original(start, start + 1)
        assert 0 <= first < last <= len(text)
