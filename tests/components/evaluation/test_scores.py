"""How good an answer is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.evaluation.scores import SCORES, overlap
from tests.examples import examples

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("answer", "truth", "value"),
    [
        ("a red car", "a red car", 1.0),
        ("A Red car", "a red car", 1.0),
        ("a red car", "a blue car", 2 / 3),
        ("car", "a red car", 0.5),
        ("car car", "car", 2 / 3),
        ("boat", "a red car", 0.0),
        ("", "", 1.0),
        ("", "car", 0.0),
    ],
)
def test_overlap(answer: str, truth: str, value: float) -> None:
    assert overlap(answer, truth) == pytest.approx(value)


@given(st.text(), st.text())
@examples(60)
def test_every_score_lies_between_0_and_1_and_is_1_for_the_truth(answer: str, truth: str) -> None:
    for score in SCORES.values():
        assert 0 <= score(answer, truth) <= 1
        assert score(truth, truth) == 1
