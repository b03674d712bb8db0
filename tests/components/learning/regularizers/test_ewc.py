"""EWC on a logistic model: the Fisher information's closed form, and a proximal step that cannot diverge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from components.learning.method import read_method
from components.learning.networks.table import Table
from components.learning.networks.tokens import Tokens
from components.learning.regularizers._fisher import diagonal_fisher
from components.learning.run import Batch, Run

pytestmark = pytest.mark.unit
STEP = Batch(rows=np.arange(0), rate=0.1, losses=torch.zeros(0))


@dataclass
class Logistic:
    """p(y = 1 | x) = sigmoid(w x): a network of one parameter vector."""

    x: torch.Tensor
    w: torch.nn.Parameter
    writes: bool = False
    model: torch.nn.Module = field(default_factory=torch.nn.Module)

    def parameters(self) -> dict[str, torch.nn.Parameter]:
        return {"w": self.w}

    def train(self, mode: bool) -> None:
        pass

    def logits(self, table: Table, rows: NDArray[np.int64]) -> torch.Tensor:
        z = self.x[torch.from_numpy(rows)] @ self.w
        return torch.stack([torch.zeros_like(z), z], dim=1)


def run_of(n: int = 400, seed: int = 0) -> Run:
    """A run over n rows of three features."""
    generator = torch.Generator().manual_seed(seed)
    network: Any = Logistic(torch.randn(n, 3, generator=generator), torch.nn.Parameter(torch.tensor([0.5, -1.0, 2.0])))
    return Run(network, Table(Tokens((np.zeros(1, np.int64),) * n), ()), n, np.random.default_rng(seed))


def closed_form(network: Any) -> torch.Tensor:
    """F_j = mean of p (1 - p) x_j^2."""
    p = torch.sigmoid(network.x @ network.w.detach())
    return ((p * (1 - p)).unsqueeze(1) * network.x**2).mean(0)


def test_the_exact_fisher_is_the_closed_form() -> None:
    run = run_of()
    found = diagonal_fisher(run, run.parameters, samples=400, kind="exact")["w"]
    torch.testing.assert_close(found, closed_form(run.network), rtol=1e-4, atol=1e-6)


def test_the_sampled_fisher_is_unbiased() -> None:
    run = run_of(4000)
    found = diagonal_fisher(run, run.parameters, samples=4000, kind="sampled")["w"]
    torch.testing.assert_close(found, closed_form(run.network), rtol=0.1, atol=0.0)


@pytest.mark.parametrize("kind", ["ewc", "online_ewc"])
@pytest.mark.parametrize("strength", [1.0, 1e3, 1e6, 1e30])
def test_the_proximal_step_cannot_diverge(kind: str, strength: float) -> None:
    run = run_of()
    method = read_method("regularizer", {"kind": kind, "strength": strength, "fisher": "exact"})
    method.after_experience(run)
    anchor = run.network.w.detach().clone()
    with torch.no_grad():
        run.network.w.add_(torch.tensor([5.0, -5.0, 1.0]))
    before = (run.network.w.detach() - anchor).abs()
    for _ in range(5):
        method.after_update(run, STEP)
        after = (run.network.w.detach() - anchor).abs()
        assert bool((after <= before * (1 + 1e-6) + 1e-5).all()), "each step goes towards the anchor, never past it"
        before = after
    if strength >= 1e6:
        torch.testing.assert_close(run.network.w.detach(), anchor, rtol=1e-3, atol=1e-3)


@given(
    strength=st.one_of(st.none(), st.floats(0, 1e38)),
    pull=st.floats(0, 1e38),
    fisher=st.lists(st.floats(0, 2.0**40, width=32), min_size=3, max_size=3),
    anchor=st.floats(-1e3, 1e3),
)
def test_no_strength_and_no_fisher_passes_the_anchor(
    strength: float | None, pull: float, fisher: list[float], anchor: float
) -> None:
    run = run_of(4)
    method = read_method("regularizer", {"kind": "ewc", "strength": strength, "pull": pull})
    own = torch.tensor(fisher)
    method.load({"fisher.w": own, "pull.w": own * anchor})
    before = run.network.w.detach() - anchor
    for _ in range(3):
        method.after_update(run, STEP)
        after = run.network.w.detach() - anchor
        assert bool(after.isfinite().all())
        assert bool((after.abs() <= before.abs() + 1e-3 * max(1.0, abs(anchor))).all())
        before = after


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e6])
@pytest.mark.parametrize("peak", [1e-5, 0.1])
def test_the_pull_knows_no_scale_of_gradients_and_rates(scale: float, peak: float) -> None:
    """A parameter of mean importance goes p / (1 + p) of the way at the first rate; half the rate, half the weight."""
    for rate, part in ((peak, 0.25 / 1.25), (peak / 2, 0.125 / 1.125)):
        run = run_of()
        method = read_method("regularizer", {"kind": "ewc", "pull": 0.25})
        method._peak = peak
        method.load({"fisher.w": torch.tensor([1.0, 1.0, 0.0]) * scale, "pull.w": torch.zeros(3)})
        before = run.network.w.detach().clone()
        method.after_update(run, Batch(rows=np.arange(0), rate=rate, losses=torch.zeros(0)))
        torch.testing.assert_close(run.network.w.detach(), before * torch.tensor([1 - part, 1 - part, 1.0]))


def test_several_anchors_are_one_quadratic() -> None:
    run = run_of()
    method = read_method("regularizer", {"kind": "ewc", "strength": 7.0, "fisher": "exact", "samples": 400})
    terms: list[tuple[torch.Tensor, torch.Tensor]] = []
    for shift in (0.0, 1.0, -2.0):
        with torch.no_grad():
            run.network.w.add_(shift)
        terms.append((closed_form(run.network), run.network.w.detach().clone()))
        method.after_experience(run)
    start = torch.tensor([3.0, 3.0, 3.0])
    with torch.no_grad():
        run.network.w.copy_(start)
    method.after_update(run, STEP)
    # argmin over v of |v - start|^2 / 2 + 0.1 * 7 / 2 * sum_t F_t (v - theta_t)^2
    top = start + 0.7 * sum((f * theta for f, theta in terms), torch.zeros(3))
    torch.testing.assert_close(
        run.network.w.detach(), top / (1 + 0.7 * sum((f for f, _ in terms), torch.zeros(3))), rtol=1e-3, atol=1e-4
    )


def test_online_keeps_one_anchor_and_decays() -> None:
    run = run_of()
    method = read_method("regularizer", {"kind": "online_ewc", "gamma": 0.5, "fisher": "exact", "samples": 400})
    method.after_experience(run)
    first = closed_form(run.network)
    with torch.no_grad():
        run.network.w.add_(1.0)
    method.after_experience(run)
    fisher = 0.5 * first + closed_form(run.network)
    torch.testing.assert_close(method._fisher["w"], fisher, rtol=1e-3, atol=1e-6)
    torch.testing.assert_close(method._pull["w"], fisher * run.network.w.detach(), rtol=1e-3, atol=1e-6)


def test_new_rows_of_a_grown_head_move_freely() -> None:
    run = run_of()
    method = read_method("regularizer", {"kind": "ewc", "strength": 1e6})
    method.load({"fisher.w": torch.ones(2), "pull.w": torch.zeros(2)})
    method.after_update(run, STEP)
    torch.testing.assert_close(run.network.w.detach(), torch.tensor([0.0, 0.0, 2.0]), atol=1e-4, rtol=0)


def test_state_comes_back() -> None:
    run = run_of()
    method, again = (read_method("regularizer", {"kind": "ewc"}) for _ in range(2))
    method.after_experience(run)
    state: Mapping[str, torch.Tensor] = method.state()
    again.load(state)
    assert set(state) == {"fisher.w", "pull.w"}
    assert all(torch.equal(again.state()[k], v) for k, v in state.items())
