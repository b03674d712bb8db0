"""What becomes of a candidate: the truth table."""

from __future__ import annotations

from itertools import product

import pytest

from components.contracts import Gate, Verdict
from components.cycle.steps.promote import decide

pytestmark = pytest.mark.unit

GATE = {"pass": (), "fail": (Gate("g", "fail", "It failed."),), "inconclusive": (Gate("g", "inconclusive", "Unsure."),)}
QUIET = {"status": "promoted", "reason": "No harm."}
HARM = {"status": "rolled_back", "reason": "Worse under traffic."}
UNSURE = {"status": "held", "reason": "Too little traffic."}

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


@pytest.mark.parametrize("case", TABLE, ids="-".join)
def test_truth_table(case: tuple[str, str, str, str]) -> None:
    status, mode, traffic, approval = case
    verdict = Verdict(status, GATE[status], mode)  # type: ignore[arg-type]
    outcome, reasons = decide(verdict, {"promoted": QUIET, "rolled_back": HARM, "held": UNSURE}[traffic], approval)
    assert outcome == TABLE[case]
    assert reasons or outcome == "promoted"


def test_nothing_is_promoted_that_failed_a_gate_or_hurt_under_traffic() -> None:
    for status, traffic, approval in product(GATE, (QUIET, HARM, UNSURE), ("auto", "always")):
        outcome, _ = decide(Verdict(status, GATE[status]), traffic, approval)  # type: ignore[arg-type]
        if outcome == "promoted":
            assert (status, traffic, approval) == ("pass", QUIET, "auto")
