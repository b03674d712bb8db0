"""Ridge regression, LDA and their mix from sums, against the plain formulas on all rows."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.learning.heads import _ridge as ridge
from components.learning.heads._solution import LEAST, MOST, TRIED, USUAL, Sums, by_gcv, solve
from tests.examples import examples

pytestmark = pytest.mark.unit
GRID = torch.logspace(-1, 4, TRIED, dtype=torch.float64)


def data(seed: int, n: int = 60, p: int = 8, classes: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    """Features in unlike units, and class columns that depend on them; every class has several rows."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, p, generator=generator, dtype=torch.float64)
    columns = (x[:, :classes] + 0.5 * torch.randn(n, classes, generator=generator)).argmax(1)
    columns[: 3 * classes] = torch.arange(3 * classes) % classes
    return x * torch.logspace(-2, 2, p, dtype=torch.float64) + 7, columns


def summed(x: torch.Tensor, columns: torch.Tensor, weights: torch.Tensor | None = None) -> Sums:
    phi, y = torch.cat([x, torch.ones(len(x), 1)], 1).double(), ridge.one_hot(columns, 3)
    w = torch.ones(len(x), dtype=torch.float64) if weights is None else weights
    return Sums.of((phi * w.unsqueeze(1)).T @ phi, (phi * w.unsqueeze(1)).T @ y, float(len(x)))


def standard(x: torch.Tensor) -> torch.Tensor:
    return (x - x.mean(0)) / x.std(0, unbiased=False)


def test_ridge_is_that_of_standardised_rows_with_a_free_intercept() -> None:
    x, columns = data(1)
    z, y = standard(x), ridge.one_hot(columns, 3)
    slope = torch.linalg.solve(z.T @ z + 30 * torch.eye(8, dtype=torch.float64), z.T @ (y - y.mean(0)))
    expected = (z @ slope + y.mean(0)) * (20 / y.sum(0)) ** 0.2
    solution = solve(summed(x, columns), 0.2, mixed=False, penalty=30.0)
    found = torch.cat([x, torch.ones(60, 1)], 1) @ solution.plane() * solution.spread
    torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-9)


def test_lda_is_the_formula_with_the_penalty_as_rows_of_the_diagonal() -> None:
    x, columns = data(2)
    z = standard(x)
    means = torch.stack([z[columns == c].mean(0) for c in range(3)])
    within = (z - means[columns]).T @ (z - means[columns]) / 60
    precision = torch.linalg.inv((60 * within + 30 * within.diagonal().diag()) / 90)
    away = z.unsqueeze(1) - means
    expected = (torch.bincount(columns) / 60).log() - torch.einsum("ncp,pq,ncq->nc", away, precision, away) / 2
    lda = solve(summed(x, columns), 0.2, mixed=True, penalty=30.0).lda
    assert lda is not None
    torch.testing.assert_close((z @ lda.slope + lda.offset).log_softmax(1), expected.log_softmax(1), rtol=1e-7, atol=1e-7)


def test_the_mix_is_the_mean_of_two_log_probabilities_whose_class_means_lie_equally_far_apart() -> None:
    x, columns = data(3)
    sums, phi = summed(x, columns), torch.cat([x, torch.ones(60, 1)], 1)
    mixed, alone = solve(sums, 0.2, mixed=True, penalty=30.0), solve(sums, 0.2, mixed=False, penalty=30.0)
    assert mixed.lda is not None
    other = phi @ sums.planes(mixed.lda.slope, mixed.lda.offset) / mixed.lda.spread
    one = phi @ alone.plane()
    mean = (one.log_softmax(1) + other.log_softmax(1)) / 2
    torch.testing.assert_close((phi @ mixed.plane()).log_softmax(1), mean.log_softmax(1), rtol=1e-8, atol=1e-9)
    for scores in (one, other):
        means = torch.stack([scores[columns == c].mean(0) for c in range(3)])
        means = means - means.mean(1, keepdim=True)
        share = torch.bincount(columns).double() / 60
        means = means - share @ means
        assert float((share.unsqueeze(1) * means**2).sum() / 3) == pytest.approx(1)


@pytest.mark.parametrize("mixed", [False, True])
def test_left_out_scores_equal_refitting_without_the_row(mixed: bool) -> None:
    """Standardisation, diag(W), lift, lambda and the spreads stay, as the docstrings say."""
    x, columns = data(5)
    weights = 1 + 4 * torch.rand(60, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    sums = summed(x, columns, weights)
    solution = solve(sums, 0.2, mixed=mixed, penalty=30.0)
    phi = torch.cat([x, torch.ones(60, 1)], 1)
    found, z, y = solution.left_out(phi, columns, weights), sums.standard(phi), ridge.one_hot(columns, 3)
    diagonal = sums.within().diagonal() / sums.rows
    for i in range(0, 60, 7):
        rest = torch.arange(60) != i
        w, total = weights[rest], weights[rest].sum()
        centre, share = (w @ z[rest]) / total, (w @ y[rest]) / total
        own = (z[rest] - centre) * w.unsqueeze(1)
        gram = own.T @ (z[rest] - centre) + 30 * torch.eye(8, dtype=torch.float64)
        expected = ((z[i] - centre) @ torch.linalg.solve(gram, own.T @ y[rest]) + share) * solution.lift / solution.spread
        if solution.lda is not None:
            counts = w @ y[rest]
            means = ((y[rest] * w.unsqueeze(1)).T @ z[rest]) / counts.unsqueeze(1)
            d = z[rest] - means[columns[rest]]
            scatter = (d * w.unsqueeze(1)).T @ d
            away = z[i] - means
            squares = ((away @ torch.linalg.inv((scatter + 30 * diagonal.diag()) / (total + 30))) * away).sum(1)
            expected = (expected + ((counts / total).log() - squares / 2) / solution.lda.spread) / 2
        torch.testing.assert_close(found[i].log_softmax(0), expected.log_softmax(0), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(("n", "p"), [(60, 8), (40, 80)], ids=["rows", "features"])
@pytest.mark.parametrize("noise", [False, True])
def test_lambda_is_the_grid_point_of_least_gcv(n: int, p: int, noise: bool) -> None:
    """In its form in K = z z^T, which stays exact where every target can be met."""
    x, columns = data(6, n, p)
    columns = columns[torch.randperm(n, generator=torch.Generator().manual_seed(3))] if noise else columns
    z, y = standard(x), ridge.one_hot(columns, 3)
    centring = torch.eye(n, dtype=torch.float64) - 1 / n
    scores = []
    for penalty in GRID:
        missed = centring @ torch.linalg.inv(z @ z.T / penalty + torch.eye(n, dtype=torch.float64))
        scores.append(float(((missed @ centring @ y) ** 2).sum() * n / ((missed @ centring).trace() ** 2)))
    found = solve(summed(x, columns), 0.2, mixed=False).penalty
    assert found == pytest.approx(float(GRID[scores.index(min(scores))]))
    assert LEAST <= found <= MOST


def test_lambda_does_not_depend_on_the_unit_of_a_feature_and_one_class_has_the_usual_one() -> None:
    x, columns = data(7)
    assert solve(summed(x * 100 - 3, columns), 0.2, mixed=False).penalty == solve(summed(x, columns), 0.2, mixed=False).penalty
    assert solve(summed(x, torch.zeros(60, dtype=torch.long)), 0.2, mixed=True).penalty == USUAL


def test_lambda_counts_rows_and_not_their_weights() -> None:
    """A few memory rows that stand for many, fitted exactly, must not look like many rows."""
    x, columns = data(7, 30, 24)
    weights = torch.where(torch.arange(30) < 15, 20.0, 1.0).double()
    sums = summed(x, columns, weights)
    values, vectors = torch.linalg.eigh(sums.scatter)
    root, y = weights.sqrt().unsqueeze(1), ridge.one_hot(columns, 3)
    centred = y - (weights @ y) / weights.sum()
    z = sums.standard(torch.cat([x, torch.ones(30, 1)], 1)) * root
    scores = []
    for penalty in GRID:
        hat = z @ torch.linalg.solve(z.T @ z + penalty * torch.eye(24, dtype=torch.float64), z.T)
        residual = ((root * centred - hat @ (root * centred)) ** 2).sum()
        scores.append(float(residual / (1 - (hat.trace() + 1) / 30) ** 2))
    assert by_gcv(sums, values, vectors.T @ sums.cross) == pytest.approx(float(GRID[scores.index(min(scores))]))


@examples(10)
@given(order=st.permutations(range(60)), seed=st.integers(0, 1000))
def test_the_order_of_rows_and_the_unit_of_the_sums_change_nothing(order: list[int], seed: int) -> None:
    x, columns = data(seed)
    one = solve(summed(x, columns), 0.2, mixed=True)
    other = solve(summed((x * 3 - 5)[order], columns[order]), 0.2, mixed=True)
    assert one.penalty == other.penalty
    ones = torch.ones(60, 1, dtype=torch.float64)
    expected = torch.cat([x, ones], 1) @ one.plane()
    torch.testing.assert_close(torch.cat([x * 3 - 5, ones], 1) @ other.plane(), expected, rtol=1e-6, atol=1e-7)


def test_a_class_without_rows_and_a_feature_that_never_varies_break_nothing() -> None:
    x, columns = data(8)
    x[:, 2] = 4.0
    columns = columns.clamp(max=1)
    plane = solve(summed(x, columns), 0.2, mixed=True).plane()
    assert bool(plane.isfinite().all())
    x[:, 2] = 5.0
    assert float((torch.cat([x, torch.ones(60, 1)], 1) @ plane)[:, :2].argmax(1).eq(columns).double().mean()) > 0.6
