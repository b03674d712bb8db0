"""Shared-covariance Gaussians against scikit-learn and against refitting without a row."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from components.learning.heads._statistics import Lesson
from components.learning.heads.lda import Lda

pytestmark = pytest.mark.unit


def data(seed: int, n: int = 60, p: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    """Three unequal classes with correlated features, on the head's grid."""
    generator = torch.Generator().manual_seed(seed)
    columns = torch.multinomial(torch.tensor([0.5, 0.3, 0.2]), n, replacement=True, generator=generator)
    mixing = torch.randn(p, p, generator=generator)
    x = torch.randn(3, p, generator=generator)[columns] * 2 + torch.randn(n, p, generator=generator) @ mixing
    return (x * 2**14).round() / 2**14, columns


def taught(x: torch.Tensor, columns: torch.Tensor, weights: torch.Tensor | None = None, **config: float) -> Lda:
    head = Lda(**config)
    head.grow(["a", "b", "c"], x.shape[1])
    weights = torch.ones(len(x)).double() if weights is None else weights
    head.learn(Lesson(x, columns, weights, len(x), True, None, torch.arange(len(x))))
    return head


@pytest.mark.parametrize("shrinkage", [0.0, 0.2, 1.0])
def test_it_is_scikit_learns_on_features_of_equal_spread(shrinkage: float) -> None:
    analysis = pytest.importorskip("sklearn.discriminant_analysis")
    x, columns = data(1)
    head = taught(x, columns, shrinkage=shrinkage)
    z, truth = x.double().numpy(), columns.numpy()
    centred = z - np.stack([z[truth == c].mean(0) for c in range(3)])[truth]
    z = z / centred.std(0)  # then diag(W) = I, which is what scikit-learn shrinks to
    reference = analysis.LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage or None).fit(z, truth)
    expected = reference.decision_function(z)
    found = head.scores(x).numpy()
    np.testing.assert_allclose(found - found[:, :1], expected - expected[:, :1], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("shrinkage", [0.05, 0.6])
def test_it_is_the_formula(shrinkage: float) -> None:
    x, columns = data(2)
    z = x.double()
    means = torch.stack([z[columns == c].mean(0) for c in range(3)])
    within = (z - means[columns]).T @ (z - means[columns]) / len(z)
    precision = torch.linalg.inv((1 - shrinkage) * within + shrinkage * within.diagonal().diag())
    away = z.unsqueeze(1) - means
    share = torch.bincount(columns) / len(columns)
    expected = share.double().log() - torch.einsum("ncp,pq,ncq->nc", away, precision, away) / 2
    found = taught(x, columns, shrinkage=shrinkage).scores(x)
    torch.testing.assert_close(found.log_softmax(1), expected.log_softmax(1), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("shrinkage", [0.01, 0.3, 1.0])
@pytest.mark.parametrize("weight", [1.0, 3.5])
def test_left_out_scores_equal_refitting_without_the_row(shrinkage: float, weight: float) -> None:
    x, columns = data(3)
    weights = torch.where(torch.arange(len(x)) % 2 == 0, weight, 1.0).double()
    head = taught(x, columns, weights, shrinkage=shrinkage)
    found = head.left_out(x, columns, weights, shrinkage)
    z, total = x.double(), weights.sum()

    def moments(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        one_hot = torch.nn.functional.one_hot(columns[rows], 3).double() * weights[rows].unsqueeze(1)
        means = one_hot.T @ z[rows] / one_hot.sum(0).unsqueeze(1)
        away = z[rows] - means[columns[rows]]
        return one_hot.sum(0), means, (away * weights[rows].unsqueeze(1)).T @ away

    _, _, scatter = moments(torch.arange(len(x)))
    diagonal = (scatter / total).diagonal().diag()  # the one thing that keeps the row
    for i in range(0, len(x), 11):
        rest = torch.arange(len(x)) != i
        counts, means, scatter = moments(rest.nonzero()[:, 0])
        covariance = (1 - shrinkage) * scatter / counts.sum() + shrinkage * diagonal
        away = z[i] - means
        expected = (counts / counts.sum()).log() - (away @ torch.linalg.inv(covariance) * away).sum(1) / 2
        torch.testing.assert_close(found[i], expected, rtol=1e-7, atol=1e-7)


def test_the_unit_of_a_feature_does_not_matter() -> None:
    x, columns = data(4)
    units = torch.tensor([1.0, 4.0, 8.0, 16.0, 2.0])
    one, other = taught(x, columns), taught(x * units, columns)
    assert float(one.state()["shrinkage"]) == float(other.state()["shrinkage"])
    torch.testing.assert_close(one.probabilities(x), other.probabilities(x * units), rtol=1e-5, atol=1e-6)


def test_few_rows_ask_for_more_shrinkage_than_many() -> None:
    chosen = []
    for n in (24, 2000):
        generator = torch.Generator().manual_seed(n)
        columns = torch.arange(n) % 3
        mixing = torch.eye(20) + 0.5 * torch.randn(20, 20, generator=torch.Generator().manual_seed(0))
        means = torch.randn(3, 20, generator=torch.Generator().manual_seed(1))
        x = (means[columns] + torch.randn(n, 20, generator=generator)) @ mixing
        chosen.append(float(taught(x, columns).state()["shrinkage"]))
    assert chosen[0] >= 0.1 > chosen[1], chosen


def test_fewer_rows_than_features_and_a_feature_that_never_moves() -> None:
    x = torch.randn(7, 30, generator=torch.Generator().manual_seed(5))
    x[:, 3] = 1.0
    columns = torch.tensor([0, 0, 1, 1, 2, 2, 2])
    for head in (taught(x, columns), taught(x[:3], torch.tensor([0, 1, 2]))):
        found = head.probabilities(x)
        assert bool(found.isfinite().all())
        torch.testing.assert_close(found.sum(1), torch.ones(7).double())
