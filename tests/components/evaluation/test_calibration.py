"""Scores as probabilities: sharper where the fit is right, and never another order."""

from __future__ import annotations

import numpy as np
import pytest

from components.evaluation.calibration import SHARPEST, probabilities, sharpness

pytestmark = pytest.mark.unit


def test_probabilities_keep_the_order_and_add_up() -> None:
    scores = np.random.default_rng(0).normal(size=(20, 4))
    found = probabilities(scores, 7.0)
    assert found.sum(axis=1) == pytest.approx(np.ones(20))
    assert (found.argmax(axis=1) == scores.argmax(axis=1)).all()
    assert probabilities(scores + 1e6, 7.0) == pytest.approx(found, abs=1e-6)


def test_a_fit_that_is_right_is_trusted_more_than_one_that_guesses() -> None:
    rng = np.random.default_rng(1)
    own = rng.integers(3, size=200)
    labels = ["abc"[n] for n in own]
    right = np.eye(3)[own] + rng.normal(scale=0.1, size=(200, 3))
    assert sharpness(right, labels, "abc") > 10
    assert sharpness(rng.normal(size=(200, 3)), labels, "abc") == SHARPEST[0]


def test_the_likelihood_is_the_best_of_all_that_are_tried() -> None:
    rng = np.random.default_rng(2)
    own = rng.integers(3, size=100)
    scores = np.eye(3)[own] * 0.5 + rng.normal(scale=0.3, size=(100, 3))
    rows = np.arange(100)
    best = sharpness(scores, ["abc"[n] for n in own], "abc")
    loss = {factor: -np.log(probabilities(scores, factor)[rows, own]).mean() for factor in SHARPEST}
    assert loss[best] == min(loss.values())
