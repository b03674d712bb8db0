"""The analytic head: no epochs, no forgetting, exact erasure, while the representation stays fixed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, PrivateAttr

from components.errors import UsageError
from components.learning.axes import Head
from components.learning.heads.linear import Linear
from components.learning.heads.statistics import encoded
from components.learning.methods import register

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter

    from components.learning.run import Run


@register("head", "analytic")
class Analytic(Head):
    """Ridge regression on random features (`ridge.py`), from statistics over every row ever seen.

    While the adapter moves, gradients come from a temporary linear head. The statistics are then made with the final adapter. If
    it moved after statistics were there, these are stale: they are made anew from the memory rows, each weighted by seen / kept
    of its class, and the new rows. Temperature: fitted to leave-one-out scores, so that no row is lost for it.
    """

    width: int = Field(2000, ge=0, description="random features; 0: the representation itself")
    balance: float = Field(
        0.2, ge=0, le=1, description="scores of a class times (mean count / its count) ^ balance: lifts rare classes"
    )
    shape: ClassVar[tuple[str, ...]] = ("pooling", "layers", "width")
    _linear: Linear | None = PrivateAttr(None)
    _s: dict[str, Any] = PrivateAttr(default_factory=dict)

    def rebuilt(self) -> bool:
        """Its statistics are: they are of the features as they were."""
        return True

    def grow(self, labels: Iterable[str], width: int) -> None:
        """Append columns for the unknown labels."""
        import torch

        fresh = sorted(set(labels) - set(self._labels))
        self._labels += fresh
        if "cross" in self._s:
            for name in ("cross", "weights"):
                self._s[name] = torch.cat([self._s[name], self._s[name].new_zeros(len(self._s[name]), len(fresh))], dim=1)

    def before_experience(self, run: Run) -> None:
        """A temporary linear head over all labels, when there is a base model to train."""
        if run.moved:
            if run.learned and run.new == len(run.targets):
                raise UsageError(
                    "learning.head: the base model moves, so analytic statistics must be made anew from memory: it is empty",
                    "Use rehearsal kind buffer, or regime adapt: first with fewer experiences.",
                )
            self._linear = Linear()
            self._linear.grow(self._labels, self._dimension(run))

    def _dimension(self, run: Run) -> int:
        return self.layers * int(run.network.backbone.width)

    def parameters(self) -> dict[str, Parameter]:
        """Those of the temporary head."""
        return {f"temporary.{name}": p for name, p in self._linear.parameters().items()} if self._linear else {}

    def logits(self, features: Tensor) -> Tensor:
        """Of the temporary head."""
        assert self._linear is not None, "nothing moves by gradients"
        return self._linear.logits(features)

    def after_experience(self, run: Run) -> None:
        """Add the new rows to the statistics (or make them anew), solve, calibrate."""
        import torch

        from components.learning import ridge

        self._linear = None
        features = encoded(run)
        column = {label: i for i, label in enumerate(self._labels)}
        columns = torch.tensor([column[target] for target in run.targets[: len(features)]])
        weights = torch.ones(len(columns), dtype=torch.float64)
        stale = run.moved or "gram" not in self._s
        if stale:
            kept = torch.bincount(columns[run.new :], minlength=len(column))
            for label, i in column.items():
                weights[run.new :][columns[run.new :] == i] = max(1.0, run.seen.get(label, 0) / max(1, int(kept[i])))
            self._begin(features)
        phi, y = self._phi(features), ridge.one_hot(columns, len(column))
        self.update(phi[: None if stale else run.new], y[: None if stale else run.new], weights[: None if stale else run.new])
        solution = self.solve()
        trusted = run.validation if run.moved and len(run.validation) else torch.arange(run.new)
        rows = torch.cat([torch.as_tensor(trusted), torch.arange(run.new, len(columns))])
        scores = solution.left_out(phi[rows], y[rows]) * self._lift()
        self._s["temperature"] = ridge.temperature(scores, columns[rows])

    def _begin(self, features: Tensor) -> None:
        """Fix the standardisation on these rows, statistics at zero."""
        import torch

        size = (self.width or features.shape[1]) + 1
        zeros = torch.zeros(size, len(self._labels), dtype=torch.float64)
        scale = features.std(0, unbiased=False).clamp(min=1e-6)
        self._s = {"mean": features.mean(0), "scale": scale, "gram": torch.zeros(size, size, dtype=torch.float64)}
        self._s |= {"cross": zeros, "weights": zeros.clone(), "rows": 0.0, "temperature": 1.0}

    def _phi(self, features: Tensor) -> Tensor:
        from components.learning import ridge

        fixed = ridge.projection(0, features.shape[1], self.width) if self.width else None
        return ridge.random_features(features, self._s["mean"], self._s["scale"], fixed)

    def update(self, phi: Tensor, y: Tensor, weights: Tensor) -> None:
        """Add rows to the statistics; negative weights take them away."""
        from components.learning import ridge

        if self._s["gram"].dim() == 1:  # as loaded: a predictor never needs it whole
            self._s["gram"] = ridge.unpack(self._s["gram"], len(self._s["cross"]))
        weighted = phi * weights.unsqueeze(1)
        self._s["gram"] += weighted.T @ phi
        self._s["cross"] += weighted.T @ y
        self._s["rows"] += float(weights.sum())

    def erase(self, features: Tensor, labels: Sequence[str]) -> None:
        """Take (n, layers * width) rows out of the statistics and solve again: as if they had never been learned.

        The features must be those of the present base model. What stays: the standardisation and the temperature.
        """
        import torch

        from components.learning import ridge

        columns = torch.tensor([self._labels.index(label) for label in labels])
        y = ridge.one_hot(columns, len(self._labels))
        self.update(self._phi(features), y, -torch.ones(len(columns), dtype=torch.float64))
        self.solve()

    def solve(self) -> Any:
        """W from the statistics."""
        from components.learning import ridge

        solution = ridge.solve(self._s["gram"], self._s["cross"], self._s["rows"])
        self._s["weights"] = solution.weights
        return solution

    def probabilities(self, features: Tensor) -> Tensor:
        """Softmax of the calibrated scores."""
        return (self._phi(features) @ self._s["weights"] * self._lift() * self._s["temperature"]).softmax(-1)

    def _lift(self) -> Tensor:
        """(C,) factors of the classes; the last feature is 1, so the last row of Q holds the class counts."""
        counts = self._s["cross"][-1].clamp(min=1)
        return (counts.mean() / counts) ** self.balance

    def state(self) -> dict[str, Tensor]:
        """mean, scale, gram (upper triangle), cross, weights, rows, temperature."""
        import torch

        from components.learning import ridge

        numbers = {name: torch.tensor([self._s[name]], dtype=torch.float64) for name in ("rows", "temperature")}
        gram = self._s["gram"]
        return {**self._s, "gram": gram if gram.dim() == 1 else ridge.pack(gram), **numbers}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take them back."""
        numbers = {name: float(state[name]) for name in ("rows", "temperature")}
        self._s = {**state, **numbers}
