"""Which held-out cases a replay asks: drawn by the seed, as many as there are."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.contracts import Experience
from components.errors import IntegrityError, UsageError
from components.gateway.cases import Case, Split, draw
from components.gateway.schema import MAX_CHARS
from components.rollout.split import arm_of
from components.storage import building, publish

pytestmark = pytest.mark.unit


def test_draw_is_bounded_and_repeatable(make_experience: Callable[[int], Experience]) -> None:
    experience = make_experience(50)
    cases = draw(experience, 20, np.random.default_rng(1))
    assert len({case.id for case in cases}) == 20
    assert cases == draw(experience, 20, np.random.default_rng(1))
    assert cases != draw(experience, 20, np.random.default_rng(2))
    assert len(draw(experience, 500, np.random.default_rng(1))) == 50
    with pytest.raises(UsageError, match="no case with a known answer"):
        draw(make_experience(0), 20, np.random.default_rng(1))


def test_a_file_of_an_experience_that_was_changed_is_not_read(make_experience: Callable[[int], Experience]) -> None:
    experience = make_experience(50)
    rows = experience.table("heldout")
    parquet.write_table(rows.slice(1), experience.path / "heldout.parquet")
    with pytest.raises(IntegrityError, match=r"heldout\.parquet does not match its digest"):
        experience.table("heldout")


def test_a_model_that_writes_is_asked_for_the_completion(tmp_path: Path) -> None:
    rows = {
        "digest": ["1", "2", "3"],
        "text": ["a", "b", "c"],
        "label": ["x", "y", None],
        "completion": [None, "long y", "long z"],
    }
    with building(tmp_path) as scratch:
        parquet.write_table(pa.table(rows), scratch / "heldout.parquet")
        experience = Experience(tmp_path / publish(scratch, tmp_path, {"kind": "experience"}))
    answers = {
        writes: {c.id: c.truth for c in draw(experience, 9, np.random.default_rng(1), writes=writes)} for writes in (False, True)
    }
    assert answers == {False: {"1": "x", "2": "y", "3": "long z"}, True: {"1": "x", "2": "long y", "3": "long z"}}


def test_a_text_that_no_gateway_accepts_is_not_asked(tmp_path: Path) -> None:
    rows = {"digest": list("1234"), "text": ["", "a", "a" * MAX_CHARS, "a" * (MAX_CHARS + 1)], "label": ["x"] * 4}
    with building(tmp_path) as scratch:
        parquet.write_table(pa.table({**rows, "completion": [None] * 4}), scratch / "heldout.parquet")
        experience = Experience(tmp_path / publish(scratch, tmp_path, {"kind": "experience"}))
    assert {case.id for case in draw(experience, 9, np.random.default_rng(1))} == {"2", "3"}


def test_each_case_goes_to_the_arm_of_its_digest() -> None:
    split = Split({"champion": "1", "candidate": "2"}, 0.5, "salt")
    asked = split.spread([Case(key, key, "x") for key in "abcdef"])
    assert [(each.id, each.arm) for each in asked] == [(key, arm_of(key, 0.5, "salt")) for key in "abcdef"]
    alone = Split({"candidate": "2"}, 0.5, "salt").spread([Case(key, key, "x") for key in "abcdef"])
    assert [(each.id, each.arm) for each in alone] == [(key, "candidate") for key in "abcdef"]


@pytest.mark.parametrize(("keys", "share"), [("acdf", 0.5), ("be", 0.5), ("a", 0.5), ("abcdef", 0.001), ("abcdef", 0.999)])
def test_where_the_split_leaves_an_arm_with_none_both_are_asked_everything(keys: str, share: float) -> None:
    split = Split({"champion": "1", "candidate": "2"}, share, "salt")
    asked = split.spread([Case(key, key, "x") for key in keys])
    assert [(each.case.id, each.arm) for each in asked] == [(key, arm) for key in keys for arm in ("champion", "candidate")]
    assert all(arm_of(each.id, share, "salt") == each.arm for each in asked)
