"""MAS on a linear model: importances in closed form, row by row; and L2-SP's proximal step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from components.learning.method import read_method
from components.learning.run import Batch, Draw, Run

pytestmark = pytest.mark.unit
STEP = Batch(rows=np.arange(0), rate=0.1, losses=torch.zeros(0))
X = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))


def linear(own: dict[str, Any], rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    scores = X[rows] @ own["w"].T
    return scores.sum(1), scores


def test_importances_are_row_by_row_and_sum_over_experiences(toy: Callable[..., Run]) -> None:
    """F = W x: d |F|^2 / dW_cj = 2 (W x)_c x_j."""
    w = torch.tensor([[0.5, -1.0, 2.0], [1.0, 0.0, -0.3]])
    run = toy({"w": w}, linear, 50)
    mas = read_method("regularizer", {"kind": "mas"})
    mas.after_experience(run)
    one = (2 * (X @ w.T).unsqueeze(2) * X.unsqueeze(1)).abs().mean(0)
    torch.testing.assert_close(mas.state()["omega.w"], one, rtol=1e-4, atol=1e-5)
    grown = toy({"w": torch.cat([w, torch.ones(1, 3)])}, linear, 50)
    mas.after_experience(grown)
    torch.testing.assert_close(mas.state()["omega.w"][:2], 2 * one, rtol=1e-4, atol=1e-5)
    assert mas.state()["omega.w"].shape == (3, 3)


def test_the_proximal_step_leaves_new_rows(toy: Callable[..., Run]) -> None:
    run = toy({"w": torch.ones(3, 3)}, linear, 50)
    mas = read_method("regularizer", {"kind": "mas", "strength": 2.0})
    mas.load({"omega.w": torch.full((2, 3), 5.0), "anchor.w": torch.zeros(2, 3)})
    mas.after_update(run, STEP)
    torch.testing.assert_close(run.network.own["w"].detach()[:2], torch.full((2, 3), 1 / (1 + 0.1 * 2 * 2 * 5)))
    assert torch.equal(run.network.own["w"].detach()[2], torch.ones(3))


@pytest.mark.parametrize(("anchor", "base", "head"), [("line", 0.0, None), ("experience", 1.0, 1.0)])
def test_l2sp_holds_what_its_anchor_says(anchor: str, base: float, head: float | None, toy: Callable[..., Run]) -> None:
    own = {"base.a": torch.zeros(2), "head.w": torch.zeros(2)}
    method = read_method("regularizer", {"kind": "l2sp", "strength": 1e30, "anchor": anchor})
    run = toy(own, linear, 4)
    method.compose_batch(run, Draw(run.split.training))
    for p in run.network.own.values():
        p.data.fill_(1.0)
    method.after_experience(run)
    again = read_method("regularizer", {"kind": "l2sp", "strength": 1e30, "anchor": anchor})
    again.load(method.state())
    run = toy({"base.a": torch.ones(2), "head.w": torch.ones(3)}, linear, 4)
    again.compose_batch(run, Draw(run.split.training))
    for p in run.network.own.values():
        p.data.fill_(7.0)
    again.after_update(run, STEP)
    assert run.network.own["base.a"].tolist() == [base, base]
    assert run.network.own["head.w"].tolist() == ([7.0, 7.0, 7.0] if head is None else [head, head, 7.0])
