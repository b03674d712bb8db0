"""Answers: each distinct text is asked once; an answer has a score, of which right or wrong is the simplest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from components.contracts import Predictions, exact, target_columns
from components.evaluation.answers import ask
from components.evaluation.cases import HeldOut, Sides, held_out_rows

pytestmark = pytest.mark.unit


class Fixed:
    """Says `yes` to every text, with 0.75."""

    labels = ("no", "yes")
    writes = False

    def __init__(self) -> None:
        self.asked: list[str] = []

    def predict(self, texts: Sequence[str]) -> Predictions:
        self.asked += texts
        return Predictions(self.labels, np.tile(np.float32([0.25, 0.75]), (len(texts), 1)))

    def generate(self, texts: Sequence[str]) -> list[str]:
        raise NotImplementedError


def test_a_text_is_asked_once() -> None:
    predictor = Fixed()
    answers = ask(predictor, ["a", "b", "a"])
    assert predictor.asked == ["a", "b"]
    assert answers.of(["a", "a", "b"]).top() == ["yes"] * 3


def test_an_answer_has_a_score_of_which_right_or_wrong_is_the_simplest() -> None:
    cases = HeldOut("suite", "e" * 64, ["1", "2"], ["a", "b"], ["yes", "yet"], 2)

    def first_letter(answer: str, truth: str) -> float:
        return float(answer[0] == truth[0])

    answers = ask(Fixed(), ["a", "b"])
    plain = held_out_rows(cases, Sides(answers, answers.labels), past=False)
    lenient = held_out_rows(cases, Sides(answers, answers.labels, score=first_letter), past=False)
    assert [row["candidate_score"] for row in plain] == [1.0, 0.0]
    assert [row["candidate_correct"] for row in plain] == [True, False]
    assert [row["candidate_correct"] for row in lenient] == [True, True]
    assert exact("yes", "Yes") == 0.0


def test_what_is_answered_depends_on_whether_the_model_writes() -> None:
    assert target_columns(writes=False) == ("label", "completion")
    assert target_columns(writes=True) == ("completion", "label")
