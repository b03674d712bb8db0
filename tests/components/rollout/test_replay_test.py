import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.rollout.intervals import newcombe
from components.rollout.replay_test import Answer, Guards, judge_replay
from components.rollout.split import Arm
from tests.examples import examples

pytestmark = pytest.mark.unit


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
    result = judge_replay([*answers("candidate", *mine), *answers("champion", *theirs)], margin=0.05)
    assert result.status == status
    assert result.low is not None
    assert result.high is not None
    assert result.estimate == pytest.approx(mine[0] / mine[1] - theirs[0] / theirs[1])
    assert result.low <= result.estimate <= result.high
    assert (result.n_candidate, result.n_champion) == (mine[1], theirs[1])
    assert f"on {mine[1]} requests" in result.reason
    assert f"{result.low:+.1%}" in result.reason


def test_a_small_replay_says_what_it_cannot_see() -> None:
    result = judge_replay([*answers("candidate", 8, 8), *answers("champion", 9, 9)], margin=0.05)
    assert result.status == "promoted"
    assert "cannot be ruled out" in result.reason


GOOD = answers("candidate", 45, 50)
FAILED = [Answer("candidate", "error")]
GUARDED = {
    "candidate fails": ([*GOOD, *FAILED], answers("champion", 45, 50), "rolled_back"),
    "candidate times out": ([*GOOD, Answer("candidate", "timeout")], answers("champion", 45, 50), "rolled_back"),
    "both fail": ([*GOOD, *FAILED], [*answers("champion", 45, 50), Answer("champion", "error")], "held"),
    "only the champion fails": (GOOD, [*answers("champion", 45, 50), Answer("champion", "timeout")], "held"),
    "wrong version": ([*GOOD, Answer("candidate", "wrong_version")], answers("champion", 45, 50), "rolled_back"),
    "wrong version of the champion": (GOOD, [*answers("champion", 45, 50), Answer("champion", "wrong_version")], "rolled_back"),
    "slow": (answers("candidate", 45, 50, ms=1000), answers("champion", 45, 50, ms=100), "rolled_back"),
    "slower, below the floor": (answers("candidate", 45, 50, ms=200), answers("champion", 45, 50, ms=10), "promoted"),
    "as slow": (answers("candidate", 45, 50, ms=900), answers("champion", 45, 50, ms=800), "promoted"),
    "one hiccup of few": ([*GOOD, Answer("candidate", "ok", True, 5000)], answers("champion", 45, 50), "promoted"),
    "nobody asked the candidate": ([], answers("champion", 45, 50), "held"),
    "nobody asked the champion": (GOOD, [], "held"),
    "nobody asked": ([], [], "held"),
}


@pytest.mark.parametrize("name", GUARDED)
def test_guards(name: str) -> None:
    mine, theirs, status = GUARDED[name]
    assert judge_replay([*mine, *theirs], margin=0.05).status == status


def test_a_failure_within_the_tolerance_is_a_wrong_answer() -> None:
    mine = [*answers("candidate", 99, 99), Answer("candidate", "error", correct=True)]
    result = judge_replay([*mine, *answers("champion", 100, 100)], margin=0.05)
    assert result.estimate == pytest.approx(-0.01)
    assert judge_replay([*mine, *answers("champion", 9, 9)], margin=0.05, guards=Guards(failures=0.0)).status == "rolled_back"


def test_the_tail_counts_on_large_replays() -> None:
    mine = [*answers("candidate", 97, 97), *answers("candidate", 3, 3, ms=4000)]
    assert judge_replay([*mine, *answers("champion", 100, 100)], margin=0.05).status == "rolled_back"


def test_the_first_checkpoint_meets_the_guards_only() -> None:
    result = judge_replay(answers("candidate", 2, 50), margin=0.05, champion=False)
    assert (result.status, result.estimate) == ("promoted", None)
    assert judge_replay([*answers("candidate", 50, 50), *FAILED], margin=0.05, champion=False).status == "rolled_back"


@given(
    mine=st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    theirs=st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    margin=st.floats(0.01, 0.3),
)
@examples(80)
def test_fewer_right_answers_never_save_a_candidate(mine: tuple[int, int], theirs: tuple[int, int], margin: float) -> None:
    right, n = mine
    now = judge_replay([*answers("candidate", right, n), *answers("champion", *theirs)], margin=margin)
    if now.status == "rolled_back":
        assert right / n < theirs[0] / theirs[1] - margin
        if right:
            worse = judge_replay([*answers("candidate", right - 1, n), *answers("champion", *theirs)], margin=margin)
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
