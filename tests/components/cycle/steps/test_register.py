"""register: the matrix as if the candidate were promoted, and costs that travel beside the key."""

from __future__ import annotations

import pytest

from components.cycle.outputs import Judged
from components.cycle.steps.register import REGISTER, gather
from components.storage import write_json
from tests.components.cycle.conftest import PASSED, Line

pytestmark = pytest.mark.unit


@pytest.fixture
def judged(two: Line) -> Line:
    two.records.keep("two", "judge", "", {}, PASSED)
    return two


def test_the_matrix_stands_as_if_the_candidate_were_promoted(judged: Line) -> None:
    inputs = gather(judged.known("two", "seed=3"))
    assert inputs.names == ("one", "two")
    assert inputs.matrix == ((0.75, 0.25), (0.5, 0.75))
    assert (inputs.judged, inputs.evaluated) == (PASSED, judged.records.evaluated("two"))
    assert (inputs.params["seed"], inputs.cycle) == (3, "two")


def test_what_steps_took_is_told_and_no_part_of_the_key(judged: Line) -> None:
    folder = judged.records.folder("two")
    before = gather(judged.known("two"))
    assert before.cost == {"training": {}}, "as where DVC brought the step back"
    write_json(folder.cost("learn"), {"seconds": 12.5})
    write_json(folder.cost("rollout"), {"seconds": 99.0})
    write_json(folder.training, {"seconds": 11.0})
    after = gather(judged.known("two"))
    assert after.cost == {"learn": 12.5, "training": {"seconds": 11.0}}
    assert REGISTER.key(after) == REGISTER.key(before)


def test_another_verdict_or_validation_is_another_version(judged: Line) -> None:
    before = REGISTER.key(gather(judged.known("two")))
    judged.records.keep("two", "judge", "", {}, Judged("fail", "enforce", (), ("It fell.",)))
    other = REGISTER.key(gather(judged.known("two")))
    write_json(judged.records.folder("two").validation, {"rows": 5})
    assert len({before, other, REGISTER.key(gather(judged.known("two")))}) == 3
