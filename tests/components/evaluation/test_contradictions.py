"""The estimate of wrong labels, on labels whose true share of errors is known."""

from __future__ import annotations

import numpy as np
import pytest

from components.evaluation.contradictions import SURE, contradictions

pytestmark = pytest.mark.unit


def test_only_trusted_answers_within_the_experience_count() -> None:
    truth = ["a", "a", "a", "a", "b"]
    predicted = ["a", "b", "b", "old", "b"]
    trusted = [True, True, False, True, True]
    assert contradictions(truth, predicted, trusted) == (1, 3)  # right, wrong, right again


def test_nothing_to_say_of_no_cases() -> None:
    assert contradictions([], [], []) == (0, 0)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3])
def test_the_share_of_changed_labels_is_recovered(share: float) -> None:
    """A calibrated model of four classes, right as often as it says; labels changed at random."""
    rng = np.random.default_rng(2)
    real = rng.integers(0, 4, 4000)
    confidence = rng.uniform(0.4, 1.0, 4000)
    predicted = np.where(rng.random(4000) < confidence, real, (real + rng.integers(1, 4, 4000)) % 4)
    labels = np.where(rng.random(4000) < share, (real + rng.integers(1, 4, 4000)) % 4, real)
    wrong, sure = contradictions([str(n) for n in labels], [str(n) for n in predicted], list(confidence >= SURE))
    own_errors = 0.15  # mean of 1 - confidence between SURE and 1: what a calibrated model owes to itself
    assert wrong / sure == pytest.approx(share + own_errors * (1 - share), abs=0.03)
