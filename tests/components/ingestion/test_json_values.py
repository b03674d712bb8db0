"""Values out of JSON, whatever the blocks that they are read in."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion import json_values
from components.ingestion.json_values import Values
from tests.examples import examples

pytestmark = pytest.mark.unit

text = st.text(st.sampled_from('"\\{}[],:ü a'), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


def split(content: bytes, array: bool, block: int = 1 << 20) -> tuple[list[bytes], Values]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_values, "BLOCK", block)
        found = Values(io.BytesIO(content), array)
        return [value for value, _ in found], found


@examples(200)
@given(st.lists(values, max_size=5), st.sampled_from([None, 1]), st.integers(1, 9))
def test_the_elements_of_an_array_are_found(elements: list[Any], indent: int | None, block: int) -> None:
    found, all_of_it = split(json.dumps(elements, indent=indent).encode()[1:], True, block)
    assert [json.loads(value) for value in found] == elements
    assert (all_of_it.whole, all_of_it.tail) == (True, b"")


@examples(200)
@given(st.lists(st.dictionaries(text, values, min_size=1), max_size=5), st.sampled_from(["", "\n", " ,\n"]), st.integers(1, 9))
def test_values_one_after_the_other_are_found(objects: list[Any], between: str, block: int) -> None:
    found, all_of_it = split(between.join(json.dumps(each, indent=1) for each in objects).encode(), False, block)
    assert [json.loads(value) for value in found] == objects
    assert all_of_it.whole


@pytest.mark.parametrize(
    ("content", "array", "found", "whole", "tail"),
    [
        (b'{"a":1},{"a":2}],"n":3}', True, [b'{"a":1}', b'{"a":2}'], True, b',"n":3}'),
        (b'{"a":1},{"a":', True, [b'{"a":1}'], False, b""),
        (b'{"a":1},', True, [b'{"a":1}'], False, b""),
        (b'{"a":"1},{"a":2}]', True, [], False, b""),
        (b'{"a":1} junk {"b":2} rest', False, [b'{"a":1}', b'junk {"b":2}', b"rest"], True, b""),
        (b'{"a":1}{"b":', False, [b'{"a":1}'], False, b""),
        (b"{broken},{}]", True, [b"{broken}", b"{}"], True, b""),
        (b" ] ", True, [], True, b""),
    ],
)
def test_what_is_broken_costs_itself_and_what_does_not_end_is_said(
    content: bytes, array: bool, found: list[bytes], whole: bool, tail: bytes
) -> None:
    for block in (1, 3, 100):
        values, all_of_it = split(content, array, block)
        assert (values, all_of_it.whole, all_of_it.tail) == (found, whole, tail)


def test_a_long_value_takes_no_more_memory_than_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "CHUNK_BYTES", 1000)
    (long, short), _ = split(b'"' + b"x" * 50_000 + b'", 2]', True, 100)
    assert 1000 <= len(long) <= 1100
    assert short == b"2"
