"""judge: against which suites of the champion's, and on files that nobody has changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from components.cycle.outputs import Monitored
from components.cycle.steps.judge import JUDGE, gather, run
from components.errors import IntegrityError
from tests.components.cycle.conftest import PASSED, Line

pytestmark = pytest.mark.unit


def test_the_champions_suites_are_those_of_the_cycle_that_made_it(two: Line) -> None:
    inputs = gather(two.known("two"))
    assert inputs.evaluated == two.records.evaluated("two")
    assert inputs.facts.champion_suites == PASSED.suites
    assert not inputs.facts.unrecorded
    first = gather(two.known("one")).facts
    assert (first.champion_suites, first.unrecorded, first.forgotten) == (None, False, ())


def test_what_monitoring_found_of_the_champion_is_a_fact(two: Line) -> None:
    measured = {"correct": {"passed": False}}
    found = {"experiences": {"old": measured, "older": {"correct": {"passed": True}}}}
    two.records.keep("one", "monitor", "", {}, Monitored("forgetting", found))
    assert gather(two.known("two")).facts.forgotten == ("old",)


def test_candidates_that_were_judged_on_the_same_rows_are_counted(two: Line, decided: Callable[..., None]) -> None:
    content = two.workspace.experience(two.experiences["two"]).content
    assert gather(two.known("two")).facts.attempts == 1
    decided(two, "1", "rejected", cycle="two.earlier", content=content)
    decided(two, "2", "promoted", cycle="other", content="f" * 64)
    decided(two, "3", "rejected", cycle="two", content=content)  # this cycle itself, before a kill
    facts = gather(two.known("two")).facts
    assert (facts.attempts, facts.looks, facts.refused) == (2, 2, 1)


def test_where_suites_lie_is_no_part_of_its_key_and_a_margin_is(two: Line) -> None:
    one, other = gather(two.known("two")), gather(two.known("two", "gates.suites=[nowhere]"))
    assert JUDGE.key(one) == JUDGE.key(other) != JUDGE.key(gather(two.known("two", "gates.margin=0.3")))


def test_an_evaluation_that_was_changed_is_not_judged(two: Line) -> None:
    inputs = gather(two.known("two"))
    two.records.folder("two").cases.write_text("better cases")
    with pytest.raises(IntegrityError, match=r"cases\.parquet"):
        run(inputs, two.bench("two", inputs))
