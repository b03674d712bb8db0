"""Which held-out cases a replay asks: drawn by the seed, as many as there are."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.contracts import Experience
from components.errors import IntegrityError, UsageError
from components.gateway.replay import draw
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
