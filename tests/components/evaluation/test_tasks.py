"""Tests over many past tasks: who is looked at, who collapsed, and how often a sound candidate is stopped."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.evaluation.tasks import TaskCounts, TaskVerdict, churn, collapsed, first_look, next_look, screen
from tests.examples import examples

pytestmark = pytest.mark.unit


def sound(tasks: int, n: int = 50) -> list[TaskCounts]:
    """One case lost and one gained in every second task."""
    return [TaskCounts(f"t{i}", n, i % 2, (i + 1) % 2) for i in range(tasks)]


def first(verdicts: list[TaskVerdict]) -> str:
    return verdicts[0].status


def test_everything_is_scored_while_it_fits() -> None:
    assert first_look([17, 230, 250], 500) == [17, 230, 250]


def test_beyond_the_budget_small_tasks_keep_all_and_large_ones_share() -> None:
    assert first_look([17, 1000, 3000], 500) == [17, 241, 241]
    assert first_look([45] * 1000, 2000) == [5] * 1000  # the least, though it is more than the budget
    assert first_look([3, 45], 4, least=5) == [2 + 1, 5]
    assert first_look([], 100) == []


@given(st.lists(st.integers(0, 400), max_size=60), st.integers(1, 3000), st.integers(1, 20))
@examples(60)
def test_a_first_look_is_even_and_never_starves(tasks: list[int], budget: int, least: int) -> None:
    found = first_look(tasks, budget, least)
    assert all(min(n, least) <= have <= n for have, n in zip(found, tasks))
    assert sum(found) <= max(budget, sum(min(n, least) for n in tasks), least * len(tasks))
    if sum(tasks) <= budget:
        assert found == tasks


def test_only_tasks_with_a_net_loss_are_looked_at_again() -> None:
    counts = [TaskCounts("a", 5, 0, 1), TaskCounts("b", 5, 1, 1), TaskCounts("c", 5, 0, 0), TaskCounts("d", 5, 1, 2)]
    assert screen(counts) == [0, 3]


def test_doubts_are_looked_at_again_with_twice_the_cases() -> None:
    counts = [TaskCounts("a", 5, 0, 1), TaskCounts("b", 20, 0, 1), TaskCounts("c", 20, 0, 4), TaskCounts("d", 45, 0, 9)]
    assert next_look([*counts, TaskCounts("e", 0, 0, 0)], [45, 45, 30, 45, 9], margin=0.15) == [5, 0, 10, 0, 0]


@given(st.integers(0, 200), st.floats(0, 0.9), st.integers(0, 10**6))
@examples(40)
def test_looking_again_ends_with_all_cases_or_no_doubt(size: int, share: float, seed: int) -> None:
    lost = np.random.default_rng(seed).random(size) < share
    scored, rounds = min(size, 5), 0
    while more := next_look([TaskCounts("x", scored, 0, int(lost[:scored].sum()))], [size], 0.15)[0]:
        scored, rounds = scored + more, rounds + 1
    assert rounds <= 6
    assert scored == size or lost[:scored].mean() <= 0.075


@pytest.mark.parametrize(
    ("task", "others", "status"),
    [
        (TaskCounts("x", 50, 0, 30), 200, "fail"),  # far beyond the margin
        (TaskCounts("x", 50, 1, 16), 200, "inconclusive"),  # beyond it, and no churn, but not surely
        (TaskCounts("x", 50, 2, 5), 200, "pass"),  # worse, within the margin
        (TaskCounts("x", 15, 0, 3), 200, "pass"),  # beyond it, as one of 200 tasks may be by chance
        (TaskCounts("x", 50, 0, 10), 0, "inconclusive"),  # alone: ten lost and none gained
        (TaskCounts("x", 15, 1, 4), 0, "pass"),  # alone: the sign test cannot tell
        (TaskCounts("x", 50, 0, 50), 0, "fail"),
        (TaskCounts("x", 50, 30, 0), 200, "pass"),
        (TaskCounts("x", 0, 0, 0), 200, "pass"),
    ],
)
def test_one_task_among_sound_ones(task: TaskCounts, others: int, status: str) -> None:
    verdicts = collapsed([task, *sound(others)], margin=0.15, alpha=0.05)
    assert first(verdicts) == status
    assert {verdict.status for verdict in verdicts[1:]} <= {"pass"}


def test_no_tasks_no_verdicts() -> None:
    assert collapsed([], 0.15, 0.05) == []


def test_where_tasks_churn_much_the_same_loss_is_no_news() -> None:
    task = TaskCounts("x", 50, 4, 14)
    calm = [TaskCounts(f"t{i}", 50, 1, 1) for i in range(50)]
    restless = [TaskCounts(f"t{i}", 50, 2 + 9 * (i % 3 == 0), 11 - 9 * (i % 3 == 0)) for i in range(50)]
    assert first(collapsed([task, *calm], 0.15, 0.05)) == "inconclusive"
    assert first(collapsed([task, *restless], 0.15, 0.05)) == "pass"


def test_small_first_looks_are_no_thick_tail() -> None:
    """1,000 tasks of which fifty gained one of five cases: that is churn of .01, and fourteen lost are a collapse."""
    others = [TaskCounts(f"t{i}", 5, int(i < 50), 0) for i in range(960)]
    again = [TaskCounts(f"u{i}", 50, 1, 1) for i in range(40)]
    assert first(collapsed([TaskCounts("x", 50, 0, 14), *others, *again], 0.15, 0.05)) == "inconclusive"


def test_a_collapse_does_not_hide_another() -> None:
    gone = [TaskCounts(f"x{i}", 50, 0, 30) for i in range(4)]
    assert [verdict.status for verdict in collapsed([*gone, *sound(40)], 0.15, 0.05)[:4]] == ["fail"] * 4


def test_churn_is_never_taken_to_be_zero() -> None:
    usual = churn([TaskCounts(f"t{i}", 200, 0, 0) for i in range(500)])
    assert (usual.a / (usual.a + usual.b)).min() > 0


@given(st.integers(1, 30), st.integers(0, 60), st.integers(1, 60), st.integers(0, 20))
@examples(40)
def test_more_lost_is_never_better(others: int, lost: int, n: int, gained: int) -> None:
    lost, gained = min(lost, n - 1), min(gained, max(0, n - lost - 1))
    less = collapsed([TaskCounts("x", n, gained, lost), *sound(others)], 0.15, 0.05)[0]
    more = collapsed([TaskCounts("x", n, gained, lost + 1), *sound(others)], 0.15, 0.05)[0]
    assert more.p_beyond <= less.p_beyond + 1e-9
    assert others < 8 or more.p_real <= less.p_real * 1.5 + 1e-9


@pytest.mark.parametrize(("tasks", "n"), [(20, 50), (200, 15)])
def test_sound_candidates_pass_and_a_collapse_does_not(tasks: int, n: int) -> None:
    """Churn of .03 each way; the whole picture is in benchmarks/results/gates.md."""
    rng = np.random.default_rng(8)
    stopped = caught = 0
    for _ in range(30):
        lost = rng.binomial(n, 0.03, tasks)
        gained = rng.binomial(n - lost, 0.03)
        counts = [TaskCounts(str(i), n, int(g), int(s)) for i, (g, s) in enumerate(zip(gained, lost))]
        stopped += any(verdict.status != "pass" for verdict in collapsed(counts, 0.15, 0.05))
        fallen = int(rng.binomial(n, 0.83))
        caught += first(collapsed([TaskCounts("x", n, 0, fallen), *counts[1:]], 0.15, 0.05)) != "pass"
    assert stopped <= 4
    assert caught >= 29
