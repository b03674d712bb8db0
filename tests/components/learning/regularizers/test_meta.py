"""Reptile and first-order La-MAML against closed forms and an independent derivation by autograd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from components.learning.method import read_method
from components.learning.run import Batch, Draw, Run

pytestmark = pytest.mark.unit
STEP = Batch(rows=np.arange(0), losses=torch.zeros(0))
CENTRE = torch.tensor([1.0, -2.0, 0.5])
X = torch.randn(8, 3, generator=torch.Generator().manual_seed(1))


def bowl(own: dict[str, Any], rows: torch.Tensor) -> tuple[torch.Tensor, None]:
    return (0.5 * ((own["w"] - CENTRE) ** 2).sum()).expand(len(rows)), None


def squares(own: dict[str, Any], rows: torch.Tensor) -> tuple[torch.Tensor, None]:
    return (X[rows] @ own["w"] - 1.0) ** 2, None


def test_reptile_is_its_closed_form(toy: Callable[..., Run], fit: Callable[..., None]) -> None:
    """SGD shrinks the distance by 1 - rate a step: k of them and the update, by 1 - eps + eps (1 - rate)^k."""
    run = toy({"w": torch.zeros(3)}, bowl, 4)
    reptile = read_method("regularizer", {"kind": "reptile", "every": 3, "step": 0.25})
    fit(run, reptile, rate=0.2, epochs=7)
    factor = (1 - 0.25 + 0.25 * 0.8**3) ** 2 * 0.8  # two inner loops, and one step of a third
    torch.testing.assert_close(run.network.own["w"].detach(), CENTRE - factor * CENTRE)
    assert reptile.state() == {}


def test_reptile_with_a_whole_step_changes_nothing(toy: Callable[..., Run], fit: Callable[..., None]) -> None:
    plain, run = (toy({"w": torch.zeros(3)}, bowl, 4) for _ in range(2))
    fit(plain, rate=0.2, epochs=7)
    fit(run, read_method("regularizer", {"kind": "reptile", "every": 2, "step": 1.0}), rate=0.2, epochs=7)
    torch.testing.assert_close(run.network.own["w"].detach(), plain.network.own["w"].detach())


def test_reptile_keeps_its_slow_weights_and_its_count(toy: Callable[..., Run]) -> None:
    run = toy({"w": torch.zeros(3)}, bowl, 4)
    first, second = (read_method("regularizer", {"kind": "reptile", "every": 2, "step": 0.5}) for _ in range(2))
    first.compose_batch(run, Draw(run.split.training))
    run.network.own["w"].data += 1
    first.after_update(run, STEP)
    second.load(first.state())
    run.network.own["w"].data += 1
    second.after_update(run, STEP)
    assert run.network.own["w"].tolist() == [1.0, 1.0, 1.0], "halfway from 0 to 2"


def test_lamaml_is_the_first_order_meta_gradient(toy: Callable[..., Run], fit: Callable[..., None]) -> None:
    """The same by autograd through the unrolled inner loop, its gradients held constant."""
    run = toy({"w": torch.zeros(3)}, squares, 8)
    method = read_method("regularizer", {"kind": "lamaml", "initial": 0.05, "alpha_rate": 0.01, "inner": 4})
    order: list[Any] = []
    compose = type(method).compose_batch

    class Watch(type(method)):  # type: ignore[misc]
        def compose_batch(self, run: Run, draw: Draw) -> Draw:
            order.append(torch.as_tensor(draw.rows))
            return compose(self, run, draw)

    fit(run, watch := Watch(**method.model_dump()), rate=0.123)
    theta, alpha = torch.zeros(3, requires_grad=True), torch.full((3,), 0.05, requires_grad=True)
    fast, losses = theta, []
    for part in order[0].split(2):
        inner = fast.detach().requires_grad_()
        [g] = torch.autograd.grad(squares({"w": inner}, part)[0].mean(), inner)
        fast = fast - alpha * g
        losses.append(squares({"w": fast}, order[0])[0].mean())
    to_theta, to_alpha = torch.autograd.grad(torch.stack(losses).mean(), [theta, alpha])
    rates = alpha.detach() - 0.01 * to_alpha
    torch.testing.assert_close(watch.state()["w"], rates)
    torch.testing.assert_close(run.network.own["w"].detach(), -rates.clamp(min=0) * to_theta)


def test_lamaml_stops_parameters_with_a_negative_rate(toy: Callable[..., Run], fit: Callable[..., None]) -> None:
    run = toy({"w": torch.zeros(3)}, bowl, 4)
    method = read_method("regularizer", {"kind": "lamaml", "alpha_rate": 0.0})
    method.load({"w": torch.tensor([0.1, -0.1])})  # the third coordinate is newer: it starts at `initial`
    fit(run, method, rate=1.0, epochs=3)
    w = run.network.own["w"].tolist()
    assert w[1] == 0
    assert w[0] > 0.1
    assert w[2] > 0.05
