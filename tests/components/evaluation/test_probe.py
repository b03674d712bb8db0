"""The sample of past cases: within the budget, a floor for every task, the same in every cycle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.evaluation.probe import quotas, sample

pytestmark = pytest.mark.unit


def test_everything_is_scored_while_it_fits() -> None:
    assert quotas([17, 230, 250], 500) == [17, 230, 250]


def test_beyond_the_budget_every_task_keeps_a_floor() -> None:
    assert quotas([17, 1000, 3000], 500, floor=30) == [17, 30 + 104, 30 + 319]


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60), st.integers(50, 3000))
def test_quotas_never_pass_the_budget_nor_starve_a_task(counts: list[int], budget: int) -> None:
    found = quotas(counts, budget)
    assert sum(found) <= budget
    assert all(0 <= have <= count for have, count in zip(found, counts))
    floor = min(30, budget // len(counts))
    assert all(have >= min(count, floor) for have, count in zip(found, counts))
    if sum(counts) > budget and len(counts) * 30 <= budget:
        assert sum(found) >= budget - len(counts)  # the budget is used


def test_the_cost_stays_flat_as_tasks_grow() -> None:
    assert [sum(quotas([200] * tasks, 2000)) for tasks in (5, 10, 40, 400, 4000)] == [1000, 2000, 2000, 2000, 2000]


def test_the_sample_repeats_and_grows_by_addition() -> None:
    digests = [f"{n:032x}" for n in range(300)]
    small, large = sample(digests, 50, seed=1), sample(digests, 120, seed=1)
    assert small == sample(digests, 50, seed=1)
    assert set(small) < set(large)  # more budget keeps what was scored before
    assert small != sample(digests, 50, seed=2)
    assert sample(digests, 400, seed=1) == list(range(300))
