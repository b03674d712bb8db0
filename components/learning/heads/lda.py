"""Linear discriminant analysis: Gaussian classes with one covariance, from sufficient statistics; shrunk, exact erasure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from components.lazy import lazy
from components.learning.heads import _ridge as ridge
from components.learning.heads._class_sums import ClassSums, likeliest
from components.learning.heads._transport import move_scatter
from components.learning.method import register

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")


#: Shrinkages that are tried if none is set
GRID = (1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)


@register("head", "lda")
class Lda(ClassSums):
    """score_c = log n_c / n - (z - mean_c)^T S^-1 (z - mean_c) / 2 with S = (1 - a) W + a diag(W), W the covariance in classes.

    n W = sum z z^T - sum_c n_c mean_c mean_c^T. Shrinking to the diagonal instead of a multiple of I (as regularised discriminant
    analysis does, Friedman, JASA 1989) makes the answer independent of the features' units. The shrinkage a and a temperature are
    those under which left-out rows are most likely; leaving out is in closed form (Sherman and Morrison), except in diag(W).
    """

    shrinkage: float | None = Field(None, ge=0, le=1, description="weight of the diagonal; null: chosen by leave-one-out")
    bits: ClassVar[int] = 14  # exact while the sum of squares of a feature stays below 2^25

    def begin(self, width: int) -> None:
        """Set the statistics to zero."""
        super().begin(width)
        self._s["moment"] = self._s["sums"].new_zeros(width, width)
        self._s["shrinkage"] = self._s["sums"].new_tensor([0.1 if self.shrinkage is None else self.shrinkage])
        self.solve()

    def grow(self, labels: Iterable[str], width: int) -> None:
        """Append rows for the unknown labels."""
        super().grow(labels, width)
        if self.taught:
            plane = self._s["plane"]
            fresh = plane.new_zeros(len(plane), len(self._labels) - plane.shape[1])
            fresh[-1] = float("-inf")
            self._s["plane"] = torch.cat([plane, fresh], dim=1)

    def add(self, features: Tensor, columns: Tensor, weights: Tensor) -> None:
        """Add rows to the statistics; negative weights remove them."""
        super().add(features, columns, weights)
        z = self.rounded(features)
        self._s["moment"] = self._moment() + (z * weights.unsqueeze(1)).T @ z

    def move(self, delta: Tensor) -> None:
        """Move the class means; the covariance within classes stays."""
        self._s["moment"] = move_scatter(self._moment(), self._s["sums"], self._s["counts"], delta)
        super().move(delta)

    def calibrate(self, features: Tensor, columns: Tensor, weights: Tensor) -> None:
        """Choose the shrinkage (unless it is set) and the temperature on left-out scores."""
        basis = self._basis()
        tried = GRID if self.shrinkage is None else (self.shrinkage,)
        fitted = {a: likeliest(self.left_out(features, columns, weights, a, basis), columns) for a in tried}
        best = min(fitted, key=lambda a: fitted[a][1])
        self._s["shrinkage"] = self._s["shrinkage"].new_tensor([best])
        self._s["temperature"] = self._s["temperature"].new_tensor([fitted[best][0]])

    def left_out(
        self,
        features: Tensor,
        columns: Tensor,
        weights: Tensor,
        shrinkage: float,
        basis: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        """(n, C) scores of rows that are in the statistics with these weights, as if each had been left out.

        Without a row of weight w at d from its class mean, d becomes n_c d / (n_c - w), and n W loses w n_c / (n_c - w) d d^T.
        """
        map_, values = basis if basis is not None else self._basis()
        u, means, counts = self.rounded(features) @ map_, self.means() @ map_, self._s["counts"]
        w, own = weights.unsqueeze(1), columns.unsqueeze(1)
        n, n_own = counts.sum(), counts[columns].unsqueeze(1)
        inverse = 1 / ((1 - shrinkage) * values * n / (n - w) + shrinkage).clamp(min=1e-12)  # (n, p)
        stretch = n_own / (n_own - w)
        d = u - means[columns]
        squares = (u * u * inverse).sum(1, keepdim=True) - 2 * (u * inverse) @ means.T + inverse @ (means**2).T
        products = (d * inverse * u).sum(1, keepdim=True) - (d * inverse) @ means.T
        h, lost = (d * d * inverse).sum(1, keepdim=True), (1 - shrinkage) * w * stretch / (n - w)
        rest = (1 - lost * h).clamp(min=1e-12)
        squares = (squares + lost * products**2 / rest).scatter(1, own, stretch**2 * h / rest)
        present = counts.expand(len(u), -1).scatter(1, own, n_own - w)
        return (present / (n - w)).clamp(min=0).log() - squares / 2

    def solve(self) -> None:
        """Compute plane (p + 1, C): scores are z . plane[:-1] + plane[-1], up to a term that all classes share."""
        map_, values = self._basis()
        a, counts = float(self._s["shrinkage"]), self._s["counts"]
        inverse = 1 / ((1 - a) * values + a).clamp(min=1e-12)
        means = self.means()
        slope = map_ @ (inverse.unsqueeze(1) * (map_.T @ means.T))
        offset = (counts / counts.sum().clamp(min=1e-9)).clamp(min=0).log() - (means * slope.T).sum(1) / 2
        self._s["plane"] = torch.cat([slope, offset.unsqueeze(0)])

    def scores(self, features: Tensor) -> Tensor:
        """(n, C) scores; -inf for classes without rows."""
        return self.rounded(features) @ self._s["plane"][:-1] + self._s["plane"][-1]

    def _basis(self) -> tuple[Tensor, Tensor]:
        """M (p, p) and l (p,) with M^T W M = diag(l) and M^T diag(W) M = I."""
        counts, sums = self._s["counts"], self._s["sums"]
        scatter = self._moment() - (self.means() * (counts > 0).unsqueeze(1)).T @ sums
        within = scatter / counts.sum().clamp(min=1e-9)
        diagonal = within.diagonal()
        usual = float(diagonal.mean())
        scale = diagonal.clamp(min=1e-6 * usual if usual > 0 else 1.0).sqrt()
        values, vectors = torch.linalg.eigh(within / scale / scale.unsqueeze(1))
        return vectors / scale.unsqueeze(1), values.clamp(min=0)

    def _moment(self) -> Tensor:
        if self._s["moment"].dim() == 1:  # loaded packed: a predictor never needs the whole matrix
            self._s["moment"] = ridge.unpack(self._s["moment"], self._s["sums"].shape[1])
        return self._s["moment"]

    def state(self) -> dict[str, Tensor]:
        """The statistics, the upper triangle of sum z z^T, and the calibration."""
        moment = self._s["moment"]
        return {**super().state(), "moment": moment if moment.dim() == 1 else ridge.pack(moment)}
