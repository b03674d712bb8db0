"""From sums over all rows to a classifier: ridge regression and linear discriminant analysis under one penalty, and their mix.

Both are solved in features that are standardised by the mean and spread of all rows, which the sums know: S_std = D^-1 (G -
n m m^T) D^-1. Everything here is a function of the sums, and sums know no order; nothing depends on which row came last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.lazy import lazy

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")

#: Penalties that are tried, in units of one row of standardised features, and the one for rows that cannot tell (one class)
LEAST, MOST, TRIED, USUAL = 0.1, 1e4, 51, 300.0
#: Eigenvalues below this share of the largest are rounding errors: no row has these directions
NOTHING = 1e-12


@dataclass(frozen=True)
class Sums:
    """(M, M) scatter of the standardised rows around their mean, (M, C) class sums of them, (C,) counts, and the standardisation.

    rows: the sum of the rows' weights; count: how many rows.
    """

    scatter: Tensor
    cross: Tensor
    counts: Tensor
    mean: Tensor
    scale: Tensor
    rows: float
    count: float

    @classmethod
    def of(cls, gram: Tensor, cross: Tensor, count: float) -> Sums:
        """From G (M + 1, M + 1) and Q (M + 1, C) of features whose last one is 1."""
        rows = float(gram[-1, -1])
        mean = gram[:-1, -1] / max(rows, 1e-9)
        scatter = gram[:-1, :-1] - rows * torch.outer(mean, mean)
        variance = scatter.diagonal() / max(rows, 1e-9)
        scale = torch.where(variance > 1e-10, variance, 1.0).sqrt()  # a feature that never varied says nothing
        counts = cross[-1].clamp(min=0)
        own = (cross[:-1] - torch.outer(mean, cross[-1])) / scale.unsqueeze(1)
        return cls(scatter / scale / scale.unsqueeze(1), own, counts, mean, scale, rows, count)

    def standard(self, phi: Tensor) -> Tensor:
        """(n, M) standardised rows of (n, M + 1) features."""
        return (phi[:, :-1] - self.mean) / self.scale

    @property
    def means(self) -> Tensor:
        """(C, M) class means."""
        return self.cross.T / self.counts.clamp(min=1e-9).unsqueeze(1)

    def within(self) -> Tensor:
        """(M, M) scatter within classes."""
        return self.scatter - self.cross @ self.means

    def planes(self, slope: Tensor, offset: Tensor) -> Tensor:
        """(M + 1, C) scores of raw features, from (M, C) slopes of standardised ones and (C,) offsets."""
        raw = slope / self.scale.unsqueeze(1)
        return torch.cat([raw, (offset - self.mean @ raw).unsqueeze(0)])

    def spread(self, slope: Tensor, offset: Tensor) -> float:
        """How far the class means lie apart in scores: their root mean square, up to what all classes or all rows share."""
        scores = self.means @ slope + offset
        scores = scores - scores.mean(1, keepdim=True)
        share = (self.counts / max(self.rows, 1e-9)).unsqueeze(1)
        scores = scores - (share * scores).sum(0)
        found = float((share * scores**2).sum() / max(1, len(self.counts))) ** 0.5
        return found if found > 1e-9 else 1.0


@dataclass(frozen=True)
class Solution:
    """A classifier from sums. penalty: lambda; ridge, lda: (slope, offset, spread, inverse) each, lda None unless mixed."""

    sums: Sums
    penalty: float
    lift: Tensor  # (C,) factors of the ridge scores
    slope: Tensor  # (M, C) of the ridge regression
    spread: float
    inverse: Tensor  # (M, M) (scatter + penalty)^-1
    lda: Lda | None = None

    def plane(self) -> Tensor:
        """(M + 1, C): scores are phi @ plane, before the temperature."""
        ridge = self.sums.planes(self.slope * self.lift, self._offset() * self.lift) / self.spread
        return ridge if self.lda is None else (ridge + self.sums.planes(self.lda.slope, self.lda.offset) / self.lda.spread) / 2

    def _offset(self) -> Tensor:
        return self.sums.counts / max(self.sums.rows, 1e-9)

    def left_out(self, phi: Tensor, columns: Tensor, weights: Tensor) -> Tensor:
        """(n, C) scores of rows that are in the sums with these weights, as if each had been left out.

        Ridge: (yhat - h y) / (1 - h), h the row's leverage times its weight. The standardisation, lambda and spreads stay.
        """
        z, y = self.sums.standard(phi), torch.nn.functional.one_hot(columns, len(self.lift)).double()
        h = ((z @ self.inverse * z).sum(1) + 1 / max(self.sums.rows, 1e-9)) * weights
        h = h.clamp(max=1 - 1e-6).unsqueeze(1)
        ridge = (z @ self.slope + self._offset() - h * y) / (1 - h) * self.lift / self.spread
        if self.lda is None:
            return ridge
        return (ridge + self.lda.left_out(self.sums, z, columns, weights) / self.lda.spread) / 2


@dataclass(frozen=True)
class Lda:
    """Linear discriminant analysis: S = (n W + nu diag(W)) / (n + nu), W the covariance within classes, nu the penalty.

    slope = S^-1 m_c, offset = log n_c / n - m_c^T S^-1 m_c / 2; inverse: S^-1 (M, M).
    """

    slope: Tensor
    offset: Tensor
    spread: float
    inverse: Tensor
    penalty: float

    def left_out(self, sums: Sums, z: Tensor, columns: Tensor, weights: Tensor) -> Tensor:
        """(n, C) scores without each row (Sherman and Morrison), except in diag(W). See `lda.Lda.left_out`."""
        means, counts, total = sums.means, sums.counts, sums.rows + self.penalty
        w, own = weights.unsqueeze(1), columns.unsqueeze(1)
        n_own = counts[columns].unsqueeze(1)
        stretch = n_own / (n_own - w).clamp(min=1e-9)
        solved = z @ self.inverse
        squares = (solved * z).sum(1, keepdim=True) - 2 * z @ self.slope + (means * self.slope.T).sum(1)
        d = z - means[columns]
        pulled = d @ self.inverse
        products = (pulled * z).sum(1, keepdim=True) - d @ self.slope
        h, lost = (pulled * d).sum(1, keepdim=True), w * stretch / total
        rest = (1 - lost * h).clamp(min=1e-6)
        squares = (squares + lost * products**2 / rest).scatter(1, own, stretch**2 * h / rest) * (total - w) / total
        present = counts.expand(len(z), -1).scatter(1, own, n_own - w)
        return (present / max(sums.rows, 1e-9)).clamp(min=1e-12).log() - squares / 2


def solve(sums: Sums, balance: float, *, mixed: bool, penalty: float | None = None) -> Solution:
    """Ridge regression of one-hot classes; mixed: and the LDA of the same penalty, weighed alike.

    The mean of two log-probabilities is that of the sum of their scores. Before, each is divided by its `Sums.spread`: two
    temperatures that need no judge.
    """
    values, vectors = torch.linalg.eigh(sums.scatter)
    values = values.clamp(min=0)
    rotated = vectors.T @ sums.cross
    penalty = by_gcv(sums, values, rotated) if penalty is None else penalty
    inverse = (vectors / (values + penalty)) @ vectors.T
    slope = vectors @ (rotated / (values + penalty).unsqueeze(1))
    factors = lift(sums.counts, balance)
    spread = sums.spread(slope * factors, sums.counts / max(sums.rows, 1e-9) * factors)
    return Solution(sums, penalty, factors, slope, spread, inverse, _lda(sums, penalty) if mixed else None)


def lift(counts: Tensor, balance: float) -> Tensor:
    """(C,) factor of each class's ridge score: (mean count / its count) ^ balance."""
    present = counts.clamp(min=1)
    return (present.mean() / present) ** balance


def by_gcv(sums: Sums, values: Tensor, rotated: Tensor) -> float:
    """The lambda of least GCV = |Y - Yhat|^2 / (1 - tr H / n)^2 (Golub, Heath and Wahba 1979), among TRIED ones.

    |Y|^2 is n - sum n_c^2 / n for centred one-hot targets; n in the second factor counts rows, not their weights: tr H comes near
    it when they are fitted exactly. The grid is in units of rows and not of G's eigenvalues: what a row says about the weights
    does not change with the number of rows, so that the best lambda hardly does (measured: 200 to 3000 from 240 to 4300 rows).
    """
    grid = torch.logspace(torch.tensor(LEAST).log10().item(), torch.tensor(MOST).log10().item(), TRIED, dtype=torch.float64)
    energy = (rotated**2).sum(1)
    spanned = values > values[-1] * NOTHING
    # n centred rows span n - 1 directions at most: the rest is rounding
    spanned[: max(0, len(values) - int(sums.count) + 1)] = False
    values, energy = values[spanned], energy[spanned]
    total = sums.rows - float((sums.counts**2).sum()) / max(sums.rows, 1e-9)
    if total <= 1e-9 * sums.rows or not len(values):
        return USUAL
    left = grid.unsqueeze(1) / (values + grid.unsqueeze(1))  # (grid, rank): what each direction leaves unfitted
    free = max(0.0, sums.count - 1 - len(values))  # with none, every target can be met, and the residual tends to 0
    missed = max(0.0, total - float((energy / values).sum())) if free else 0.0
    score = (missed + (energy / values * left**2).sum(1)) / ((free + left.sum(1)) / sums.count).clamp(min=1e-12) ** 2
    return float(grid[int(score.argmin())])


def _lda(sums: Sums, penalty: float) -> Lda:
    within, means = sums.within(), sums.means
    diagonal = (within.diagonal() / max(sums.rows, 1e-9)).clamp(min=1e-6)  # of features that vary by 1
    covariance = (within + (penalty * diagonal).diag()) / (sums.rows + penalty)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(covariance))
    slope = inverse @ means.T
    prior = (sums.counts / max(sums.rows, 1e-9)).clamp(min=1e-12).log()
    offset = prior - (means * slope.T).sum(1) / 2
    return Lda(slope, offset, sums.spread(slope, offset), inverse, penalty)
