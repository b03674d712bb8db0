import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.rollout.split import Arm, arm_of, id_in
from tests.examples import examples

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_the_share_is_met(share: float) -> None:
    n = 20_000
    got = sum(arm_of(f"subject-{i}", share, "salt") == "candidate" for i in range(n))
    assert abs(got - share * n) < 4 * (n * share * (1 - share)) ** 0.5


@given(key=st.text(), salt=st.text(), low=st.floats(0, 1), high=st.floats(0, 1))
@examples(100)
def test_a_key_sticks_and_a_larger_share_moves_nobody_back(key: str, salt: str, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert arm_of(key, low, salt) == arm_of(key, low, salt)
    if arm_of(key, low, salt) == "candidate":
        assert arm_of(key, high, salt) == "candidate"


def test_the_ends() -> None:
    keys = [str(i) for i in range(500)]
    assert {arm_of(key, 0.0, "s") for key in keys} == {"champion"}
    assert {arm_of(key, 1.0, "s") for key in keys} == {"candidate"}


def test_another_rollout_splits_anew() -> None:
    keys = [str(i) for i in range(10_000)]
    same = sum(arm_of(key, 0.5, "first") == arm_of(key, 0.5, "second") for key in keys)
    assert abs(same - 5000) < 200  # 4 standard errors: the two splits are independent


def test_a_known_value_stays() -> None:
    """The split is part of the record: it may not change between releases."""
    assert [key for key in "abcdef" if arm_of(key, 0.5, "salt") == "candidate"] == ["b", "e"]


@pytest.mark.parametrize("arm", ["champion", "candidate"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_an_id_for_each_arm(arm: Arm, share: float) -> None:
    for key in ("a", "b", "ü", "c" * 64):
        name = id_in(arm, key, share, "salt")
        assert arm_of(name, share, "salt") == arm
        assert name == key or name.startswith(f"{key}.")
        assert name == id_in(arm, key, share, "salt")
        assert (name == key) == (arm_of(key, share, "salt") == arm)
