"""The statistics of the analytic head over every row ever seen: float64 sums from which it is solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from components.lazy import lazy
from components.learning.heads import _ridge as ridge
from components.learning.heads import _transport as transport

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")


@dataclass(frozen=True)
class Statistics:
    """G and Q of rows, the units that they are kept in, the solution and its calibration.

    mean, scale (p,): of the representation of the first rows. Without random features they are only units: solving standardises
    by all rows. gram: G (M + 1, M + 1), or its upper triangle as it is stored; cross: Q (M + 1, C); weights (M + 1, C): scores
    are phi @ weights * temperature; rows: the sum of the rows' weights; count: how many rows; penalty: lambda, None before
    solving, and in checkpoints of releases that kept W of the ridge regression in `weights`.
    """

    mean: Tensor
    scale: Tensor
    gram: Tensor
    cross: Tensor
    weights: Tensor
    rows: float = 0.0
    count: float = 0.0
    temperature: float = 1.0
    penalty: float | None = None

    @classmethod
    def empty(cls, z: Tensor, width: int, classes: int) -> Statistics:
        """Statistics of no rows. z: (n, p) rows to standardise by; width: number of random features, 0: the p features."""
        size = (width or z.shape[1]) + 1
        zeros = torch.zeros(size, classes, dtype=torch.float64)
        scale = z.std(0, unbiased=False).clamp(min=1e-6)
        return cls(z.mean(0), scale, torch.zeros(size, size, dtype=torch.float64), zeros, zeros.clone())

    def grown(self, classes: int) -> Statistics:
        """Statistics with this many more classes, without rows."""
        more = [torch.cat([one, one.new_zeros(len(one), classes)], dim=1) for one in (self.cross, self.weights)]
        return replace(self, cross=more[0], weights=more[1])

    def merged(self, places: Sequence[int], classes: int) -> Statistics:
        """Statistics in which class i is part of class places[i]; they must be solved again."""
        cross = self.cross.new_zeros(len(self.cross), classes).index_add(1, torch.tensor(places), self.cross)
        return replace(self, cross=cross, weights=torch.zeros_like(cross))

    def add(self, phi: Tensor, y: Tensor, weights: Tensor) -> Statistics:
        """Statistics with (n, M + 1) rows of (n, C) classes added; negative weights remove them."""
        weighted = phi * weights.unsqueeze(1)
        return replace(
            self,
            gram=self.whole_gram() + weighted.T @ phi,
            cross=self.cross + weighted.T @ y,
            rows=self.rows + float(weights.sum()),
            count=self.count + float(weights.sign().sum()),
        )

    def transported(self, before: Tensor, after: Tensor, bandwidth: float) -> Statistics:
        """Transported statistics: each class moves as its mean did, estimated from (n, M + 1) features of the same rows."""
        counts = self.counts
        means = self.cross.T / counts.clamp(min=1e-9).unsqueeze(1)
        delta = transport.drift(before, after, means, bandwidth) * (counts > 0).unsqueeze(1)
        gram = transport.move_scatter(self.whole_gram(), self.cross.T, counts, delta)
        return replace(self, gram=gram, cross=self.cross + (delta * counts.unsqueeze(1)).T)

    @property
    def counts(self) -> Tensor:
        """(C,) rows of each class: the last feature is 1, so they are the last row of Q."""
        return self.cross[-1]

    def whole_gram(self) -> Tensor:
        """(M + 1, M + 1) G. It is loaded packed, because a predictor never needs it."""
        return self.gram if self.gram.dim() == 2 else ridge.unpack(self.gram, len(self.cross))

    def state(self) -> dict[str, Tensor]:
        """mean, scale, gram (upper triangle), cross, weights, temperature, penalty, rows (their weights), count (if another)."""
        numbers = {"rows": self.rows, "temperature": self.temperature}
        if self.count != self.rows:
            numbers["count"] = self.count
        if self.penalty is not None:
            numbers["penalty"] = self.penalty
        return {
            "mean": self.mean,
            "scale": self.scale,
            "gram": self.gram if self.gram.dim() == 1 else ridge.pack(self.gram),
            "cross": self.cross,
            "weights": self.weights,
            **{name: torch.tensor([number], dtype=torch.float64) for name, number in numbers.items()},
        }

    @classmethod
    def load(cls, state: Mapping[str, Tensor]) -> Statistics:
        """The statistics from a `state`. Raises ValueError for tensors that do not belong together."""
        size = len(state["cross"])
        if len(state["weights"]) != size or state["gram"].shape != (size * (size + 1) // 2,):
            raise ValueError(
                f"sums of {size} features have {len(state['weights'])} weights and {tuple(state['gram'].shape)} squares"
            )
        if state["mean"].shape != state["scale"].shape or state["mean"].dim() != 1:
            raise ValueError(f"mean is {tuple(state['mean'].shape)} and scale is {tuple(state['scale'].shape)}")
        return cls(
            state["mean"],
            state["scale"],
            state["gram"],
            state["cross"],
            state["weights"],
            rows=float(state["rows"]),
            count=float(state.get("count", state["rows"])),
            temperature=float(state["temperature"]),
            penalty=float(state["penalty"]) if "penalty" in state else None,
        )
