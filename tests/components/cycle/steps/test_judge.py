"""judge: against which suites of the champion's, and on files that nobody has changed."""

from __future__ import annotations

import pytest

from components.cycle.steps.judge import JUDGE, gather, run
from components.errors import IntegrityError
from tests.components.cycle.conftest import PASSED, Line

pytestmark = pytest.mark.unit


def test_the_champions_suites_are_those_of_the_cycle_that_made_it(two: Line) -> None:
    inputs = gather(two.known("two"))
    assert inputs.evaluated == two.records.evaluated("two")
    assert inputs.champion_suites == PASSED.suites
    assert gather(two.known("one")).champion_suites is None


def test_where_suites_lie_is_no_part_of_its_key_and_a_margin_is(two: Line) -> None:
    one, other = gather(two.known("two")), gather(two.known("two", "gates.suites=[nowhere]"))
    assert JUDGE.key(one) == JUDGE.key(other) != JUDGE.key(gather(two.known("two", "gates.margin=0.3")))


def test_an_evaluation_that_was_changed_is_not_judged(two: Line) -> None:
    inputs = gather(two.known("two"))
    two.records.folder("two").cases.write_text("better cases")
    with pytest.raises(IntegrityError, match=r"cases\.parquet"):
        run(inputs, two.bench("two", inputs))
