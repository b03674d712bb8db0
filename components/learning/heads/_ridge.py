"""Ridge regression on random features from sufficient statistics (RanPAC, NeurIPS 2023, arXiv 2307.02251).

phi(x) = [relu(z W0), 1] with z the standardised representation and W0 fixed; G = sum phi phi^T, Q = sum phi y^T (one-hot y);
W = (G + lambda I)^-1 Q. All in float64 on the CPU: up to rounding, sums are the same in any order and rows can be removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from components.lazy import lazy

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")


@cache
def multiples() -> Tensor:
    """The grid on which lambda is searched, as a multiple of the mean eigenvalue of G."""
    return torch.logspace(-6, 1, 15, dtype=torch.float64)


@cache
def temperatures() -> Tensor:
    """The grid on which the factor of the scores is searched."""
    return torch.logspace(-0.5, 2, 101, dtype=torch.float64)


#: The most rows that lambda is judged on, and the fewest that are enough for it
MOST_JUDGES, LEAST_JUDGES = 1500, 30
#: Eigenvalues below this share of the largest are rounding errors: no row has these directions
NOTHING = 1e-12


def projection(seed: int, inputs: int, width: int) -> Tensor:
    """(inputs, width) signs / sqrt(inputs). Drawn from PCG64's raw bits, a stream that numpy promises never to change."""
    bits = np.random.PCG64(seed).random_raw((inputs * width + 63) // 64)
    signs = np.unpackbits(bits.astype("<u8").view(np.uint8))[: inputs * width].astype(np.float64) * 2 - 1
    return torch.tensor(signs.reshape(inputs, width) / inputs**0.5)


def random_features(z: Tensor, mean: Tensor, scale: Tensor, weights: Tensor | None) -> Tensor:
    """(n, M + 1) float64 features of (n, p) representations; without weights M = p and phi = z."""
    standard = (z.double() - mean.double()) / scale.double()
    phi = standard if weights is None else torch.relu(standard @ weights)
    return torch.cat([phi, phi.new_ones(len(phi), 1)], dim=1)


@dataclass(frozen=True)
class Solution:
    """W (M + 1, C), and what leave-one-out predictions need: the eigenvectors of G and 1 / (eigenvalue + lambda)."""

    weights: Tensor
    penalty: float
    vectors: Tensor
    inverse: Tensor
    multiple: float  # the penalty in units of G's mean eigenvalue

    def left_out(self, phi: Tensor, y: Tensor, weights: Tensor | None = None) -> Tensor:
        """(n, C) scores of rows that are in the statistics, as if each had been left out: (yhat - h y) / (1 - h).

        weights: the weight of each row in the statistics, by which h is multiplied; None: 1.
        """
        h = (phi @ self.vectors) ** 2 @ self.inverse
        h = (h if weights is None else h * weights).clamp(max=1 - 1e-6).unsqueeze(1)
        return (phi @ self.weights - h * y) / (1 - h)


@dataclass(frozen=True)
class Judges:
    """Rows of the statistics to choose lambda by: (n, M + 1) features, (n,) classes and weights, (C,) factors of the scores."""

    phi: Tensor
    columns: Tensor
    weights: Tensor
    lift: Tensor


def solve(
    gram: Tensor,
    cross: Tensor,
    rows: float,
    count: float | None = None,
    *,
    judges: Judges | None = None,
    multiple: float | None = None,
) -> Solution:
    """Ridge regression, by one eigendecomposition of G. rows: sum of the rows' weights. count: their number, if not all weigh 1.

    lambda is `multiple` of G's mean eigenvalue, if given; else the one under which the judges, each left out, are most likely
    (likelihood is what separates classes, not squared error); else, with fewer than LEAST_JUDGES or one class, by generalised
    cross-validation.
    """
    values, vectors = torch.linalg.eigh(gram)
    values = values.clamp(min=0)
    rotated = vectors.T @ cross
    usual = values.mean().clamp(min=1e-12)
    if multiple is None and judges is not None and len(judges.columns) >= LEAST_JUDGES and len(judges.columns.unique()) > 1:
        multiple = _by_loss(values, vectors, rotated, judges)
    if multiple is None:
        multiple = _by_gcv(values, rotated, rows, rows if count is None else count)
    penalty = multiple * float(usual)
    inverse = 1 / (values + penalty)
    return Solution(vectors @ (inverse.unsqueeze(1) * rotated), penalty, vectors, inverse, multiple)


def _by_gcv(values: Tensor, rotated: Tensor, rows: float, n: float) -> float:
    """The lambda of least GCV = (|Y|^2 - 2 tr W^T Q + tr W^T G W) / n / (1 - tr H / n)^2 (Golub, Heath and Wahba 1979).

    |Y|^2 is the sum of the rows' weights, for one-hot targets; n counts rows: tr H comes near it when they are fitted exactly.
    """
    energy = (rotated**2).sum(1)
    grid = multiples() * values.mean().clamp(min=1e-12)
    spanned = values > values[-1] * NOTHING
    left = grid.unsqueeze(1) / (values[spanned] + grid.unsqueeze(1))  # (grid, rank): what each direction leaves unfitted
    out_of_reach = max(0.0, n - int(spanned.sum()))  # n - rank: with none, every target can be met, and the residual tends to 0
    within = energy[spanned] / values[spanned]
    missed = (rows - within.sum()).clamp(min=0) if out_of_reach else torch.zeros((), dtype=torch.float64)
    residual = missed + (within * left**2).sum(1)
    score = residual / ((out_of_reach + left.sum(1)) / n).clamp(min=1e-12) ** 2
    return float(multiples()[int(score.argmin())])


def _by_loss(values: Tensor, vectors: Tensor, rotated: Tensor, judges: Judges) -> float:
    """The lambda under which the judges, each left out, are most likely, at the best temperature for each lambda."""
    some = torch.linspace(0, len(judges.columns) - 1, min(MOST_JUDGES, len(judges.columns))).long()
    columns, w = judges.columns[some], judges.weights[some]
    turned, y = judges.phi[some] @ vectors, one_hot(columns, rotated.shape[1])
    usual = values.mean().clamp(min=1e-12)
    losses = []
    for multiple in multiples():
        inverse = 1 / (values + multiple * usual)
        h = (turned**2 @ inverse * w).clamp(max=1 - 1e-6).unsqueeze(1)
        scores = (turned @ (inverse.unsqueeze(1) * rotated) - h * y) / (1 - h) * judges.lift
        losses.append(likeliest(scores, columns, temperatures()[::5])[1])
    return float(multiples()[int(np.argmin(losses))])


def temperature(scores: Tensor, truth: Tensor) -> float:
    """The factor t on a grid under which softmax(t * scores) is most likely (Guo et al., ICML 2017)."""
    return likeliest(scores, truth)[0]


def likeliest(scores: Tensor, truth: Tensor, factors: Tensor | None = None) -> tuple[float, float]:
    """The best of these factors (None: `temperatures`), and the mean loss with it."""
    factors = temperatures() if factors is None else factors
    losses = torch.stack([torch.nn.functional.cross_entropy(scores * t, truth) for t in factors])
    best = int(losses.argmin())
    return float(factors[best]), float(losses[best])


def one_hot(columns: Tensor, classes: int) -> Tensor:
    """(n, C) float64."""
    return torch.nn.functional.one_hot(columns, classes).double()


def pack(gram: Tensor) -> Tensor:
    """The upper triangle, row by row: half the bytes."""
    return gram[tuple(torch.triu_indices(*gram.shape))]


def unpack(packed: Tensor, size: int) -> Tensor:
    """The symmetric matrix back."""
    gram = packed.new_zeros(size, size)
    gram[tuple(torch.triu_indices(size, size))] = packed
    return gram + gram.T - gram.diag().diag()
