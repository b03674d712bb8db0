import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.rollout.intervals import newcombe
from components.rollout.latency import Latency
from components.rollout.replay_test import Answer, at_fault, judge_replay
from components.rollout.split import Arm
from tests.examples import examples

pytestmark = pytest.mark.unit
ALIKE = Latency(1.0, 0.9, 1.1, 48, 10.0, 10.0)


def answers(arm: Arm, right: int, n: int, *, ms: float = 10.0) -> list[Answer]:
    return [Answer(arm, "ok", i < right, ms) for i in range(n)]


@pytest.mark.parametrize(
    ("mine", "theirs", "status"),
    [
        ((8, 8), (8, 9), "promoted"),
        ((6, 8), (8, 9), "promoted"),  # two wrong of eight: no evidence on so few
        ((0, 8), (8, 9), "rolled_back"),
        ((100, 120), (100, 120), "promoted"),
        ((84, 120), (102, 120), "rolled_back"),
        ((194, 200), (200, 200), "promoted"),  # surely worse, by less than the margin
        ((95, 120), (102, 120), "promoted"),  # by more than the margin, perhaps by chance
    ],
)
def test_accuracy(mine: tuple[int, int], theirs: tuple[int, int], status: str) -> None:
    result = judge_replay([*answers("candidate", *mine), *answers("champion", *theirs)], ALIKE, margin=0.05)
    assert result.status == status
    assert result.low is not None
    assert result.high is not None
    assert result.estimate == pytest.approx(mine[0] / mine[1] - theirs[0] / theirs[1])
    assert result.low <= result.estimate <= result.high
    assert (result.n_candidate, result.n_champion) == (mine[1], theirs[1])
    assert f"on {mine[1]} requests" in result.reason
    assert f"{result.low:+.1%}" in result.reason


def test_a_small_replay_says_what_it_cannot_see() -> None:
    result = judge_replay([*answers("candidate", 8, 8), *answers("champion", 9, 9)], ALIKE, margin=0.05)
    assert result.status == "promoted"
    assert "cannot be ruled out" in result.reason


@pytest.mark.parametrize(
    ("low", "candidate_ms", "status"),
    [
        (3.1, 251.0, "rolled_back"),
        (2.9, 2000.0, "promoted"),  # its median ratio may be 4, and the lower bound is what counts
        (3.1, 249.0, "promoted"),  # four times slower than what nobody notices
        (0.4, 5000.0, "promoted"),  # a busy machine
    ],
)
def test_too_slow_is_what_is_surely_slower_and_slow(low: float, candidate_ms: float, status: str) -> None:
    latency = Latency(4.0, low, 6.0, 48, candidate_ms, 60.0)
    result = judge_replay([*answers("candidate", 45, 50), *answers("champion", 45, 50)], latency, margin=0.05)
    assert result.status == status
    if status == "rolled_back":
        assert result.reason == (
            "Too slow: in 48 pairs of requests it took 4.0 times as long as the champion [3.1, 6.0], median 251 ms against 60 ms"
        )
        assert (result.estimate, result.n_candidate, result.n_champion) == (None, 50, 50)


def test_what_one_arm_waited_in_the_replay_is_no_verdict() -> None:
    mine, theirs = answers("candidate", 45, 50, ms=552.0), answers("champion", 45, 50, ms=99.0)
    assert judge_replay([*mine, *theirs], ALIKE, margin=0.05).status == "promoted"


def test_a_failure_within_the_tolerance_is_a_wrong_answer() -> None:
    mine = [*answers("candidate", 99, 99), Answer("candidate", "error", correct=True)]
    result = judge_replay([*mine, *answers("champion", 100, 100)], ALIKE, margin=0.05)
    assert result.estimate == pytest.approx(-0.01)


def test_the_first_checkpoint_is_compared_with_nobody() -> None:
    result = judge_replay(answers("candidate", 2, 50), None, margin=0.05)
    assert (result.status, result.estimate) == ("promoted", None)


def test_a_fault_of_the_champion_is_a_question_for_a_person() -> None:
    both = [*answers("candidate", 3, 3), *answers("champion", 2, 2)]
    result = at_fault(both, "candidate", "the candidate failed")
    assert (result.status, result.reason) == ("rolled_back", "The candidate failed, on two gateways")
    result = at_fault(both, "champion", "the champion failed")
    assert result.status == "held"
    assert "a person decides" in result.reason
    assert (result.n_candidate, result.n_champion) == (3, 2)


@given(
    mine=st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    theirs=st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    margin=st.floats(0.01, 0.3),
)
@examples(80)
def test_fewer_right_answers_never_save_a_candidate(mine: tuple[int, int], theirs: tuple[int, int], margin: float) -> None:
    right, n = mine
    now = judge_replay([*answers("candidate", right, n), *answers("champion", *theirs)], ALIKE, margin=margin)
    if now.status == "rolled_back":
        assert right / n < theirs[0] / theirs[1] - margin
        if right:
            worse = judge_replay([*answers("candidate", right - 1, n), *answers("champion", *theirs)], ALIKE, margin=margin)
            assert worse.status == "rolled_back"


@pytest.mark.parametrize("n", [(8, 9), (5, 12), (40, 60), (100, 100)])
def test_the_error_is_what_the_docstring_says(n: tuple[int, int]) -> None:
    """Exactly, by enumeration: an equal candidate is rolled back with probability below alpha, a broken one is seen."""

    def chance(k: np.ndarray, size: int, share: float) -> np.ndarray:
        return np.array([math.comb(size, i) for i in k], float) * share**k * (1 - share) ** (size - k)

    k, j = np.arange(n[0] + 1), np.arange(n[1] + 1)
    intervals = [[newcombe((int(a), int(b)), n) for b in j] for a in k]
    rolled_back = np.array([[f.estimate < -0.05 and f.high < 0 for f in row] for row in intervals])
    for share in np.linspace(0.02, 0.98, 25):
        assert chance(k, n[0], share) @ rolled_back @ chance(j, n[1], share) < 0.05
    assert chance(k, n[0], 0.05) @ rolled_back @ chance(j, n[1], 0.85) > 0.9
