"""The joint reference: what is easy is learned, strengths are chosen on training rows, and few rows are rotated without loss."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.joint import STRENGTHS, _folds, joint_answers, paired_bootstrap

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("width", [4, 300])
def test_clear_classes_are_learned_with_more_or_fewer_rows_than_features(width: int) -> None:
    rng = np.random.default_rng(0)
    labels = [f"c{i % 3}" for i in range(60)]
    centres = {f"c{i}": 3 * rng.normal(size=width) for i in range(3)}
    X, T = (np.array([centres[label] + rng.normal(size=width) for label in labels]) for _ in range(2))
    answers, strength = joint_answers(X, labels, T, seed=0)
    assert np.mean([a == b for a, b in zip(answers, labels)]) > 0.9
    assert strength in STRENGTHS


def test_each_class_is_in_each_fold() -> None:
    y = np.array(["a"] * 7 + ["b"] * 4)
    place = _folds(y, 3, np.random.default_rng(0))
    for label in "ab":
        assert set(place[y == label]) == {0, 1, 2}


def test_the_paired_bootstrap_is_about_the_pairs() -> None:
    ours, theirs = np.array([1] * 60 + [0] * 40, bool), np.array([1] * 50 + [0] * 50, bool)
    found = paired_bootstrap(ours, theirs, rng=np.random.default_rng(0))
    assert found["difference"] == pytest.approx(0.1)
    assert 0.03 < found["low"] < 0.1 < found["high"] < 0.18
    same = paired_bootstrap(ours, ours, rng=np.random.default_rng(0))
    assert (same["low"], same["high"]) == (0, 0), "no pair differs, however many cases are wrong"
