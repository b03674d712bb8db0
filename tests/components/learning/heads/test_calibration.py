"""The temperature: what many rows say, the usual one where few or none speak, whatever the judges' mixture of classes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.learning.heads._calibration import MOST, calibrated, spread_out, usual
from tests.examples import examples

pytestmark = pytest.mark.unit


def drawn(seed: int, n: int, t: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores, and classes that are drawn with the probabilities softmax(t * scores)."""
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(n, 4, generator=generator, dtype=torch.float64)
    return scores, torch.multinomial((t * scores).softmax(-1), 1, generator=generator)[:, 0]


@pytest.mark.parametrize("t", [0.6, 1.3, 4.0])
def test_many_rows_are_believed(t: float) -> None:
    scores, columns = drawn(0, 20000, t)
    assert calibrated(scores, columns, torch.bincount(columns, minlength=4).double()) == pytest.approx(t, rel=0.08)


def test_no_judge_gives_the_usual_one_and_few_hardly_move_it() -> None:
    counts = torch.full((4,), 20.0, dtype=torch.float64)
    assert calibrated(torch.zeros(0, 4).double(), torch.zeros(0, dtype=torch.long), counts) == usual(4)
    right = 5 * torch.eye(4, dtype=torch.float64)
    assert calibrated(right, torch.arange(4), counts) < 2 * usual(4), "four rows, all right: not certainty"


@examples(20)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 60))
def test_small_experiences_never_reach_the_ends_of_the_grid(seed: int, n: int) -> None:
    """However good or bad the scores of 60 rows are."""
    scores, columns = drawn(seed, n, 1.0)
    for factor in (1e-3, 1.0, 3.0):
        found = calibrated(factor * scores, columns, torch.full((4,), 15.0, dtype=torch.float64))
        assert 0.35 < found < 6


def test_judges_stand_for_what_was_seen_and_not_for_each_other() -> None:
    """A memory holds as many rows of a rare, hard class as of a common, easy one: it must not speak as loud."""
    easy, hard = 3 * torch.eye(2, dtype=torch.float64)[[0] * 200], torch.zeros(200, 2, dtype=torch.float64)
    hard[:, 1], hard[100:, 0] = 1.0, 3.0
    scores, columns = torch.cat([easy, hard]), torch.tensor([0] * 200 + [1] * 200)
    seen = torch.tensor([9900.0, 100.0], dtype=torch.float64)
    alike = torch.tensor([5000.0, 5000.0], dtype=torch.float64)
    assert calibrated(scores, columns, seen) > 1.5 * calibrated(scores, columns, alike)


def test_judges_are_spread_over_the_rows() -> None:
    assert spread_out(torch.arange(10)).tolist() == list(range(10))
    some = spread_out(torch.arange(10 * MOST))
    assert len(some) == MOST
    assert some[0] == 0
    assert some[-1] == 10 * MOST - 1
