"""Intervals and tests against published values, against each other, and against simulation."""

from __future__ import annotations

from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.evaluation.statistics import (
    Paired,
    holm_levels,
    needed,
    needed_share,
    paired,
    paired_interval,
    paired_score,
    wilson,
    worse_p,
)
from tests.examples import examples

pytestmark = pytest.mark.unit


@st.composite
def counts(draw: st.DrawFn) -> Paired:
    n = draw(st.integers(1, 400))
    gained = draw(st.integers(0, n))
    return Paired(n, gained, draw(st.integers(0, n - gained)))


def test_pairs_are_counted_by_who_was_right() -> None:
    found = paired([True, True, False, False, True], [True, False, True, False, True])
    assert found == Paired(5, gained=1, lost=1)
    assert found.difference == 0.0


def test_outcomes_of_different_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="2 candidate outcomes, 3 champion"):
        paired([True, False], [True, False, True])


@pytest.mark.parametrize(
    "counts", [Paired(44, 12, 1), Paired(231, 0, 8), Paired(17, 1, 2), Paired(800, 12, 12), Paired(50, 0, 50)]
)
def test_the_paired_bounds_are_roots_of_the_closed_form(counts: Paired) -> None:
    """Yang, Sun & Hardin (Statistics in Medicine 2013) wrote Tango's bounds as the roots of a polynomial of degree four."""
    g, n, d, both = NormalDist().inv_cdf(0.975) ** 2, counts.n, counts.gained - counts.lost, counts.gained + counts.lost
    polynomial = [
        n**2 * (n / g + 1) ** 2,
        -n * d * (n / g + 1) * (4 * n / g + 1),
        2 * n * d**2 * (3 * n / g + 2) / g - n**2 * (both / g + 1),
        n * d * (2 * both / g + 1) - d**3 * (4 * n / g + 1) / g,
        d**2 * (d**2 / g - both) / g,
    ]
    roots = np.roots(polynomial)
    found = paired_interval(counts, 0.05)
    for bound in (found.low, found.high):
        assert np.abs(roots - bound).min() < 1e-5


def test_without_discordance_the_bounds_are_not_zero() -> None:
    z2 = NormalDist().inv_cdf(0.975) ** 2
    found = paired_interval(Paired(44, 0, 0), 0.05)
    assert (found.low, found.high) == (pytest.approx(-z2 / (44 + z2)), pytest.approx(z2 / (44 + z2)))


def test_wilson_has_the_published_bounds() -> None:
    found = wilson(15, 148, 0.05)  # Newcombe 1998, table I
    assert (found.low, found.high) == (pytest.approx(0.0624, abs=1e-4), pytest.approx(0.1605, abs=1e-4))


def test_no_cases_means_that_nothing_is_known() -> None:
    assert (paired_interval(Paired(0, 0, 0)).low, paired_interval(Paired(0, 0, 0)).high) == (-1.0, 1.0)
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)
    assert worse_p(Paired(0, 0, 0), 0.02) == 0.5


@given(counts(), st.floats(0.001, 0.2), st.floats(0.005, 0.5))
@examples(60)
def test_interval_and_test_say_the_same(counts: Paired, margin: float, level: float) -> None:
    found = paired_interval(counts, 2 * level)
    assert -1 <= found.low <= found.estimate <= found.high <= 1
    if abs(found.high + margin) > 1e-6:
        assert (found.high < -margin) == (worse_p(counts, margin) < level)
    if abs(found.low + margin) > 1e-6:
        assert (found.low > -margin) == (1 - worse_p(counts, margin) < level)


@given(counts())
@examples(30)
def test_the_score_falls_and_mirrors(counts: Paired) -> None:
    scores = [paired_score(counts, delta) for delta in np.linspace(-0.99, 0.99, 21)]
    assert all(a >= b for a, b in pairwise(scores))
    mirrored = paired_interval(Paired(counts.n, counts.lost, counts.gained))
    assert paired_interval(counts).low == pytest.approx(-mirrored.high, abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.01, 0.2))
def test_holm_levels_reject_what_the_step_down_procedure_rejects(p_values: list[float], alpha: float) -> None:
    levels = holm_levels(p_values, alpha)
    ordered = sorted(p_values)
    rejected = 0  # the textbook: reject while p_(k) <= alpha / (m - k), stop at the first that is not
    while rejected < len(ordered) and ordered[rejected] <= alpha / (len(ordered) - rejected):
        rejected += 1
    assert sum(p <= level for p, level in zip(p_values, levels)) == rejected


def test_holm_holds_the_family_wise_error() -> None:
    rng = np.random.default_rng(7)
    p_values = rng.random((4000, 6))
    wrong = [any(p <= level for p, level in zip(row, holm_levels(list(row), 0.05))) for row in p_values]
    assert np.mean(wrong) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)


@pytest.mark.parametrize("n", [17, 60, 231])
@pytest.mark.parametrize(("gain", "loss"), [(0.0, 0.03), (0.015, 0.015), (0.01, 0.08), (0.2, 0.1), (0.0, 0.5)])
def test_the_paired_interval_covers(n: int, gain: float, loss: float) -> None:
    rng = np.random.default_rng(11)
    drawn = rng.multinomial(n, [gain, loss, 1 - gain - loss], size=2000)
    covered = np.mean([low <= gain - loss <= high for low, high in map(_bounds, map(tuple, drawn))])
    assert covered >= 0.93  # 95 % nominal; the distribution is discrete and the Monte Carlo error .004


def _bounds(drawn: tuple[int, int, int]) -> tuple[float, float]:
    found = paired_interval(Paired(int(sum(drawn)), int(drawn[0]), int(drawn[1])), 0.05)
    return found.low, found.high


@given(counts(), st.floats(0.01, 0.2), st.floats(0.01, 0.2))
@examples(60)
def test_no_more_cases_are_needed_exactly_when_these_decide(counts: Paired, margin: float, alpha: float) -> None:
    found = paired_interval(counts, 2 * alpha)
    decided = found.low > -margin or found.high < -margin
    assert (needed(counts, margin, alpha) <= counts.n) == decided
    assert needed(counts, margin / 2, alpha, 0.9) > 0


@pytest.mark.parametrize(
    ("counts", "margin", "least", "most"),
    [
        (Paired(0, 0, 0), 0.05, 100, 250),  # nothing seen: one answer in twenty is assumed to change
        (Paired(45, 0, 0), 0.05, 60, 120),
        (Paired(45, 0, 0), 0.02, 200, 500),
        (Paired(45, 4, 4), 0.05, 300, 700),
        (Paired(1000, 10, 10), 0.05, 60, 200),  # decided long ago
        (Paired(1000, 0, 50), 0.05, 1001, 5000),  # on the margin: many, not infinitely many
    ],
)
def test_how_many_cases_are_needed(counts: Paired, margin: float, least: int, most: int) -> None:
    assert least <= needed(counts, margin, 0.05) <= most


@pytest.mark.parametrize("change", [0.01, 0.03, 0.1])
def test_the_needed_cases_decide_with_the_stated_power(change: float) -> None:
    n = needed(Paired(2000, int(2000 * change), int(2000 * change)), 0.03, 0.05)
    n = max(n, _sound_cases(change))
    rng = np.random.default_rng(13)
    drawn = rng.multinomial(n, [change, change, 1 - 2 * change], size=300)
    decided = np.mean([paired_interval(Paired(n, int(g), int(b)), 0.1).low > -0.03 for g, b, _ in drawn])
    assert 0.7 <= decided <= 0.92


def _sound_cases(change: float) -> int:
    """The same plan from a sample too small to decide itself."""
    return needed(Paired(200, int(200 * change), int(200 * change)), 0.03, 0.05)


@pytest.mark.parametrize(("share", "least"), [(0.9, 0.7), (0.55, 0.4), (0.3, 0.5), (0.99, 0.9)])
def test_the_needed_cases_of_a_share_decide(share: float, least: float) -> None:
    n = needed_share(share, least, 0.05)
    found = [wilson(int(k), n, 0.1) for k in np.random.default_rng(1).binomial(n, share, 400)]
    assert 0.65 <= np.mean([one.low > least if share > least else one.high < least for one in found]) <= 0.95


def test_a_share_at_its_bound_needs_many_cases_not_infinitely_many() -> None:
    assert 3000 < needed_share(0.5, 0.5, 0.05) < 5000
    assert needed_share(1.0, 0.0, 0.05) == 1
