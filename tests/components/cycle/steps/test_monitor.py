"""monitor: which past cases stand for what the champion knew; nothing when nothing was promoted."""

from __future__ import annotations

import pytest

from components.cycle.outputs import Monitored
from components.cycle.steps import monitor as step
from components.cycle.steps.monitor import Reference, gather, run
from tests.components.cycle.conftest import Line

pytestmark = pytest.mark.unit


def test_each_past_experience_is_asked_through_the_cycle_that_learned_it(two: Line) -> None:
    two.decide("two")
    inputs = gather(two.known("two"))
    assert inputs.past == (two.experiences["one"],)
    assert inputs.references == (Reference(two.experiences["one"], "one", two.records.evaluated("one").cases),)
    assert (inputs.promoted, inputs.version) == (True, "7")


def test_events_that_came_again_are_not_past(two: Line) -> None:
    two.records.keep("two", "ingest", "", {}, two.records.ingested("one"))
    two.decide("two")
    assert gather(two.known("two")).references == ()


def test_what_was_not_promoted_is_not_monitored(two: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    two.decide("two", "rejected")
    monkeypatch.setattr(step, "Registry", lambda workspace: pytest.fail("the registry was asked"))
    inputs = gather(two.known("two"))
    assert inputs.promoted is False
    assert run(inputs, two.bench("two", inputs)) == Monitored("skipped")
