"""The truth table of the gate on an act."""

from __future__ import annotations

import pytest

from components.evaluation.gates_act import same_answers

pytestmark = pytest.mark.unit


def row(case: str, candidate: str, champion: str | None) -> dict[str, str | None]:
    return {"case": case, "candidate_predicted": candidate, "champion_predicted": champion}


@pytest.mark.parametrize(
    ("rows", "merges", "status", "words"),
    [
        ([row("1", "a", "a"), row("2", "b", "b")], False, "pass", "of 2 answers, none is another"),
        ([row("1", "a", "a"), row("2", "b", None)], False, "pass", "of 1 answers, none is another"),
        ([row("1", "a", "b"), row("2", "b", "b")], False, "fail", "1 are others than before"),
        ([row("1", "a", "b"), row("2", "b", "b")], True, "pass", "1 are others than the champion's"),
        ([], False, "pass", "of 0 answers"),
    ],
)
def test_only_a_merge_may_change_answers(rows: list[dict[str, str]], merges: bool, status: str, words: str) -> None:
    gate = same_answers(rows, {"names": {"old": "a"}, "merges": merges})
    assert gate.status == status
    assert words in gate.reason
    assert "'old' is now 'a'" in gate.reason
