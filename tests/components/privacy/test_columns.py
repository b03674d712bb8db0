"""Fields of tables in plain text, by their headings."""

from __future__ import annotations

import re

import pytest

from components.privacy.columns import cells

pytestmark = pytest.mark.unit
AGE = re.compile(r"age", re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("name,age\nAnna,12\nBen,13", ["12", "13"]),
        ("before\nname;age\nAnna;12\n\nnext;13", ["12"]),
        ("| Name | Age |\n|------|----:|\n| Anna | 12 |", ["12"]),
        ('name\tage\tage of pet\n"Anna"\t"12"\t3', ["12", "3"]),
        ("name,age\nAnna,12,1\nBen,13", []),
        ("name,year\nAnna,12", []),
        ("name,age", []),
    ],
)
def test_the_fields_below_a_heading(text: str, values: list[str]) -> None:
    assert [text[start:end] for start, end in cells(text, AGE)] == values
