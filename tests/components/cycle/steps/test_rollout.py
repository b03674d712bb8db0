"""rollout: whether there is one, and what it needs to know."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from components.cycle.outputs import Judged, RolledOut
from components.cycle.run import run_step
from components.cycle.steps import rollout as step
from components.cycle.steps.rollout import ROLLOUT, gather, run
from components.errors import UnavailableError
from components.storage import read_json
from tests.components.cycle.conftest import NOW, PASSED, Line

pytestmark = pytest.mark.unit


def judged(line: Line, status: str, mode: str) -> Line:
    line.records.keep("two", "judge", "", {}, Judged(status, mode, (), ()))  # type: ignore[arg-type]
    return line


@pytest.mark.parametrize(
    ("status", "mode", "stopped"),
    [("fail", "enforce", True), ("fail", "report", False), ("inconclusive", "enforce", False), ("pass", "enforce", False)],
)
def test_only_a_failed_gate_that_is_enforced_stops_it(two: Line, status: str, mode: str, stopped: bool) -> None:
    assert gather(judged(two, status, mode).known("two")).stopped is stopped


def test_a_stopped_candidate_sees_no_gateway(two: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "kept_gateway", lambda base: pytest.fail("a gateway was asked for"))
    inputs = gather(judged(two, "fail", "enforce").known("two"))
    assert run(inputs, two.bench("two", inputs)) == RolledOut("skipped")


def test_approval_decides_later_and_is_no_part_of_its_key(two: Line) -> None:
    judged(two, "pass", "enforce")
    one = gather(two.known("two"))
    assert ROLLOUT.key(one) == ROLLOUT.key(gather(two.known("two", "rollout.approval=always")))
    assert ROLLOUT.key(one) == ROLLOUT.key(gather(two.known("two", "rollout.after_held=stop")))
    assert ROLLOUT.key(one) != ROLLOUT.key(gather(two.known("two", "rollout.share=0.3")))
    assert one.base == two.settings().learning.base


def test_what_traffic_said_is_recorded_beside_all_that_was_seen(two: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    two.records.keep("two", "judge", "", {}, PASSED)
    asked: list[Any] = []

    def rollout(candidate: Any, champion: Any, experience: Any, **named: Any) -> Any:
        asked.append((candidate.name, champion.name, experience.digest, named["gateway"]()))
        decision = SimpleNamespace(status="rolled_back", reason="Worse.", estimate=-0.2, low=-0.3, high=-0.1)
        return SimpleNamespace(decision=decision, as_dict=lambda: {"requests": 40})

    monkeypatch.setattr(step, "rollout", rollout)
    monkeypatch.setattr(step, "kept_gateway", lambda base: f"gateway of {base}")
    inputs = gather(two.known("two"))
    assert run(inputs, two.bench("two", inputs)) == RolledOut("rolled_back", "Worse.", -0.2, -0.3, -0.1)
    base = two.settings().learning.base
    assert asked == [(two.checkpoints["two"], two.checkpoints["one"], two.experiences["two"], f"gateway of {base}")]
    assert read_json(two.records.folder("two").traffic) == {"requests": 40}


def test_trouble_decides_nothing_and_the_cycle_continues_at_this_step(two: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    two.records.keep("two", "judge", "", {}, PASSED)

    def trouble(*given: Any, **named: Any) -> Any:
        raise UnavailableError("The rollout met trouble 3 times", "Run the command again.")

    def sound(*given: Any, **named: Any) -> Any:
        decision = SimpleNamespace(status="promoted", reason="No harm.", estimate=0.0, low=-0.1, high=0.1)
        return SimpleNamespace(decision=decision, as_dict=lambda: {"requests": 40})

    monkeypatch.setattr(step, "rollout", trouble)
    with pytest.raises(UnavailableError, match="trouble 3 times"):
        run_step("rollout", "two", two.workspace, two.settings(), now=NOW)
    assert not two.records.done("two", "rollout")
    assert not two.records.decided("two")
    monkeypatch.setattr(step, "rollout", sound)
    run_step("rollout", "two", two.workspace, two.settings(), now=NOW)
    assert two.records.rolled_out("two") == RolledOut("promoted", "No harm.", 0.0, -0.1, 0.1)
