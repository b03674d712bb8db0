"""Truth tables of the gates on the new experience: floor, chance, reference, champion, noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from components.contracts import GateStatus
from components.evaluation.gates_new import label_noise, learned, new_gates
from components.evaluation.gates_past import Claim
from components.settings import GateSettings

pytestmark = pytest.mark.unit

NONE = Claim("learned", "", np.zeros(0), np.zeros(0), 0.15)


def answers(right: int, n: int, classes: int = 2) -> tuple[int, list[str], list[str]]:
    """n cases of so many classes in turn, the first `right` of them answered rightly, the others with the next class."""
    truth = [str(case % classes) for case in range(n)]
    return right, truth, [label if case < right else str((int(label) + 1) % classes) for case, label in enumerate(truth)]


def against(mine: int, theirs: int, n: int, margin: float = 0.15) -> Claim:
    """A rival on n cases: both were right on the first ones, so many each."""
    cases = np.arange(n)
    return Claim("learned", "", (cases < mine).astype(float), (cases < theirs).astype(float), margin)


@pytest.mark.parametrize(
    ("right", "n", "classes", "floor", "status"),
    [
        (180, 200, 2, 0.0, "pass"),
        (17, 40, 20, 0.0, "pass"),  # .43 of twenty classes is a lot
        (20, 40, 2, 0.0, "inconclusive"),  # no better than blind
        (3, 40, 20, 0.0, "inconclusive"),
        (180, 200, 2, 0.5, "pass"),
        (99, 200, 4, 0.5, "inconclusive"),
        (80, 200, 4, 0.5, "fail"),
        (0, 0, 2, 0.0, "inconclusive"),  # no case, no pass
        (30, 30, 1, 0.0, "pass"),  # a single class: there is nothing to tell apart
    ],
)
def test_learned_is_judged_against_chance_and_a_floor(right: int, n: int, classes: int, floor: float, status: GateStatus) -> None:
    gate = learned(*answers(right, n, classes), NONE, NONE, GateSettings(min_learned=floor))
    assert gate.status == status, gate.reason


@pytest.mark.parametrize(
    ("reference", "champion", "status", "said"),
    [
        (against(17, 17, 40), NONE, "pass", "a plain fit on its rows alone reaches 0.425"),
        (against(15, 17, 40), NONE, "pass", ""),
        (against(17, 40, 40), NONE, "fail", "answers 0.575 more of them"),
        (against(10, 60, 200), NONE, "fail", "a plain fit"),
        (NONE, against(17, 0, 40, 0.0), "pass", ""),
        (NONE, against(0, 15, 40, 0.0), "fail", "the champion, which never learned it"),
    ],
)
def test_learned_is_judged_against_a_plain_fit_and_the_champion(
    reference: Claim, champion: Claim, status: GateStatus, said: str
) -> None:
    gate = learned(*answers(17, 40, 20), reference, champion, GateSettings())
    assert gate.status == status
    assert said in gate.reason


@pytest.mark.parametrize(
    ("left_out", "status", "undecided"),
    [
        ({"n": 48, "right": 34, "blind": 0.004}, "pass", True),
        ({"n": 48, "right": 26, "blind": 0.3}, "inconclusive", False),
        ({"n": 48, "right": 31, "blind": 0.04}, "inconclusive", False),  # one of two tests: half of alpha each
        ({"n": 0, "right": 0, "blind": 1.0}, "inconclusive", False),
        (None, "inconclusive", False),
    ],
)
def test_left_out_training_rows_show_that_labels_can_be_learned(
    left_out: dict[str, float] | None, status: GateStatus, undecided: bool
) -> None:
    gate = learned(*answers(14, 24), NONE, NONE, GateSettings(), left_out)  # .58 of two classes on 24 cases: as by chance
    assert (gate.status, gate.undecided) == (status, undecided), gate.reason
    fit = against(14, 24, 24)
    assert learned(*answers(14, 24), fit, NONE, GateSettings(), left_out).status == "fail"  # but this candidate did not learn


@pytest.mark.parametrize(
    ("contradicted", "sure", "status"),
    [(0, 0, "pass"), (8, 9, "pass"), (9, 10, "fail"), (1, 10, "pass"), (8, 150, "pass"), (15, 150, "pass"), (30, 150, "fail")],
)
def test_label_noise(contradicted: int, sure: int, status: GateStatus) -> None:
    assert label_noise(contradicted, sure, limit=0.08, alpha=0.05).status == status


def held(confident: float, champion: str | None, clear: bool | None, wrong: int, n: int = 60) -> list[dict[str, Any]]:
    """n new cases of two classes, all answered as one would without noise; `wrong` of their labels are the other one."""
    answers = ["ab"[case % 2] for case in range(n)]
    return [
        {
            "truth": answer if case >= wrong else "ba"["ab".index(answer)], "candidate_predicted": answer,
            "candidate_confidence": confident, "candidate_correct": case >= wrong, "champion_correct": None,
            "champion_predicted": champion and answer, "champion_confidence": champion and 0.9, "clear": clear,
        }
        for case, answer in enumerate(answers)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("confident", "champion", "clear", "wrong", "status"),
    [
        (0.9, None, True, 20, "fail"),  # sure, among its like
        (0.9, None, False, 20, "pass"),  # sure, but classes mix: it may be the classes
        (0.9, "knows", False, 20, "fail"),  # the champion says the same
        (0.9, None, None, 20, "fail"),  # nothing is known of the texts
        (0.5, None, True, 20, "pass"),
        (0.5, None, True, 40, "fail"),  # nobody is sure of anything, and most labels are others
        (0.9, None, True, 6, "pass"),
    ],
)
def test_which_answers_count_against_their_labels(
    confident: float, champion: str | None, clear: bool | None, wrong: int, status: GateStatus
) -> None:
    assert new_gates(held(confident, champion, clear, wrong), GateSettings())[1].status == status


def test_known_labels_that_the_champion_surely_contradicts_are_for_a_person() -> None:
    """One old class given as another: the candidate has learned it, the champion knows better, or knew."""
    rows = [{**row, "candidate_predicted": row["truth"], "candidate_correct": True} for row in held(0.9, "knows", True, 40)]
    gate = new_gates(rows, GateSettings())[1]
    assert (gate.name, gate.status) == ("label_noise", "inconclusive")
    assert "may have changed meaning" in gate.reason
    assert new_gates(rows, GateSettings(), {"a", "b"})[1].status == "pass"  # labels that it does not know
    few = [{**row, "candidate_predicted": row["truth"], "candidate_correct": True} for row in held(0.9, "knows", True, 15)]
    assert new_gates(few, GateSettings())[1].status == "pass"


def test_one_label_of_several_that_has_changed_is_named() -> None:
    """A third of the rows of an experience have one label for another: too few of all, and all too many of that one."""

    def cases(given: str, meant: str, n: int) -> list[dict[str, Any]]:
        answers = {"champion_predicted": meant, "champion_confidence": 0.9, "candidate_predicted": given}
        return [{"truth": given, **answers, "candidate_confidence": 0.9, "candidate_correct": True, "clear": True}] * n

    sound = cases("a", "a", 15) + cases("b", "b", 15) + cases("c", "c", 15)
    past = [{**row, "champion_correct": True} for row in sound]
    assert new_gates(sound, GateSettings(), past=past)[1].status == "pass"
    swept = cases("a", "a", 15) + cases("b", "b", 15) + cases("b", "c", 15)
    gate = new_gates(swept, GateSettings(), past=past)[1]
    assert (gate.status, gate.n) == ("inconclusive", 30)
    assert "'b'" in gate.reason
    confused = cases("b", "b", 15) + cases("b", "c", 12) + cases("c", "c", 15)  # it always took some of them for c
    assert new_gates(swept, GateSettings(), past=confused)[1].status == "pass"
    few = cases("a", "a", 15) + cases("b", "b", 12) + cases("b", "c", 3) + cases("c", "c", 12)
    assert new_gates(few, GateSettings(), past=past)[1].status == "pass"


def test_a_champion_that_is_often_surely_wrong_contradicts_nobody() -> None:
    """Opinions in short messages: of the past cases with these labels, too, it is surely wrong about every third."""
    rows = [{**row, "candidate_predicted": row["truth"], "candidate_correct": True} for row in held(0.9, "knows", True, 28)]
    past = [{**row, "champion_confidence": 0.9} for row in held(0.9, "knows", True, 20)]
    assert new_gates(rows, GateSettings())[1].status == "inconclusive"
    assert new_gates(rows, GateSettings(), past=past)[1].status == "pass"
    assert new_gates(rows, GateSettings(), past=past[-30:])[1].status == "inconclusive"  # there it is right
    assert new_gates(rows, GateSettings(), past=past[:9])[1].status == "inconclusive"  # too few to say
    all_wrong = [{**row, "candidate_predicted": row["truth"], "candidate_correct": True} for row in held(0.9, "knows", True, 58)]
    assert new_gates(all_wrong, GateSettings(), past=past)[1].status == "inconclusive"
