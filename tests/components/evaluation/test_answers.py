"""Answers: each distinct text is asked once; an answer has a score, of which right or wrong is the simplest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from components.contracts import Predictions, exact, target_columns
from components.evaluation.answers import ask

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


def test_right_or_wrong_is_a_score_of_one_or_nothing() -> None:
    answers = ask(Fixed(), ["a"])
    assert (answers.score("a", "yes"), answers.score("a", "no")) == (1.0, 0.0)
    assert exact("yes", "Yes") == 0.0


def test_another_score_may_be_anything_between() -> None:
    def letters(answer: str, truth: str) -> float:
        return len(set(answer) & set(truth)) / len(set(answer) | set(truth))

    assert ask(Fixed(), ["a"]).score("a", "yet", letters) == 0.5


def test_what_is_answered_depends_on_whether_the_model_writes() -> None:
    assert target_columns(writes=False) == ("label", "completion")
    assert target_columns(writes=True) == ("completion", "label")
