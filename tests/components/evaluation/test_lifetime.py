"""The two anchors: what a step and a lifetime may lose, what looking again costs, and lives of many cycles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.evaluation.bounded import Differences
from components.evaluation.lifetime import Fall, against, repeated
from components.evaluation.statistics import Paired
from tests.examples import examples

pytestmark = pytest.mark.unit


def pairs(n: int, gained: int, lost: int) -> Differences:
    return Differences(np.repeat([1.0, -1.0, 0.0], [gained, lost, n - gained - lost]), Paired(n, gained, lost))


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ((45, 0, 0), "pass"),
        ((15, 0, 0), "pass"),  # fifteen cases cannot show that nothing was lost, and need not
        ((45, 1, 3), "pass"),  # beyond the margin, as chance may be
        ((45, 0, 5), "fail"),  # beyond it, and a real fall
        ((2000, 10, 60), "pass"),  # real, within the margin
        ((2000, 10, 90), "fail"),  # beyond it and real
        ((2000, 0, 400), "fail"),  # surely beyond it
        ((0, 0, 0), "pass"),  # nothing to fall; that a gate had no cases is for its caller to say
    ],
)
def test_one_step(counts: tuple[int, int, int], status: str) -> None:
    assert against(pairs(*counts), 0.03, 0.05).status == status


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ((80, 0, 4), "pass"),  # .05 of 80 cases may be .02: within the budget, the anchors watch
        ((80, 0, 5), "fail"),
        ((2000, 10, 90), "fail"),  # surely beyond the margin
        ((2000, 10, 75), "pass"),  # beyond it by the estimate, and not surely
    ],
)
def test_one_step_that_the_anchors_watch(counts: tuple[int, int, int], status: str) -> None:
    assert against(pairs(*counts), 0.03, 0.05, room=0.05).status == status


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ((2000, 50, 151), "fail"),  # more than the whole budget
        ((2000, 50, 150), "pass"),
        ((45, 2, 3), "pass"),
        ((45, 1, 9), "fail"),
    ],
)
def test_a_lifetime(counts: tuple[int, int, int], status: str) -> None:
    assert against(pairs(*counts), 0.05, 0.05).status == status


def test_the_budget_is_reported() -> None:
    found = against(pairs(2000, 50, 100), 0.05, 0.05)
    assert found.spent.estimate == pytest.approx(0.5)
    assert 0.3 < found.spent.low < 0.5 < found.spent.high < 0.75
    assert against(pairs(100, 9, 1), 0.05, 0.05).spent.estimate == 0.0


def test_what_is_undecided_says_how_many_cases_it_needs() -> None:
    few, many = against(pairs(30, 1, 1), 0.03, 0.05), against(pairs(3000, 30, 30), 0.03, 0.05)
    assert few.needed > 30
    assert many.needed <= 3000
    soft = against(Differences(np.linspace(-0.2, 0.2, 20)), 0.03, 0.05)
    assert 20 < soft.needed < 2000
    assert against(Differences(np.full(2000, 0.001)), 0.03, 0.05).needed == 2000


@given(st.integers(1, 300), st.integers(0, 40), st.integers(0, 40), st.integers(1, 9))
@examples(60)
def test_looking_again_never_helps(n: int, gained: int, lost: int, looks: int) -> None:
    gained, lost = min(gained, n), min(lost, n - min(gained, n))
    once, again = against(pairs(n, gained, lost), 0.04, 0.05), against(pairs(n, gained, lost), 0.04, 0.05, looks)
    assert (once.status, again.status) != ("fail", "pass")
    assert again.interval == once.interval  # what was measured stays what was measured
    assert (again.lowered > 0) == (looks > 1)


def test_the_best_of_many_looks_is_below_its_bound() -> None:
    drawn = np.random.default_rng(0).normal(size=(4000, 20))
    for k in (2, 5, 20):
        assert drawn[:, :k].max(axis=1).mean() < repeated(k)
    assert repeated(1) == repeated(0) == 0.0


def retried(correct: bool, fall: float, seed: int, tries: int = 5, n: int = 45) -> bool:
    """Whether one of five candidates of this true fall passes on the same cases."""
    rng = np.random.default_rng(seed)
    for look in range(1, tries + 1):
        gained, lost, _ = rng.multinomial(n, [0.03, 0.03 + fall, 0.94 - fall])
        if against(pairs(n, int(gained), int(lost)), 0.03, 0.05, look if correct else 1).status == "pass":
            return True
    return False


def test_a_bad_candidate_does_not_pass_by_being_tried_again() -> None:
    plain, corrected, sound = (
        np.mean([retried(correct, fall, seed) for seed in range(150)])
        for correct, fall in ((False, 0.1), (True, 0.1), (True, 0.0))
    )
    assert plain > 0.8
    assert corrected < 0.72
    assert sound > 0.97


@pytest.mark.parametrize(("slide", "least", "most"), [(0.0, 0.97, 1.0), (0.01, 0.4, 0.9), (0.03, 0.1, 0.3)])
def test_a_line_that_slides_stops_at_its_budget(slide: float, least: float, most: float) -> None:
    promoted, lost = np.mean([line(slide, seed) for seed in range(6)], axis=0)
    assert least <= promoted <= most
    assert lost <= 0.05


def line(slide: float, seed: int) -> tuple[float, float]:
    """Share promoted of fifty candidates that each lose `slide`, with 45 cases per task, and what was lost at the end."""
    rng = np.random.default_rng(seed)
    promoted, champion = 0, rng.random(45) < 0.92
    anchor = champion.copy()
    for _ in range(50):
        keeps = rng.random(len(champion)) >= 0.01 + slide
        candidate = np.where(champion, keeps, rng.random(len(champion)) < 0.115)
        if passes(candidate, champion, anchor):
            promoted += 1
            new = rng.random(45) < 0.92
            champion, anchor = np.r_[candidate, new], np.r_[anchor, new]
    return promoted / 50, float(anchor.mean() - champion.mean())


def passes(candidate: np.ndarray, champion: np.ndarray, anchor: np.ndarray) -> bool:
    verdicts: list[Fall] = [
        gate(pairs(len(candidate), int((candidate & ~other).sum()), int((~candidate & other).sum())), allowed, 0.05)
        for gate, other, allowed in ((against, champion, 0.03), (against, anchor, 0.05))
    ]
    return all(verdict.status == "pass" for verdict in verdicts)
