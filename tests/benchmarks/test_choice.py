"""Leave one stream out: the share comes from the other streams alone, and a run is used again only if it decides alike."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.choice import ADAPT, AUTO, FIRST, FROZEN, Run, alike, bounds, row, share_without
from components.learning.choice import choose
from components.learning.choice.evidence import Evidence

pytestmark = pytest.mark.unit


def run(bits: str, *errors: float | None) -> Run:
    """One experience, scored once; the evidence before each of the choices."""
    facts = [{"evidence": Evidence(10**9, 2, error).record()} if error is not None else {} for error in errors]
    chosen = [{"facts": one, "chosen": "growth"} for one in facts]
    return {"bits": [[bits]], "cases": [[str(i) for i in range(len(bits))]], "chosen": chosen, "seconds": 1.0, "machine": "x"}


def cell(gained: int, *errors: float | None) -> dict[str, Run]:
    """Adapting gets so many of ten cases more."""
    return {FROZEN: run("0" * 10), ADAPT: run("1" * gained + "0" * (10 - gained)), AUTO: run("0" * 10, *errors)}


CELLS: dict[tuple[str, int, int], dict[str, Run]] = {
    ("a", 1, 0): cell(4, 0.5, 0.3),
    ("b", 1, 0): cell(1, 0.2, None, 0.9),
    ("b", 2, 0): cell(2, 0.1, 0.3),
}


def test_the_share_is_that_of_the_other_streams() -> None:
    assert bounds(CELLS["b", 1, 0][AUTO]) == [pytest.approx(0.2, abs=1e-3), None, pytest.approx(0.9, abs=1e-3)]
    assert share_without("a", CELLS) == pytest.approx(0.2 / 0.2, abs=0.01), "the largest"
    assert share_without("b", CELLS) == pytest.approx(0.4 / 0.4, abs=0.01)
    assert share_without(None, CELLS) == pytest.approx(0.4 / 0.4, abs=0.01)
    assert share_without("a", {("a", 1, 0): CELLS["a", 1, 0]}) == 0, "no other stream says anything"


def test_a_run_is_taken_again_where_the_share_would_decide_otherwise() -> None:
    edge = choose.GAIN / FIRST
    asked = run("0", edge * 1.5, None, edge * 0.5)
    assert [alike(asked, FIRST * factor) for factor in (1.0, 0.8, 0.5, 1.9, 2.5)] == [True, True, False, True, False]


def test_regret_is_counted_against_the_better_recipe() -> None:
    experience: Any = SimpleNamespace(manifest={"counts": {"train": 7}})
    found = row(("a", 1, 0), CELLS["a", 1, 0], 0.1, [experience])
    assert (found["better"], found["rows"], found["within"]) == (ADAPT, 7, False)
    assert found["regret"]["difference"] == pytest.approx(0.4)
