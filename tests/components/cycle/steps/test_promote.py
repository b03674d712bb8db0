"""What becomes of a candidate: the truth table; and what must still hold of its basis when it ends."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from components.contracts import Gate
from components.cycle.outputs import Basis, Concluded, Judged, Registered, RolledOut
from components.cycle.steps import promote as step
from components.cycle.steps.promote import gather, holds, outcome_of, run
from tests.components.cycle.conftest import PASSED, Line

pytestmark = pytest.mark.unit

GATE = {"pass": (), "fail": (Gate("g", "fail", "It failed."),), "inconclusive": (Gate("g", "inconclusive", "Unsure."),)}
QUIET = RolledOut("promoted", "No harm.")
HARM = RolledOut("rolled_back", "Worse under traffic.")
UNSURE = RolledOut("held", "Too little traffic.")

TABLE = {
    ("pass", "enforce", "promoted", "auto"): "promoted",
    ("pass", "enforce", "promoted", "always"): "held",
    ("pass", "enforce", "rolled_back", "auto"): "rolled_back",
    ("pass", "enforce", "rolled_back", "always"): "rolled_back",
    ("pass", "enforce", "held", "auto"): "held",
    ("fail", "enforce", "promoted", "auto"): "rejected",
    ("fail", "enforce", "rolled_back", "auto"): "rejected",
    ("fail", "enforce", "held", "always"): "rejected",
    ("inconclusive", "enforce", "promoted", "auto"): "held",
    ("inconclusive", "enforce", "rolled_back", "auto"): "rolled_back",
    ("fail", "report", "promoted", "auto"): "promoted",
    ("fail", "report", "rolled_back", "auto"): "rolled_back",
    ("inconclusive", "report", "promoted", "auto"): "promoted",
    ("inconclusive", "report", "promoted", "always"): "held",
}


def judged(status: str, mode: str = "enforce") -> Judged:
    gates = GATE[status]
    return Judged(status, mode, gates, tuple(gate.reason for gate in gates))  # type: ignore[arg-type]


@pytest.mark.parametrize("case", TABLE, ids="-".join)
def test_truth_table(case: tuple[str, str, str, str]) -> None:
    status, mode, traffic, approval = case
    outcome, reasons = outcome_of(
        judged(status, mode), {"promoted": QUIET, "rolled_back": HARM, "held": UNSURE}[traffic], approval
    )
    assert outcome == TABLE[case]
    assert reasons or outcome == "promoted"


def test_nothing_is_promoted_that_failed_a_gate_or_hurt_under_traffic() -> None:
    for status, traffic, approval in product(GATE, (QUIET, HARM, UNSURE), ("auto", "always")):
        outcome, _ = outcome_of(judged(status), traffic, approval)
        if outcome == "promoted":
            assert (status, traffic, approval) == ("pass", QUIET, "auto")


@pytest.mark.parametrize(
    ("basis", "serving", "expected"),
    [
        (Basis("a", "a", None), "a", True),
        (Basis("a", "a", None), "candidate", True),  # killed after the move: it serves already
        (Basis("a", "a", None), "b", False),
        (Basis("a", "a", None), None, False),
        (Basis(None, None, None), None, True),
        (Basis(None, None, None), "b", False),
        (Basis("a", "a", "before"), "b", False),  # in a stream too
        (Basis("a", "a", "before", watched=False), "b", True),  # made anew from its start, whatever serves
    ],
)
def test_a_candidate_is_promoted_over_the_champion_that_it_was_judged_against(
    basis: Basis, serving: str | None, expected: bool
) -> None:
    assert holds(basis, serving, "candidate") is expected


@pytest.fixture
def tested(two: Line, monkeypatch: pytest.MonkeyPatch) -> tuple[Line, list[Any]]:
    """`two` is to be decided; what is done to the registry and the suites is only noted."""
    two.records.keep("two", "judge", "", {}, PASSED)
    two.records.keep("two", "register", "", {}, Registered("7"))
    two.records.keep("two", "rollout", "", {}, QUIET)
    done: list[Any] = []
    monkeypatch.setattr(
        step, "conclude", lambda registry, version, outcome, **why: done.append((version, outcome, why["reason"]))
    )
    monkeypatch.setattr(step, "freeze", lambda experience, folder, **named: done.append(("frozen", experience.digest)))
    return two, done


def test_it_reads_what_the_steps_before_found(tested: tuple[Line, list[Any]]) -> None:
    inputs = gather(tested[0].known("two", "rollout.approval=always"))
    assert (inputs.version, inputs.judged, inputs.rolled_out, inputs.approval) == ("7", PASSED, QUIET, "always")
    assert inputs.basis == tested[0].records.opened("two").basis


def test_a_promoted_candidate_serves_and_its_experience_is_asked_from_now_on(
    tested: tuple[Line, list[Any]], serves: Callable[..., None]
) -> None:
    line, done = tested
    serves(line.checkpoints["one"])
    inputs = gather(line.known("two"))
    assert run(inputs, line.bench("two", inputs)) == Concluded("promoted", "7", line.checkpoints["two"])
    assert done == [("7", "promoted", "All gates passed and traffic showed no harm."), ("frozen", line.experiences["two"])]


def test_when_the_champion_moved_meanwhile_it_is_held_and_the_basis_stays(
    tested: tuple[Line, list[Any]], serves: Callable[..., None]
) -> None:
    line, done = tested
    serves("another")
    inputs = gather(line.known("two"))
    concluded = run(inputs, line.bench("two", inputs))
    assert (concluded.outcome, concluded.champion) == ("held", line.checkpoints["one"])
    [(_, outcome, reason)] = done
    assert (outcome, reason) == ("held", concluded.reasons[0])
