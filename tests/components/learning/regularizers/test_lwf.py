"""LwF: the old answers on the new rows, over old columns only, with T and T^2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from components.errors import UsageError
from components.learning.method import read_method
from components.learning.run import Batch, Run

pytestmark = pytest.mark.unit
X = torch.randn(10, 3, generator=torch.Generator().manual_seed(0))
W = torch.tensor([[0.5, -1.0, 2.0], [1.0, 0.0, -0.3], [0.0, 0.0, 0.0]])  # the last row is a new label's


def linear(own: dict[str, Any], rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    scores = X[rows] @ own["head.w"].T
    return -scores.log_softmax(-1)[:, 0], scores


def begun(toy: Callable[..., Run], **settings: Any) -> tuple[Run, Any]:
    run = toy({"head.w": W}, linear, 6, labels=("b", "a", "new"), seen={"a": 3, "b": 3}, memory=["m"] * 4)
    method = read_method("regularizer", {"kind": "lwf", **settings})
    method.before_experience(run)
    return run, method


def term(run: Run, method: Any, rows: np.ndarray) -> torch.Tensor:
    losses, scores = run.network.score(run.table, rows)
    return method.penalty(run, Batch(rows=rows, losses=losses, scores=scores))


@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0])
def test_the_penalty_is_written_out(temperature: float, toy: Callable[..., Run]) -> None:
    run, method = begun(toy, strength=3.0, temperature=temperature)
    moved = W + torch.randn(3, 3, generator=torch.Generator().manual_seed(1))
    run.network.own["head.w"].data.copy_(moved)
    rows = np.array([4, 1, 7, 9])  # two new rows, two of the memory
    found = term(run, method, rows)
    wanted = 0.0
    for row in (4, 1):
        old, new = ((X[row] @ w[:2].T / temperature).softmax(-1).double() for w in (W, moved))
        wanted += float((old * (old.log() - new.log())).sum()) / 2
    assert float(found.detach()) == pytest.approx(3 * temperature**2 * wanted, rel=1e-5)
    found.backward()
    gradient = run.network.own["head.w"].grad
    assert not gradient[2].any(), "the new column is free"
    assert gradient[:2].any()


def test_nothing_pulls_a_model_that_has_not_changed(toy: Callable[..., Run]) -> None:
    run, method = begun(toy)
    found = term(run, method, np.arange(6))
    found.backward()
    assert float(found.detach()) == pytest.approx(0, abs=1e-6)
    assert float(run.network.own["head.w"].grad.abs().max()) < 1e-6
    assert term(run, method, np.array([6, 7])) is None, "memory rows have labels"


def test_a_head_that_knows_nothing_teaches_nothing(toy: Callable[..., Run]) -> None:
    run = toy({"head.w": torch.zeros(3, 3)}, linear, 6, labels=("a", "b", "new"), seen={"a": 3, "b": 3})
    method = read_method("regularizer", {"kind": "lwf"})
    method.before_experience(run)
    assert term(run, method, np.arange(6)) is None


def test_a_temporary_head_is_refused(toy: Callable[..., Run]) -> None:
    run = toy({"base.w": W}, linear, 6, labels=("a", "b", "new"), seen={"a": 3, "b": 3})
    with pytest.raises(UsageError, match="temporary"):
        read_method("regularizer", {"kind": "lwf"}).before_experience(run)
