"""GEM and A-GEM: the gradient handed on never points against a memory, and is the nearest such one (a reference QP says so)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from components.learning.method import read_method
from components.learning.regularizers.gem import multipliers
from components.learning.run import Batch, Past, Run
from tests.examples import examples

pytestmark = pytest.mark.unit


def linear(slopes: torch.Tensor) -> Any:
    """Row i's loss is slopes[i] . w: its gradient is slopes[i]. A frozen and a temporary parameter stand beside."""

    def rule(own: dict[str, Any], rows: torch.Tensor) -> tuple[torch.Tensor, None]:
        return slopes[rows] @ own["w"] + (own["temporary.t"] * 3).sum(), None

    return rule


def projected(method: Any, run: Run, g: torch.Tensor) -> torch.Tensor:
    run.network.own["w"].grad = g.clone()
    run.network.own["temporary.t"].grad = torch.ones(2)
    method.before_experience(run)
    method.before_update(run, Batch(rows=np.arange(0), losses=torch.zeros(0)))
    assert torch.equal(run.network.own["temporary.t"].grad, torch.ones(2)), "a temporary head's gradient is left alone"
    return run.network.own["w"].grad


def nearest(g: np.ndarray, memories: np.ndarray) -> np.ndarray:
    """argmin |z - g|^2 subject to memories z >= 0: the primal problem, by SLSQP."""
    found = minimize(
        lambda z: 0.5 * ((z - g) ** 2).sum(), np.zeros_like(g), jac=lambda z: z - g, method="SLSQP",
        constraints={"type": "ineq", "fun": lambda z: memories @ z, "jac": lambda z: memories},
        options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert found.success
    return found.x


@pytest.mark.parametrize("seed", range(12))
def test_gem_is_the_reference_qp(seed: int, toy: Callable[..., Run]) -> None:
    rng = np.random.default_rng(seed)
    slopes = torch.tensor(rng.normal(size=(12, 8)), dtype=torch.float32)
    names = ["a", "b", "a", "c", "b", "c", "d", "d"]
    run = toy({"w": torch.zeros(8), "temporary.t": torch.zeros(2)}, linear(slopes), 4, memory=names)
    memories = np.array([np.mean([slopes[4 + i].numpy() for i, n in enumerate(names) if n == m], 0) for m in "abcd"], dtype=float)
    g = torch.tensor(rng.normal(size=8) - 2 * memories.mean(0), dtype=torch.float32)
    assert (memories @ g.numpy().astype(float)).min() < 0
    found = projected(read_method("regularizer", {"kind": "gem", "margin": 0.0, "samples": 0}), run, g)
    np.testing.assert_allclose(found.numpy(), nearest(g.numpy().astype(float), memories), atol=2e-5)
    margin = projected(read_method("regularizer", {"kind": "gem", "margin": 0.5, "samples": 0}), run, g)
    shifted = nearest(g.numpy() + 0.5 * memories.sum(0), memories)
    np.testing.assert_allclose(margin.numpy(), shifted, atol=5e-5)


vectors = st.lists(st.lists(st.integers(-3, 3), min_size=4, max_size=4), min_size=1, max_size=6)


@examples(100)
@given(rows=vectors, g=st.lists(st.integers(-3, 3), min_size=4, max_size=4), margin=st.sampled_from([0.0, 0.5, 3.0]))
def test_never_against_a_memory(rows: list[list[int]], g: list[int], margin: float) -> None:
    """Also when memories are equal, opposed, zero, or more than there are coordinates."""
    memories, own = np.array(rows, dtype=float), np.array(g, dtype=float)
    v = multipliers(memories @ memories.T, memories @ own, margin)
    assert (v[np.abs(memories).sum(1) > 0] >= margin).all()
    assert (memories @ (own + memories.T @ v)).min() >= -1e-6


@pytest.mark.parametrize("kind", ["gem", "agem"])
def test_a_gradient_that_harms_nobody_stays_bit_for_bit(kind: str, toy: Callable[..., Run]) -> None:
    slopes = torch.eye(4)
    run = toy({"w": torch.zeros(4), "temporary.t": torch.zeros(2)}, linear(slopes), 2, memory=["a", "b"])
    g = torch.tensor([-1.0, 5.0, 0.0, 0.3])
    assert torch.equal(projected(read_method("regularizer", {"kind": kind}), run, g), g)
    run = replace(run, past=Past())
    assert torch.equal(projected(read_method("regularizer", {"kind": kind}), run, -g), -g), "the first experience has no past"


def test_agem_is_its_closed_form(toy: Callable[..., Run]) -> None:
    slopes = torch.tensor(np.random.default_rng(0).normal(size=(7, 5)), dtype=torch.float32)
    run = toy({"w": torch.zeros(5), "temporary.t": torch.zeros(2)}, linear(slopes), 2, memory=["a", "b", "b", "a", "a"])
    reference = slopes[2:].mean(0)
    g = torch.tensor([0.3, -1.0, 0.2, 0.7, 0.1]) - 3 * reference
    found = projected(read_method("regularizer", {"kind": "agem", "samples": 0}), run, g)
    torch.testing.assert_close(found, g - (g @ reference) / (reference @ reference) * reference, rtol=1e-5, atol=1e-6)
    assert abs(float(found @ reference)) < 1e-5
