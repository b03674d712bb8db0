"""What becomes of a candidate: the truth table; and what must still hold of its basis when it ends."""

from __future__ import annotations

from itertools import product

import pytest

from components.contracts import Gate
from components.cycle.outputs import Basis, Judged, RolledOut
from components.cycle.steps.promote import holds, outcome_of

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
