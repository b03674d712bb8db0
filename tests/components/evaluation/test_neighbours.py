"""Cases whose answer is that of their neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from components.evaluation.neighbours import clear

pytestmark = pytest.mark.unit


def around(corners: list[int], spread: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (np.eye(16)[corners] + spread * rng.normal(size=(len(corners), 16))).astype(np.float32)


def test_where_classes_are_apart_answers_are_clear_and_where_they_mix_they_are_not() -> None:
    seen, cases = [0, 1, 2] * 20, [0, 1, 2] * 10
    names = [str(corner) for corner in seen], [str(corner) for corner in cases]
    apart = clear(around(seen, 0.05, 0), names[0], around(cases, 0.05, 1), names[1])
    assert apart.all()
    mixed = clear(around(seen, 1.0, 0), names[0], around(cases, 1.0, 1), names[1])
    assert mixed.mean() < 0.5


def test_an_answer_among_others_is_not_clear() -> None:
    seen, cases = [0, 1] * 20, [0, 0, 1]
    found = clear(around(seen, 0.05, 0), [str(n) for n in seen], around(cases, 0.05, 1), ["0", "1", "1"])
    assert found.tolist() == [True, False, True]


def test_without_neighbours_nothing_is_clear() -> None:
    assert clear(around([], 0, 0), [], around([0, 1], 0, 1), ["0", "1"]).tolist() == [False, False]
    assert clear(around([], 0, 0), [], around([], 0, 1), []).tolist() == []
