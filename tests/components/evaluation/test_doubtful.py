"""Wrong labels are found and named, the surest first; right ones and hard classes are left alone."""

from __future__ import annotations

import numpy as np
import pytest

from components.evaluation.doubtful import Doubtful, doubtful

pytestmark = pytest.mark.unit


def rows(seed: int, spread: float, each: int = 40) -> tuple[np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    own = np.repeat(np.arange(3), each)
    return (np.eye(16)[own] + spread * rng.normal(size=(3 * each, 16))).astype(np.float32), ["abc"[n] for n in own]


def test_wrong_labels_are_found_with_what_others_say() -> None:
    features, labels = rows(0, 0.15)
    given = list(labels)
    wrong = [3, 17, 50, 61, 90, 110]
    for place in wrong:
        given[place] = {"a": "b", "b": "c", "c": "a"}[labels[place]]
    found = doubtful(features, given)
    assert set(found.places) == set(wrong)
    assert dict(zip(found.places, found.others, strict=True)) == {place: labels[place] for place in wrong}
    assert found.looked > 100


def test_right_labels_are_not_doubted() -> None:
    for seed in range(3):
        assert doubtful(*rows(seed, 0.15)).places == ()


def test_hard_classes_are_not_taken_for_wrong_labels() -> None:
    """A fit errs about most of these rows, as it would if their labels were wrong."""
    features, labels = rows(1, 2.0)
    found = doubtful(features, labels)
    assert len(found.places) < 0.15 * len(labels)


def test_one_label_or_few_rows_say_nothing() -> None:
    features, labels = rows(0, 0.1, 1)
    assert doubtful(features, labels) == Doubtful()
    assert doubtful(features, ["a"] * 3) == Doubtful()
    assert doubtful(np.zeros((0, 4), np.float32), []) == Doubtful()


def test_few_rows_of_many_classes_say_nothing() -> None:
    """Sixty rows of seven hard classes: where fit and neighbours agree there, they are wrong together."""
    features, labels = rows(0, 0.1, 33)
    assert doubtful(features, ["abc"["bca".index(label)] for label in labels]) == Doubtful()
    features, labels = rows(0, 0.1, 40)
    given = [f"{label}{n % 3}" for n, label in enumerate(labels)]  # nine classes of 13 rows
    assert doubtful(features, given) == Doubtful()
    assert doubtful(features, labels).looked > 100
