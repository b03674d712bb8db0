"""Nearest class mean (Mensink et al., TPAMI 2013; iCaRL, Rebuffi et al., CVPR 2017, eq. 2): no gradients, exact erasure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from components.lazy import lazy
from components.learning.heads._class_sums import ClassSums, likeliest
from components.learning.method import register

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")


@register("head", "prototypes")
class Prototypes(ClassSums):
    """cosine: score = cos(z - m, mean_c - m) with m the mean of all rows; euclidean: score = -|z - mean_c|^2.

    Means are over every row ever seen, and over features as they are (iCaRL normalises them to length 1 before it averages).
    Centring removes what all texts share, which in mean-pooled states is most of the cosine. Probabilities: softmax(t * score),
    with t fitted to leave-one-out scores. These are exact without centring and for euclidean distance; with centring, m still
    contains the row.
    """

    distance: Literal["cosine", "euclidean"] = Field(
        "cosine", description="how the distance of a text from a class mean is measured"
    )
    centre: bool = Field(True, description="cosine: measure angles around the mean of all rows instead of around 0")

    def scores(self, features: Tensor) -> Tensor:
        """(n, C) scores; -inf for classes without rows."""
        z, means = self.rounded(features), self.means()
        if self.distance == "euclidean":
            scores = 2 * z @ means.T - (means**2).sum(1) - (z**2).sum(1, keepdim=True)
        else:
            scores = self._unit(z) @ self._unit(means).T
        return scores.masked_fill(self._s["counts"] <= 0, float("-inf"))

    def calibrate(self, features: Tensor, columns: Tensor, weights: Tensor) -> None:
        """Choose the temperature on left-out scores."""
        factor, _ = likeliest(self.left_out(features, columns, weights), columns)
        self._s["temperature"] = self._s["temperature"].new_tensor([factor])

    def left_out(self, features: Tensor, columns: Tensor, weights: Tensor) -> Tensor:
        """(n, C) scores of rows that are in the statistics with these weights, as if each had been left out."""
        z, scores = self.rounded(features), self.scores(features)
        left = (self._s["counts"][columns] - weights).unsqueeze(1)
        means = (self._s["sums"][columns] - z * weights.unsqueeze(1)) / left
        own = -((z - means) ** 2).sum(1) if self.distance == "euclidean" else (self._unit(z) * self._unit(means)).sum(1)
        return scores.scatter(1, columns.unsqueeze(1), own.unsqueeze(1))

    def _unit(self, z: Tensor) -> Tensor:
        """Directions from the centre."""
        centre = self._s["sums"].sum(0) / self._s["counts"].sum().clamp(min=1e-9)
        return torch.nn.functional.normalize(z - centre if self.centre else z, dim=-1)
