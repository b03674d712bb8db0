"""What follows from a decision that no cycle made: an approved version is monitored once, and its page says what was decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from components.cycle import follow_up as module
from components.cycle.follow_up import follow_up
from components.cycle.history import ended, entry, serving_accuracy
from components.cycle.outputs import Monitored
from tests.components.cycle.conftest import NOW, Line, candidate, tell

pytestmark = pytest.mark.unit


@pytest.fixture
def monitored(line: Line, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cycles for which `monitor` ran."""
    ran: list[str] = []

    def run_step(step: str, cycle: str, *_: Any, **__: Any) -> None:
        assert step == "monitor"
        assert not line.records.done(cycle, "monitor")
        ran.append(cycle)
        line.records.keep(cycle, "monitor", "", {}, Monitored("kept"))

    monkeypatch.setattr(module, "run_step", run_step)
    return ran


def go(line: Line) -> list[str]:
    done = follow_up(line.workspace, line.settings(), now=lambda: NOW)
    assert set(done.values()) <= {""}
    return [*done]


def test_a_version_that_was_held_and_then_approved_is_monitored_once(
    line: Line, serves: Callable[..., str], monitored: list[str]
) -> None:
    line.cycle("one")
    serves(line.checkpoints["one"], "one")
    line.records.keep("one", "monitor", "", {}, Monitored("kept"))
    line.cycle("two", "one", "one", "held")
    line.records.keep("two", "monitor", "", {}, Monitored("skipped"))
    version = candidate(line.workspace, line.checkpoints["two"], "two")
    tell(line.workspace, "held", version)
    assert go(line) == []
    tell(line.workspace, "promoted", version)
    assert go(line) == [version]
    assert go(line) == []
    assert monitored == ["two"]


def test_a_version_without_records_or_whose_cycle_is_under_way_is_left_alone(
    line: Line, serves: Callable[..., str], monitored: list[str]
) -> None:
    line.open("one")
    serves("a" * 64, "one")
    serves("b" * 64, "restored without its records")
    serves("c" * 64)
    assert go(line) == []
    assert monitored == []


def test_how_a_cycle_ended_is_what_the_ledger_says_today(line: Line, serves: Callable[..., str]) -> None:
    line.cycle("one", outcome="held")
    version = candidate(line.workspace, line.checkpoints["one"], "one")
    assert version == "1"
    line.records.keep("one", "promote", "", {}, line.records.concluded("one").__class__("held", version, None, ("unsure",)))
    assert ended("one", line.workspace).outcome == "held"
    tell(line.workspace, "held", version)
    tell(line.workspace, "promoted", version)
    assert (ended("one", line.workspace).outcome, entry("one", line.workspace)["verdict"]) == ("promoted", "promoted")
    assert entry("one", line.workspace)["reasons"] == ["told"]
    assert serving_accuracy("one", line.workspace) == line.records.scores("one")["candidate"]
    tell(line.workspace, "rolled_back", "")
    assert entry("one", line.workspace)["verdict"] == "rolled_back"
