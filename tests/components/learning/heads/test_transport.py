"""Drift compensation: what it must leave alone, what it must follow exactly, and the same for any Gram matrix."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.learning.heads._class_sums import ClassSums
from components.learning.heads._statistics import Lesson
from components.learning.heads._transport import drift, move_scatter
from components.learning.heads.lda import Lda
from components.learning.heads.prototypes import Prototypes
from tests.examples import examples

pytestmark = pytest.mark.unit


def randn(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_it_is_the_weighted_mean_drift() -> None:
    before, after, means = randn(1, 9, 4), randn(2, 9, 4), randn(3, 3, 4)
    found = drift(before, after, means, 0.7)
    for c in range(3):
        squares = ((before - means[c]) ** 2).sum(1)
        weights = torch.exp(-squares / (2 * 0.7**2 * squares.mean()))
        torch.testing.assert_close(found[c], (weights @ (after - before)) / weights.sum())


@examples(20)
@given(seed=st.integers(0, 10**6), bandwidth=st.sampled_from([0.01, 0.3, 5.0]), scale=st.sampled_from([1e-3, 1.0, 1e3]))
def test_shifts_are_followed_exactly_and_the_unit_does_not_matter(seed: int, bandwidth: float, scale: float) -> None:
    before, means, shift = randn(seed, 12, 5), randn(seed + 1, 4, 5), randn(seed + 2, 5)
    torch.testing.assert_close(drift(before, before + shift, means, bandwidth), shift.expand(4, 5))
    assert not drift(before, before, means, bandwidth).any()
    after = randn(seed + 3, 12, 5)
    scaled = drift(before * scale, after * scale, means * scale, bandwidth)
    torch.testing.assert_close(scaled, drift(before, after, means, bandwidth) * scale, rtol=1e-6, atol=1e-9 * scale)


def test_near_rows_say_how_a_class_moved() -> None:
    means = torch.tensor([[0.0, 0.0], [10.0, 0.0]]).double()
    before = torch.cat([means[0] + 0.1 * randn(1, 20, 2), means[1] + 0.1 * randn(2, 20, 2)])
    moved = torch.tensor([[0.0, 1.0]] * 20 + [[0.0, -1.0]] * 20).double()
    torch.testing.assert_close(drift(before, before + moved, means, 0.3), torch.tensor([[0.0, 1.0], [0.0, -1.0]]).double(),
                               rtol=0, atol=0.01)  # fmt: skip


def test_scatter_moves_with_the_means_for_any_gram_matrix() -> None:
    columns = torch.arange(30) % 3
    phi = torch.relu(randn(4, 30, 8))  # random features too
    delta = randn(5, 3, 8)
    y = torch.nn.functional.one_hot(columns, 3).double()
    moved = phi + delta[columns]
    torch.testing.assert_close(move_scatter(phi.T @ phi, y.T @ phi, y.sum(0), delta), moved.T @ moved)


@pytest.mark.parametrize("kind", [Prototypes, Lda])
def test_a_head_transports_its_old_classes_and_learns_the_new_rows(kind: type[ClassSums]) -> None:
    def on_grid(x: torch.Tensor) -> torch.Tensor:
        return (x * 2**10).round() / 2**10

    old, new, shift = on_grid(randn(6, 40, 5)), on_grid(randn(7, 40, 5) + 1), on_grid(randn(8, 5) * 3)
    columns, ones, all_rows = torch.arange(40) % 2, torch.ones(40).double(), torch.arange(40)
    head, ideal = kind(stale="transport"), kind()
    for one in (head, ideal):
        one.grow(["a", "b"], 5)
    head.learn(Lesson(old, columns, ones, 40, True, None, all_rows))
    ideal.learn(Lesson(old + shift, columns, ones, 40, True, None, all_rows))
    for one in (head, ideal):
        one.grow(["c"], 5)
    third = torch.full((40,), 2)
    head.learn(Lesson(new + shift, third, ones, 40, False, new, all_rows))  # the base model moved everything by `shift`
    ideal.learn(Lesson(new + shift, third, ones, 40, False, None, all_rows))
    for name in ("counts", "sums", "moment"):
        if name in ideal.state():
            torch.testing.assert_close(head.state()[name], ideal.state()[name], rtol=1e-9, atol=1e-7)
    torch.testing.assert_close(head.scores(new + shift), ideal.scores(new + shift), rtol=1e-6, atol=1e-6)
