"""Names of classes over time: acts put together, and columns read through them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.relabelling import combined, now_called, renamed, told
from tests.examples import examples

pytestmark = pytest.mark.unit

LABELS = list("abcdefgh")


@st.composite
def lines(draw: st.DrawFn) -> list[dict[str, str]]:
    """Acts one after another, as `refuse_relabelling` lets them pass: on labels of the day, to a name that is not given up."""
    labels, names, acts = LABELS[:5], dict[str, str](), []
    for _ in range(draw(st.integers(1, 6))):
        old = draw(st.lists(st.sampled_from(labels), min_size=1, max_size=2, unique=True))
        new = draw(st.sampled_from(LABELS))
        act = {label: new for label in old if label != new}
        if act and new not in combined(names, act):
            names, labels = combined(names, act), now_called(labels, act)
            acts.append(act)
    return acts


@examples(60)
@given(lines())
def test_names_over_a_line_are_those_of_one_act_after_another(acts: list[dict[str, str]]) -> None:
    names, labels = dict[str, str](), LABELS[:5]
    for act in acts:
        names, labels = combined(names, act), now_called(labels, act)
    assert now_called(LABELS[:5], names) == labels
    assert now_called(labels, names) == labels, "reading twice is the same as once"
    assert not set(names) & set(labels), "no name of a class of today was given up"


@examples(30)
@given(lines(), st.integers(0, 5))
def test_a_prefix_of_labels_stays_a_prefix(acts: list[dict[str, str]], length: int) -> None:
    names = dict[str, str]()
    for act in acts:
        names = combined(names, act)
    before, after = now_called(LABELS[:length], names), now_called(LABELS[:5], names)
    assert after[: len(before)] == before


def test_a_name_that_comes_back_is_not_given_up_any_more() -> None:
    assert combined({"refund": "returns"}, {"returns": "refund"}) == {"returns": "refund"}
    assert combined({"a": "c", "b": "c"}, {"c": "a"}) == {"b": "a", "c": "a"}


def test_labels_are_read_through_and_completions_where_they_are_the_class() -> None:
    table = pa.table({"label": ["a", None, "b", None], "completion": ["a", "a", None, None], "text": list("wxyz")})
    now = renamed(table, {"a": "z"})
    assert now.to_pydict() == {"label": ["z", None, "b", None], "completion": ["a", "z", None, None], "text": list("wxyz")}
    assert now.schema == table.schema
    assert renamed(table, {}) is table
    assert renamed(table.select(["completion"]), {"a": "z"})["completion"].to_pylist() == ["a", "a", None, None]


def test_an_act_in_words() -> None:
    assert told({"a": "b"}) == "'a' is now 'b'"
    assert told({"a": "c", "b": "c"}) == "'a', 'b' are now 'c'"
