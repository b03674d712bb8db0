"""Weight alignment, bias correction and class weights of the linear head, each against what defines it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.errors import UsageError
from components.learning.heads._correction import HOLD, MOST, affine, alignment, class_weights
from components.learning.heads.linear import Linear
from components.learning.networks.table import Table
from components.learning.networks.tokens import Tokens
from components.learning.recipe import read_recipe
from components.learning.run import Batch, Past, Run, Split
from components.settings import LearningSettings

pytestmark = pytest.mark.unit


def run_of(
    truth: list[str], new: int, features: torch.Tensor | None = None, memory: Any = None, validation: Any = (), **seen: int
) -> Run:
    """A run without a network: what a head reads of it beside."""
    network: Any = None
    split, past = Split(np.arange(new), np.array(validation, np.int64)), Past(memory=memory, seen=seen)
    return Run(network, Table(Tokens(()), tuple(truth), features), new, np.random.default_rng(0), split, past)


def test_aligned_rows_have_the_mean_norm_of_the_old_ones() -> None:
    head, x = Linear(correction="weight_alignment"), torch.randn(6, 5)
    head.grow(["a", "b"], 5)
    head.grow(["c", "d"], 5)
    for parameter in head.parameters().values():
        torch.nn.init.normal_(parameter)
    weight, before = head.parameters()["weight"], head.parameters()["weight"].detach().clone()
    scores = head.logits(x).detach()
    run = run_of(["c", "d"], 2, a=4, b=4)
    head.after_experience(run)
    assert torch.equal(weight[:2], before[:2]), "old rows stay bit for bit"
    torch.testing.assert_close(weight[2:].norm(dim=1).mean(), before[:2].norm(dim=1).mean())
    gamma = before[:2].norm(dim=1).mean() / before[2:].norm(dim=1).mean()
    torch.testing.assert_close(head.logits(x)[:, 2:], gamma * scores[:, 2:])
    assert alignment(torch.zeros(2, 3), torch.tensor([False, True])) == 1.0, "nothing to align with"


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=6), st.lists(st.floats(-30, 30), min_size=2, max_size=6))
def test_alignment_is_the_ratio_of_norms_within_its_bounds(old: list[float], new: list[float]) -> None:
    """Rows of lengths 10^x: a row that hardly learned neither explodes nor silences the others."""
    weight = torch.tensor([10**x for x in (*old, *new)], dtype=torch.float64).unsqueeze(1) * torch.tensor([[0.6, -0.8]])
    fresh = torch.arange(len(weight)) >= len(old)
    gamma, norms = alignment(weight, fresh), weight.norm(dim=1)
    assert 1 / MOST <= gamma <= MOST
    assert gamma == pytest.approx(min(max(float(norms[~fresh].mean() / norms[fresh].mean()), 1 / MOST), MOST))


def test_there_is_nothing_to_correct_without_old_or_without_new_classes() -> None:
    for seen in ({}, {"a": 1, "b": 1}):
        for correction in ("weight_alignment", "bias"):
            head = Linear(correction=correction)
            head.grow(["a", "b"], 3)
            for parameter in head.parameters().values():
                torch.nn.init.normal_(parameter)
            before = {name: tensor.clone() for name, tensor in head.state().items()}
            run = run_of(["a", "b"], 2, torch.randn(2, 3), **seen)
            head.after_experience(run)
            assert all(torch.equal(tensor, before[name]) for name, tensor in head.state().items())


def test_the_affine_correction_is_a_minimum_and_undoes_a_known_distortion() -> None:
    generator = torch.Generator().manual_seed(0)
    true = torch.randn(20000, 4, generator=generator).double() * 2
    truth = torch.multinomial(true.softmax(-1), 1, generator=generator)[:, 0]
    fresh = torch.tensor([False, False, True, True])
    distorted = torch.where(fresh, (true + 1.5) / 0.6, true)  # 0.6 * score - 1.5 gives the true one back
    alpha, beta = affine(distorted, truth, fresh)
    assert alpha == pytest.approx(0.6, rel=0.05)
    assert beta == pytest.approx(-1.5, abs=0.1)

    def objective(at: torch.Tensor) -> torch.Tensor:
        moved = torch.where(fresh, at[0] * distorted + at[1], distorted)
        losses = torch.nn.functional.cross_entropy(moved, truth, reduction="none")
        mean = torch.stack([losses[truth == c].mean() for c in range(4)]).mean()  # each class counts the same
        return mean + HOLD / 2 * ((at[0] - 1) ** 2 + at[1] ** 2)

    at = torch.tensor([alpha, beta], dtype=torch.float64, requires_grad=True)
    objective(at).backward()
    assert at.grad is not None
    assert float(at.grad.norm()) < 1e-8


def test_a_set_told_apart_perfectly_still_has_a_correction() -> None:
    truth = torch.tensor([0, 1] * 5)
    alpha, beta = affine(torch.nn.functional.one_hot(truth, 2).double() * 30 - 15, truth, torch.tensor([False, True]))
    assert np.isfinite([alpha, beta]).all()


def test_the_bias_correction_lands_in_the_rows_of_the_new_classes() -> None:
    x, memory = torch.randn(30, 6), range(10)
    truth = ["c", "d"] * 10 + ["a", "b"] * 5
    head = Linear(correction="bias")
    head.grow(["a", "b"], 6)
    head.grow(["c", "d"], 6)
    for parameter in head.parameters().values():
        torch.nn.init.normal_(parameter, std=0.2)
    run = run_of(truth, 20, x, memory, np.arange(0, 20, 3), a=9, b=9)
    before = head.logits(x).detach()
    head.after_experience(run)
    rows = [*range(0, 20, 3), *range(20, 30)]
    columns = torch.tensor(["abcd".index(truth[i]) for i in rows])
    alpha, beta = affine(before[rows], columns, torch.tensor([False, False, True, True]))
    expected = torch.cat([before[:, :2], alpha * before[:, 2:] + beta], dim=1)
    torch.testing.assert_close(head.logits(x), expected)


@pytest.mark.parametrize(
    ("axes", "match"),
    [({"rehearsal": {"kind": "none"}}, "memory rows"), ({"optimizer": {"kind": "adamw", "validation": 0}}, "validation slice")],
)
def test_a_bias_correction_without_rows_to_fit_is_refused(axes: dict[str, Any], match: str) -> None:
    config = {"head": {"kind": "linear", "correction": "bias"}, "rehearsal": {"kind": "buffer"}, "regime": {"kind": "full"}}
    read_recipe(LearningSettings.model_validate(config)).check(causal=False)
    with pytest.raises(UsageError, match=match) as caught:
        read_recipe(LearningSettings.model_validate({**config, **axes})).check(causal=False)
    assert "weight_alignment" in (caught.value.hint or "")
    aligned = {**config, **axes, "head": {"kind": "linear", "correction": "weight_alignment"}}
    read_recipe(LearningSettings.model_validate(aligned)).check(causal=False)


@pytest.mark.parametrize("own", [None, [0.1, 0.1, 0.2, 0.0, 0.6]])
def test_class_weights_multiply_the_weights_that_are_there(own: list[float] | None) -> None:
    head = Linear(weighting="inverse_sqrt")
    head.grow(["a", "b"], 3)
    run = run_of(["a"] * 9 + ["b"] * 4, new=9)  # b is in the memory alone
    head.before_experience(run)
    losses = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
    rows = np.array([0, 1, 2, 9, 10])
    batch = Batch(rows=rows, weights=None if own is None else torch.tensor(own), losses=losses)
    base = torch.full((5,), 0.2) if own is None else torch.tensor(own)
    extra = head.penalty(run, batch)
    assert extra is not None
    ((base * losses).sum() + extra).backward()  # what the trainer does
    factors = torch.tensor([1 / 3, 1 / 3, 1 / 3, 1 / 2, 1 / 2])
    expected = base * factors / (base * factors).sum() * base.sum()
    assert losses.grad is not None
    torch.testing.assert_close(losses.grad, expected)


def test_equal_counts_change_nothing() -> None:
    base = torch.tensor([0.3, 0.3, 0.4])
    torch.testing.assert_close(class_weights(torch.tensor([5, 5]), torch.tensor([0, 1, 1]), base), torch.ones(3))
    head = Linear()
    head.grow(["a"], 3)
    run = run_of(["a"], 1)
    head.before_experience(run)
    assert head.penalty(run, Batch(rows=np.array([0]), losses=torch.ones(1))) is None
