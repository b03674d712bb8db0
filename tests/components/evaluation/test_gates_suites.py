"""Truth tables of the gates of suites and costs."""

from __future__ import annotations

import pytest

from components.contracts import GateStatus
from components.evaluation.gates_suites import Guard, bound, guard, pass_rate, same_suites, suite_gates
from components.evaluation.statistics import Paired

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("asked", "skipped", "status", "said"),
    [
        ({"a.x": "1" * 64, "b.y": "2" * 64}, {}, "pass", "was asked as well."),
        ({"a.x": "1" * 64, "b.y": "2" * 64, "c.z": "3" * 64}, {}, "pass", "was asked as well."),  # a new suite is no matter
        ({"a.x": "9" * 64, "b.y": "2" * 64}, {}, "pass", "edited since: a.x (from 111111111111 to 999999999999)."),
        ({"b.y": "2" * 64}, {}, "fail", "a.x (gates.suites no longer names it)"),
        ({"b.y": "9" * 64}, {}, "fail", "a.x (gates.suites no longer names it)"),
        ({"b.y": "2" * 64}, {"a.x": "skipped: the model knows 2 labels"}, "fail", "a.x (skipped: the model knows 2 labels)"),
        ({}, {}, "fail", "b.y"),
    ],
)
def test_no_suite_of_the_champion_is_left_out(
    asked: dict[str, str], skipped: dict[str, str], status: GateStatus, said: str
) -> None:
    gate = same_suites({"a.x": "1" * 64, "b.y": "2" * 64}, asked, skipped)
    assert (gate.name, gate.status) == ("suites", status)
    assert said in gate.reason


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        (Paired(17, 0, 0), "pass"),  # a dozen cases cannot show the absence of a collapse: that is no reason to hold
        (Paired(17, 0, 2), "pass"),
        (Paired(17, 0, 4), "inconclusive"),
        (Paired(17, 0, 12), "fail"),
        (Paired(0, 0, 0), "pass"),
        (Paired(400, 5, 40), "pass"),
        (Paired(400, 5, 100), "fail"),
    ],
)
def test_the_guard_against_the_champion(counts: Paired, status: GateStatus) -> None:
    assert guard(Guard("behaviour.a", "behaviour.a: the cases passed", counts, 0.15), level=0.01).status == status


@pytest.mark.parametrize(
    ("passed", "n", "hard", "status"),
    [
        (18, 20, False, "pass"),
        (15, 20, False, "inconclusive"),
        (8, 20, False, "fail"),
        (19, 20, True, "pass"),
        (15, 20, True, "fail"),
    ],
)
def test_pass_rates(passed: int, n: int, hard: bool, status: GateStatus) -> None:
    gate = pass_rate("safety.x", passed, n, least=0.8, hard=hard, alpha=0.05)
    assert (gate.status, gate.hard) == (status, hard and status == "fail")


def test_a_pass_rate_set_for_other_labels_is_no_bar() -> None:
    rows = [{"kind": "safety", "suite": "scope", "candidate_correct": False}] * 20
    asks = {"kind": "safety", "suite": "scope", "hard": False}
    own = suite_gates(rows, {"suites": {"safety.scope": {**asks, "pass_rate": 0.6}}}, 0.05)
    other = {**asks, "pass_rate": None, "foreign": ["news", "spam"], "foreign_labels": 7}
    (gate,) = suite_gates(rows, {"suites": {"safety.scope": other}}, 0.05)
    assert [own[0].status, gate.status] == ["fail", "pass"]
    assert "without the labels news, spam …" in gate.reason
    assert gate.n == 20


def test_cost_bounds() -> None:
    assert bound("cost.serving", 99.0, 100.0, "latency p99 ms").status == "pass"
    assert bound("cost.serving", 101.0, 100.0, "latency p99 ms").status == "fail"
