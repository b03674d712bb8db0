"""The error of rows left out: in closed form, and how sure it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.learning.choice import evidence
from components.learning.choice.evidence import Evidence, left_out_error, measure
from tests.examples import examples

pytestmark = pytest.mark.unit


def cloud(seed: int, n: int, classes: int = 3, apart: float = 1.0, p: int = 10) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    return rng.standard_normal((n, p)) + apart * np.eye(classes, p)[y], y


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_refitting_without_each_row_gives(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "GRID", np.array([7.0]))
    x, y = cloud(seed, 30)
    z = (x - x.mean(0)) / x.std(0)
    wrong = 0
    for row in range(len(y)):
        rest = np.arange(len(y)) != row
        # the offset is not penalised; the units stay those of all rows
        design = np.c_[z, np.ones(len(z))]
        penalty = np.diag([7.0] * z.shape[1] + [0.0])
        targets = np.eye(3)[y]
        weights = np.linalg.solve(design[rest].T @ design[rest] + penalty, design[rest].T @ targets[rest])
        wrong += int((design[row] @ weights).argmax() != y[row])
    assert left_out_error(x, y) == pytest.approx(wrong / len(y))


def test_noise_is_left_and_separated_classes_are_not() -> None:
    assert measure(*cloud(0, 300, apart=20.0)).error == 0
    noise = measure(*cloud(1, 300, apart=0.0))
    assert noise.error > 0.5
    assert noise.sure > 0.45


@examples(50)
@given(error=st.floats(0, 1), rows=st.integers(1, 10**6))
def test_bounds(error: float, rows: int) -> None:
    found = Evidence(rows, 2, error)
    assert 0 <= found.sure <= found.error
    assert Evidence(rows * 4, 2, error).sure >= found.sure, "more rows prove more"


def test_rows_that_cannot_be_judged() -> None:
    x, y = cloud(3, 12)
    assert measure(x[:0], y[:0]).rows == 0
    assert measure(x, np.zeros(12, np.int64)) == Evidence(0, 1, 0.0)
    assert measure(x, np.arange(12)).rows == 0, "each class has one row"
    lonely = np.r_[y[:11], 9]
    assert (measure(x, lonely).rows, measure(x, lonely).classes) == (11, 3)


@examples(20)
@given(seed=st.integers(0, 10**6), power=st.integers(-4, 4), move=st.integers(-5, 5))
def test_units_do_not_matter(seed: int, power: int, move: int) -> None:
    x, y = cloud(seed, 40)
    assert left_out_error(x * 2.0**power + move, y) == pytest.approx(left_out_error(x, y), abs=1e-9)
