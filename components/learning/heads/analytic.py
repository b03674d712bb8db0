"""The analytic head: no epochs, no forgetting, exact erasure, while the representation stays fixed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, PlainValidator, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from components.learning.heads._statistics import Lesson, StatisticsHead
from components.learning.method import register

if TYPE_CHECKING:
    from torch import Tensor

#: What `layers: auto` and `width: auto` choose from
MOST_LAYERS, WIDTHS = 3, (0, 500, 2000)


def _width(value: Any) -> int | Literal["auto"]:
    if value == "auto":
        return "auto"
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PydanticCustomError("width", "Input should be a whole number from 0 on, or auto")
    return value


@register("head", "analytic")
class Analytic(StatisticsHead):
    """Ridge regression on random features (`ridge.py`), from statistics over every row ever seen.

    While the adapter moves, gradients come from a temporary linear head. The statistics are then made with the final adapter. If
    it moved after statistics were there, these are stale: `stale` says what becomes of them. Lambda and temperature make the rows
    at hand likeliest, each left out, so that no row is lost for it. auto: of all numbers of layers and widths, those that make
    them likeliest at the first experience, after the base model moved; from then on the line keeps them.

    `balance` is class weighting as far as sums allow it: 0.5 answers as if targets were divided by the root of their class's
    count. Weighting rows in G as well would take one G a class.
    """

    width: Annotated[int | Literal["auto"], PlainValidator(_width)] = Field(
        2000, description="random features; 0: the representation itself; auto: chosen at the first experience"
    )
    balance: float = Field(
        0.2, ge=0, le=1, description="scores of a class times (mean count / its count) ^ balance: lifts rare classes"
    )
    choose_layers: bool = Field(
        False, description="use the best number of the `layers` last ones; `layers: auto` stands for this and layers: 3"
    )
    shape: ClassVar[tuple[str, ...]] = ("pooling", "layers", "width")
    _s: dict[str, Any] = PrivateAttr(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _auto(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and values.get("layers") == "auto":
            return {**values, "layers": MOST_LAYERS, "choose_layers": True}
        return values

    def fits(self, record: Mapping[str, Any]) -> bool:
        """Not when one chose its layers and the other did not."""
        return super().fits(record) and record.get("choose_layers", False) == self.choose_layers

    @property
    def taught(self) -> bool:
        """Whether there are statistics."""
        return "gram" in self._s

    def grow(self, labels: Iterable[str], width: int) -> None:
        """Append columns for the unknown labels."""
        import torch

        fresh = sorted(set(labels) - set(self._labels))
        self._labels += fresh
        if "cross" in self._s:
            for name in ("cross", "weights"):
                self._s[name] = torch.cat([self._s[name], self._s[name].new_zeros(len(self._s[name]), len(fresh))], dim=1)

    def learn(self, lesson: Lesson) -> None:
        """Add the new rows to the statistics (made anew or transported, if they are stale), solve, calibrate."""
        from components.learning.heads import _ridge as ridge

        y = ridge.one_hot(lesson.columns, len(self._labels))
        if lesson.fresh:
            if "chosen" not in self._s and (self.choose_layers or self.width == "auto"):
                self._s["chosen"] = self._choose(lesson)
            self._begin(lesson.features)
        phi = self._phi(lesson.features)
        if lesson.before is not None:
            self._transport(self._phi(lesson.before), phi)
        counted, rows = slice(lesson.counted), lesson.trusted
        self.update(phi[counted], y[counted], lesson.weights[counted])
        solution = self.solve(self._judges(phi, lesson))
        self._s["multiple"] = solution.multiple
        scores = solution.left_out(phi[rows], y[rows], lesson.weights[rows]) * self._lift()
        self._s["temperature"] = ridge.temperature(scores, lesson.columns[rows])

    def _used(self) -> tuple[int, int]:
        """(layers, width) that are used."""
        if "chosen" in self._s:
            layers, width = self._s["chosen"].tolist()
            return layers, width
        return self.layers, 0 if self.width == "auto" else self.width

    def _choose(self, lesson: Lesson) -> Tensor:
        """(layers, width) of the least leave-one-out loss on the trusted rows; the cheaper one when several have it."""
        import torch

        from components.learning.heads import _ridge as ridge

        y, rows = ridge.one_hot(lesson.columns, len(self._labels)), lesson.trusted
        layers = range(1, self.layers + 1) if self.choose_layers else (self.layers,)
        widths = WIDTHS if self.width == "auto" else (self.width,)
        if int((y.sum(0) > 0).sum()) < 2:
            return torch.tensor([self.layers, widths[0]])  # one class: nothing tells them apart
        found: dict[tuple[int, int], float] = {}
        for choice in ((k, m) for m in widths for k in layers):
            self._s["chosen"] = torch.tensor(choice)
            self._begin(lesson.features)
            phi = self._phi(lesson.features)
            self.update(phi, y, lesson.weights)
            left_out = self.solve(self._judges(phi, lesson)).left_out(phi[rows], y[rows], lesson.weights[rows])
            found[choice] = ridge.likeliest(left_out * self._lift(), lesson.columns[rows])[1]
        return torch.tensor(min(found, key=lambda choice: found[choice]))

    def _begin(self, features: Tensor) -> None:
        """Fix the standardisation on these rows, statistics at zero."""
        import torch

        z, width = self._slice(features), self._used()[1]
        size = (width or z.shape[1]) + 1
        zeros = torch.zeros(size, len(self._labels), dtype=torch.float64)
        kept = {"chosen": self._s["chosen"]} if "chosen" in self._s else {}
        self._s = {"mean": z.mean(0), "scale": z.std(0, unbiased=False).clamp(min=1e-6), **kept}
        self._s |= {"gram": torch.zeros(size, size, dtype=torch.float64), "cross": zeros, "weights": zeros.clone()}
        self._s |= {"rows": 0.0, "count": 0.0, "temperature": 1.0}

    def _slice(self, features: Tensor) -> Tensor:
        """Of the last layers, those that are used: the very last one is at the end."""
        return features[:, features.shape[1] - features.shape[1] // self.layers * self._used()[0] :]

    def _phi(self, features: Tensor) -> Tensor:
        from components.learning.heads import _ridge as ridge

        z, width = self._slice(features), self._used()[1]
        fixed = ridge.projection(0, z.shape[1], width) if width else None
        return ridge.random_features(z, self._s["mean"], self._s["scale"], fixed)

    def update(self, phi: Tensor, y: Tensor, weights: Tensor) -> None:
        """Add rows to the statistics; negative weights take them away."""
        weighted = phi * weights.unsqueeze(1)
        self._s["gram"] = self._gram() + weighted.T @ phi
        self._s["cross"] += weighted.T @ y
        self._s["rows"] += float(weights.sum())
        self._s["count"] += float(weights.sign().sum())

    def _gram(self) -> Tensor:
        from components.learning.heads import _ridge as ridge

        gram: Tensor = self._s["gram"]  # packed as loaded: a predictor never needs it whole
        return gram if gram.dim() == 2 else ridge.unpack(gram, len(self._s["cross"]))

    def _transport(self, before: Tensor, after: Tensor) -> None:
        """Carry the statistics along: each class as its mean moved, judged by (n, M + 1) features of the same rows."""
        from components.learning.heads import _transport as transport

        cross, counts = self._s["cross"], self._s["cross"][-1]
        means = cross.T / counts.clamp(min=1e-9).unsqueeze(1)
        delta = transport.drift(before, after, means, self.bandwidth) * (counts > 0).unsqueeze(1)
        self._s["gram"] = transport.move_scatter(self._gram(), cross.T, counts, delta)
        self._s["cross"] = cross + (delta * counts.unsqueeze(1)).T

    def erase(self, features: Tensor, labels: Sequence[str]) -> None:
        """Take (n, layers * width) rows out of the statistics and solve again: as if they had never been learned.

        The features must be those of the present base model. What stays: standardisation, temperature, lambda as a multiple of
        G's mean eigenvalue, what auto chose, and the drift that rows have measured for others (`stale: transport`).
        """
        import torch

        from components.learning.heads import _ridge as ridge

        columns = torch.tensor([self._labels.index(label) for label in labels])
        y = ridge.one_hot(columns, len(self._labels))
        self.update(self._phi(features), y, -torch.ones(len(columns), dtype=torch.float64))
        self.solve()

    def _judges(self, phi: Tensor, lesson: Lesson) -> Any:
        """The rows that lambda is chosen by."""
        from components.learning.heads import _ridge as ridge

        rows = lesson.trusted
        return ridge.Judges(phi[rows], lesson.columns[rows], lesson.weights[rows], self._lift())

    def solve(self, judges: Any = None) -> Any:
        """W from the statistics; without judges with the lambda that stands, if any does."""
        from components.learning.heads import _ridge as ridge

        stands = None if judges is not None else self._s.get("multiple")
        solution = ridge.solve(
            self._s["gram"], self._s["cross"], self._s["rows"], self._s["count"], judges=judges, multiple=stands
        )
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
        """mean, scale, gram (upper triangle), cross, weights, temperature, multiple, rows (their weights), count (if another)."""
        import torch

        from components.learning.heads import _ridge as ridge

        counted = ["count"] if self._s["count"] != self._s["rows"] else []
        names = ("rows", "temperature", *counted, *(["multiple"] if "multiple" in self._s else []))
        numbers = {name: torch.tensor([self._s[name]], dtype=torch.float64) for name in names}
        gram, tensors = self._s["gram"], {name: value for name, value in self._s.items() if name not in ("count", "multiple")}
        return {**tensors, "gram": gram if gram.dim() == 1 else ridge.pack(gram), **numbers}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take them back."""
        numbers = {name: float(state[name]) for name in ("rows", "temperature", "multiple") if name in state}
        self._s = {**state, **numbers, "count": float(state.get("count", state["rows"]))}
