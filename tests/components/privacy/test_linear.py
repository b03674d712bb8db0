"""Every pattern of components/privacy does work that grows with the text and not faster, whatever the text is."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

import components.privacy
from components.privacy.replace import find
from tests.components.privacy.steps import Counting, largest

MODULES = [import_module(each.name) for each in pkgutil.walk_packages(components.privacy.__path__, "components.privacy.")]


def patterns_in(value: Any) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple):
        for inner in value:
            yield from patterns_in(inner)


PATTERNS = {
    pattern: f"{module.__name__.rpartition('.')[2]}.{name}"
    for module in MODULES
    for name, value in vars(module).items()
    for pattern in patterns_in(value)
}
#: Pieces whose repetition could make a matcher try again and again
PIECES = (
    "a", "1", "1 ", "1-", "1.", "a.", "a@", "a-", "A", "Aa ", "Aa, ", "a a", "at ", "a dot ", " (at) ", "(", "1(", ": ",
    "a:", "=", "::", "00:", "_", "eyJ-", "1, ", "12 Aa ", "de la ", "rue A ", "Via A ", "born 1.1.", "is ", "no. ",
    "key=", "pass: ", "<A_B>", "é", "\u3042", "#1 ", "and 1 ",
)  # fmt: skip
#: Counting takes seconds for each: these reach most loops
COUNTED = ("a", "1 ", "1-", "a.", "Aa ", "a dot ", "_", "de la ", "eyJ-", "and 1 ")


@pytest.mark.unit
def test_every_quantifier_is_bounded() -> None:
    assert len(PATTERNS) > 150
    unbounded = [name for pattern, name in PATTERNS.items() if largest(pattern) > 10_000]
    assert unbounded == []


@pytest.mark.integration
@pytest.mark.parametrize("piece", COUNTED)
def test_twice_the_text_is_twice_the_work(piece: str) -> None:
    length = 100
    for pattern, name in PATTERNS.items():
        once, twice = (Counting(pattern, (piece * n)[:n] + "!").search_everywhere() for n in (length, 2 * length))
        assert twice <= 2.5 * once + 500, f"{name} on {piece!r}: {once} steps, then {twice}"
        assert twice <= 2_000 * 2 * length, f"{name} on {piece!r}: {twice / (2 * length):.0f} steps a character"


@pytest.mark.unit
def test_a_pattern_that_backtracks_is_found() -> None:
    pattern = re.compile(r"(?:a{1,24}){1,24}b")
    assert Counting(pattern, "a" * 14).search_everywhere() > 10 * Counting(pattern, "a" * 7).search_everywhere()
    quadratic = re.compile(r"a{1,9999}b")
    assert largest(quadratic) == 9999
    assert largest(re.compile("a+")) > 10_000


@pytest.mark.integration
@pytest.mark.parametrize("piece", PIECES)
def test_texts_of_20_000_characters_come_through(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    for start, end, kind in find(text):
        assert 0 <= start < end <= len(text)
        assert kind
