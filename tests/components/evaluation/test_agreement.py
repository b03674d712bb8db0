"""The permutation test of matches: against all permutations, against chance, and against what it must not say."""

from __future__ import annotations

from itertools import permutations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.evaluation.agreement import EXACT, _exact, _gamma, agreement_p, rooks
from tests.examples import examples

pytestmark = pytest.mark.unit

LABELS = st.sampled_from("abcd")


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=6))
@examples(30)
def test_it_counts_every_permutation(cases: list[tuple[str, str]]) -> None:
    truth, predicted = [a for a, _ in cases], [b for _, b in cases]
    seen = sum(a == b for a, b in cases)
    orders = [sum(a == b for a, b in zip(truth, order)) for order in permutations(predicted)]
    assert agreement_p(truth, predicted) == pytest.approx(np.mean([matches >= seen for matches in orders]))


def test_two_labels_are_fishers_exact_test() -> None:
    truth, predicted = ["a"] * 10 + ["b"] * 14, ["a"] * 8 + ["b"] * 2 + ["a"] * 4 + ["b"] * 10
    tail = sum(comb(10, k) * comb(14, 12 - k) for k in range(8, 11)) / comb(24, 12)
    assert agreement_p(truth, predicted) == pytest.approx(tail)


@pytest.mark.parametrize("n", [0, 1, 8, 30, 500])
def test_a_constant_answer_shows_nothing(n: int) -> None:
    truth = ["a", "b", "b"] * n
    assert agreement_p(truth, ["b"] * len(truth)) == 1.0
    assert agreement_p(["b"] * len(truth), truth) == 1.0


def test_right_answers_are_no_chance_and_wrong_ones_no_agreement() -> None:
    truth = list("abc") * 4
    assert agreement_p(truth, truth) < 1e-4
    assert agreement_p(truth, list("bca") * 4) == 1.0
    assert agreement_p(list("abc"), list("abc")) == pytest.approx(1 / 6)  # three cases prove nothing


def test_answers_of_other_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="1 true labels, 2 answers"):
        agreement_p(["a"], ["a", "b"])


def test_rook_numbers_of_one_rectangle() -> None:
    assert rooks([(2, 3)], 5) == [1, 6, 6]


@pytest.mark.parametrize("both", [[(100, 120), (100, 80)], [(1, 1)] * 200, [(20, 20)] * 10, [(150, 180), (3, 2), (5, 1)]])
def test_the_gamma_tail_is_close_and_not_below(both: list[tuple[int, int]]) -> None:
    step = 2 if len(both) == 2 else 1
    mean = sum(a * b for a, b in both) / EXACT
    for z in (1.5, 2, 2.5):  # standard deviations of Poisson at most: the tails of interest
        matches = int(mean + z * min(mean, EXACT - mean) ** 0.5) + 1
        exact = _exact(both, EXACT, matches)
        if 1e-3 < exact < 0.1:
            assert 0.97 * exact < _gamma(both, EXACT, matches, step) < 2 * exact


@pytest.mark.parametrize(("n", "labels"), [(12, 3), (45, 40), (300, 2), (300, 100)])
def test_its_error_is_the_stated_one(n: int, labels: int) -> None:
    rng = np.random.default_rng(5)
    shares = rng.dirichlet(np.ones(labels))
    drawn = rng.choice(labels, (2, 300, n), p=shares).astype(str)
    false = np.mean([agreement_p(list(a), list(b)) <= 0.05 for a, b in zip(*drawn)])
    assert false <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)
