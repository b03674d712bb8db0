"""Synaptic intelligence: the path integral is the fall of the loss, and no strength diverges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from components.learning.method import Method, read_method
from components.learning.recipe import read_recipe
from components.learning.run import Batch, Draw, Run
from components.settings import LearningSettings

pytestmark = pytest.mark.unit
STEP = Batch(rows=np.arange(0), rate=0.1, losses=torch.zeros(0))
CENTRE, CURVE = torch.tensor([1.0, -2.0, 0.5]), torch.tensor([1.0, 0.3, 2.0])


class Pull(Method):
    """A penalty that must not count as loss."""

    axis: ClassVar[str] = "regularizer"
    kind: ClassVar[str] = "pull"

    def penalty(self, run: Run, batch: Batch) -> torch.Tensor:
        return 0.2 * (run.parameters["w"] ** 2).sum()


def quadratic(own: dict[str, Any], rows: torch.Tensor) -> tuple[torch.Tensor, None]:
    """1/2 sum of curve (w - centre)^2, the same for each row."""
    return (0.5 * (CURVE * (own["w"] - CENTRE) ** 2).sum()).expand(len(rows)), None


def other(name: str) -> list[Method]:
    """What else is in the recipe."""
    if name == "proximal":
        method: Method = read_method("regularizer", {"kind": "l2sp", "strength": 0.5})
        method.load({"w": torch.zeros(3)})
        return [method]
    return [Pull()] if name == "penalty" else []


@pytest.mark.parametrize("others", ["alone", "penalty", "proximal"])
@pytest.mark.parametrize("kind", ["sgd", "adamw"])
def test_the_path_integral_is_the_fall_of_the_loss(
    kind: str, others: str, toy: Callable[..., Run], fit: Callable[..., None]
) -> None:
    run = toy({"w": torch.zeros(3)}, quadratic, 4)
    si = read_method("regularizer", {"kind": "si", "strength": 0.0, "xi": 0.1})
    fit(run, si, *other(others), kind=kind, rate=2e-3, epochs=300)
    w = run.network.own["w"].detach()
    path = si.state()["omega.w"] * (w**2 + 0.1)  # the parameters started at 0
    along = 0.5 * CURVE * (CENTRE**2 - (w - CENTRE) ** 2)
    assert float(along.min()) > 0.1
    torch.testing.assert_close(path, along, rtol=1e-2, atol=1e-3)
    assert si.state().keys() == {"omega.w", "anchor.w"}
    assert torch.equal(si.state()["anchor.w"], w)


@pytest.mark.parametrize("strength", [1.0, 1e6, 1e30])
def test_the_proximal_step_cannot_diverge(strength: float, toy: Callable[..., Run]) -> None:
    run = toy({"w": torch.tensor([5.0, -5.0, 1.0])}, quadratic, 4)
    si = read_method("regularizer", {"kind": "si", "strength": strength})
    omega, anchor = torch.tensor([1.0, 0.5, 1e20]), torch.tensor([0.0, 1.0, 2.0])
    si.load({"omega.w": omega, "anchor.w": anchor})
    start = run.network.own["w"].detach().clone()
    si.after_update(run, STEP)
    # argmin of |v - start|^2 / 2 + 0.1 * strength * omega (v - anchor)^2
    pull = (0.2 * strength * omega).double().clamp(max=1e300)
    wanted = (start.double() + pull * anchor) / (1 + pull)
    torch.testing.assert_close(run.network.own["w"].detach(), wanted.float(), rtol=1e-5, atol=1e-5)


def test_importances_add_up_and_new_rows_move_freely(toy: Callable[..., Run], fit: Callable[..., None]) -> None:
    si = read_method("regularizer", {"kind": "si", "strength": 1e9})
    si.load({"omega.w": torch.ones(2), "anchor.w": torch.zeros(2)})
    run = toy({"w": torch.zeros(3)}, quadratic, 4)
    fit(run, si, rate=0.1, epochs=20)
    w = run.network.own["w"].detach()
    torch.testing.assert_close(w[:2], torch.zeros(2), atol=1e-6, rtol=0)
    assert float(w[2]) == pytest.approx(0.5, abs=0.05)
    omega = si.state()["omega.w"]
    torch.testing.assert_close(omega[:2], torch.ones(2), atol=1e-4, rtol=0)
    assert float(omega[2]) > 0.5


def test_state_during_training_goes_on_as_if_nothing_was(toy: Callable[..., Run]) -> None:
    def step(method: Method, run: Run) -> None:
        method.compose_batch(run, Draw(run.split.training))
        run.network.own["w"].grad = CURVE * (run.network.own["w"].detach() - CENTRE)
        method._alone = True
        method.before_update(run, STEP)
        with torch.no_grad():
            run.network.own["w"].sub_(0.1 * run.network.own["w"].grad)
        method.after_update(run, STEP)

    run = toy({"w": torch.zeros(3)}, quadratic, 4)
    whole, first, second = (read_method("regularizer", {"kind": "si"}) for _ in range(3))
    for _ in range(4):
        step(whole, run)
    whole.after_experience(run)
    again = toy({"w": torch.zeros(3)}, quadratic, 4)
    for _ in range(2):
        step(first, again)
    second.load(first.state())
    for _ in range(2):
        step(second, again)
    second.after_experience(again)
    assert torch.equal(whole.state()["omega.w"], second.state()["omega.w"])


@pytest.mark.parametrize(("weighting", "again"), [("none", False), ("inverse_sqrt", True)])
def test_the_gradient_is_taken_twice_only_beside_another_term(
    weighting: str, again: bool, toy: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[object] = []
    real = torch.autograd.grad
    monkeypatch.setattr(torch.autograd, "grad", lambda *given, **named: (taken.append(1), real(*given, **named))[1])
    settings = LearningSettings.model_validate({
        "head": {"kind": "linear", "weighting": weighting}, "rehearsal": {"kind": "none"}, "regularizers": [{"kind": "si"}],
    })  # fmt: skip
    recipe = read_recipe(settings)
    recipe.check(causal=False)
    run = toy({"w": torch.zeros(3)}, quadratic, 4)
    losses, scores = run.network.score(run.table, np.arange(4))
    recipe.regularizers[0].penalty(run, Batch(rows=np.arange(4), losses=losses, scores=scores))
    assert bool(taken) == again
