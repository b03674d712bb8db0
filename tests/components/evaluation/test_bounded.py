"""Intervals of bounded differences: coverage at every n and shape, and the same as the paired score for right and wrong."""

from __future__ import annotations

from collections.abc import Callable
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.evaluation.bounded import Differences, difference_interval, differences, interval
from components.evaluation.statistics import Interval, Paired, paired_interval
from tests.examples import examples

pytestmark = pytest.mark.unit

SCORES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=40)


def test_right_and_wrong_is_the_paired_score_interval() -> None:
    candidate, champion = np.array([1, 1, 0, 0, 1, 1]), np.array([1, 0, 1, 0, 1, 0])
    assert difference_interval(candidate, champion, 0.1) == paired_interval(Paired(6, 2, 1), 0.1)


def test_no_cases_means_that_nothing_is_known() -> None:
    found = difference_interval(np.array([]), np.array([]))
    assert (found.estimate, found.low, found.high, found.n) == (0.0, -1.0, 1.0, 0)
    assert interval(Differences(np.array([]))).low == -1.0


@pytest.mark.parametrize("scores", [([0.1, 1.2], [0, 0]), ([float("nan")], [0.5]), ([-0.1], [0.5])])
def test_scores_outside_0_and_1_are_refused(scores: tuple[list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        differences(np.array(scores[0]), np.array(scores[1]))


def test_scores_of_other_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="the same cases"):
        differences(np.array([0.1]), np.array([0.1, 0.2]))


@given(SCORES, st.floats(0.01, 0.3))
@examples(40)
def test_bounds_hold_the_estimate_mirror_and_widen(scores: list[tuple[float, float]], alpha: float) -> None:
    candidate, champion = np.array(scores).T
    found, mirrored = difference_interval(candidate, champion, alpha), difference_interval(champion, candidate, alpha)
    assert -1 <= found.low <= found.estimate + 1e-9
    assert found.estimate - 1e-9 <= found.high <= 1
    assert found.low == pytest.approx(-mirrored.high, abs=1e-6)
    wider = difference_interval(candidate, champion, alpha / 2)
    assert wider.low <= found.low + 1e-9
    assert wider.high >= found.high - 1e-9


def test_many_cases_decide() -> None:
    rng = np.random.default_rng(2)
    champion = rng.random(2000) * 0.9
    found = difference_interval(champion + 0.05 * rng.random(2000), champion, 0.05)
    assert 0.02 < found.low < 0.025 < found.high < 0.03


SHAPES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "changed or not": lambda rng, n: rng.choice([-1.0, 0.0, 1.0], n, p=[0.05, 0.92, 0.03]),
    "beta": lambda rng, n: rng.beta(4, 2, n) - rng.beta(2, 2, n),
    "rare large": lambda rng, n: np.where(rng.random(n) < 0.02, -1.0, 0.01),
    "rare large gains": lambda rng, n: np.where(rng.random(n) < 0.02, 1.0, -0.01),
}
MEANS = {
    "changed or not": -0.02,
    "beta": 4 / 6 - 1 / 2,
    "rare large": -0.02 + 0.98 * 0.01,
    "rare large gains": 0.02 - 0.98 * 0.01,
}


@pytest.mark.parametrize("n", [8, 45, 200])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_betting_bounds_cover(shape: str, n: int) -> None:
    """Each side at most its level; the normal interval misses a rare large fall in two of three samples of 45 cases."""
    rng = np.random.default_rng(3)
    drawn = [Differences(SHAPES[shape](rng, n)) for _ in range(120)]
    too_high = np.mean([one.low(0.1) > MEANS[shape] for one in drawn])
    too_low = np.mean([one.high(0.1) < MEANS[shape] for one in drawn])
    assert max(too_high, too_low) <= 0.1 + 3 * np.sqrt(0.1 * 0.9 / 120)


def bernstein(differences: Differences, alpha: float = 0.05) -> Interval:
    """The same by the empirical Bernstein bound (Maurer & Pontil, COLT 2009, theorem 4): simpler and wider, to compare with."""
    n = differences.n
    if n < 2:
        return Interval(differences.mean, -1.0, 1.0, n)
    rest = log(2 / (alpha / 2))
    half = sqrt(2 * float(differences.values.var(ddof=1)) * rest / n) + 2 * 7 * rest / (3 * (n - 1))
    return Interval(differences.mean, max(-1.0, differences.mean - half), min(1.0, differences.mean + half), n)


@pytest.mark.parametrize("shape", SHAPES)
def test_betting_is_narrower_than_bernstein(shape: str) -> None:
    drawn = Differences(SHAPES[shape](np.random.default_rng(4), 100))
    betting, simple = interval(drawn), bernstein(drawn)
    assert betting.high - betting.low < simple.high - simple.low
    assert bernstein(Differences(np.array([0.5]))).low == -1.0


def test_the_variance_is_never_zero() -> None:
    assert Differences(np.zeros(45)).variance == pytest.approx(0.5 / 55)
    assert Differences(np.array([])).variance == pytest.approx(0.05)
