"""What becomes of a candidate: the truth table; and what must still hold when it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from components.contracts import Gate
from components.control.authority import consult, serving
from components.cycle.outputs import Basis, Concluded, Judged, Registered, RolledOut
from components.cycle.steps.promote import gather, outcome_of, run
from components.governance.ledger import Ledger
from tests.components.cycle.conftest import PASSED, Line, candidate, tell
from tests.components.registry.making import make_checkpoint, make_experience

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


@pytest.fixture
def tested(two: Line, serves: Callable[..., str]) -> Line:
    """Version 1 is `one` and serves; version 2 is `two`, which passed and is to be decided."""
    serves(two.checkpoints["one"], "one")
    version = candidate(two.workspace, two.checkpoints["two"], "two", experience=two.experiences["two"])
    two.records.keep("two", "judge", "", {}, PASSED)
    two.records.keep("two", "register", "", {}, Registered(version))
    two.records.keep("two", "rollout", "", {}, QUIET)
    return two


def conclude(line: Line, *settings: str) -> Concluded:
    inputs = gather(line.known("two", *settings))
    return run(inputs, line.bench("two", inputs))


def champion(line: Line) -> str | None:
    statement = serving(line.workspace)
    return statement.checkpoint if statement else None


def test_it_reads_what_the_steps_before_found(tested: Line) -> None:
    inputs = gather(tested.known("two", "rollout.approval=always"))
    assert (inputs.version, inputs.judged, inputs.rolled_out, inputs.approval) == ("2", PASSED, QUIET, "always")
    assert inputs.basis == tested.records.opened("two").basis


def test_a_promoted_candidate_serves_and_its_experience_is_asked_from_now_on(tested: Line) -> None:
    assert conclude(tested) == Concluded("promoted", "2", tested.checkpoints["two"])
    entry = Ledger(tested.workspace.ledger_url).log(limit=1)[0]
    assert (entry.kind, entry.reason) == ("promoted", "All gates passed and traffic showed no harm.")
    assert champion(tested) == tested.checkpoints["two"]
    assert [path.name for path in tested.workspace.suites.iterdir()] == [f"two-{tested.experiences['two'][:12]}"]
    again = conclude(tested)  # killed before its record: the same
    assert (again, champion(tested)) == (Concluded("promoted", "2", tested.checkpoints["two"]), tested.checkpoints["two"])


def test_when_the_champion_moved_meanwhile_it_is_held(tested: Line, serves: Callable[..., str]) -> None:
    """Within a stream too. What serves goes on serving, and the cycle after continues from that."""
    another = make_checkpoint(tested.workspace, make_experience(tested.workspace, "another")).name
    serves(another, "another")
    concluded = conclude(tested)
    assert (concluded.outcome, concluded.champion) == ("held", another)
    assert "stale: it was judged against" in concluded.reasons[0]
    assert champion(tested) == another
    assert not tested.workspace.suites.exists()


def test_when_its_parent_was_rolled_back_meanwhile_it_is_held(tested: Line) -> None:
    tell(tested.workspace, "rolled_back", "")
    concluded = conclude(tested)
    assert (concluded.outcome, concluded.champion, champion(tested)) == ("held", None, None)


def test_what_was_decided_about_the_version_meanwhile_stands(tested: Line) -> None:
    tell(tested.workspace, "rejected", "2")
    concluded = conclude(tested)
    assert (concluded.outcome, concluded.reasons) == ("rejected", ("told",))
    assert champion(tested) == tested.checkpoints["one"]


def test_what_waits_for_a_person_freezes_no_suite_yet(tested: Line) -> None:
    assert conclude(tested, "rollout.approval=always").outcome == "held"
    assert not tested.workspace.suites.exists()


def test_a_stream_that_is_rebuilt_takes_its_own_place_again(tested: Line, serves: Callable[..., str]) -> None:
    """By DVC: `two` is made anew on `one`, while the `two` of the run before serves."""
    line = tested
    for name, before in (("one", None), ("two", "one")):
        opened = line.records.opened(name)
        champion_before = line.checkpoints[before] if before else None
        line.records.open(name, replace(opened, basis=Basis(champion_before, champion_before, before or "start", watched=False)))
    older = make_checkpoint(line.workspace, make_experience(line.workspace, "older two"), line.checkpoints["one"]).name
    serves(older, "two", rebuilt=True)
    assert conclude(line) == Concluded("promoted", "2", line.checkpoints["two"])
    assert [each.checkpoint for each in consult(line.workspace).state.champions] == [
        line.checkpoints["one"],
        line.checkpoints["two"],
    ]
