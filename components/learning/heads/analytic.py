"""The analytic head: no epochs, no forgetting, exact erasure, while the representation stays fixed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, PlainValidator, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from components.lazy import lazy
from components.learning.heads import _ridge as ridge
from components.learning.heads._ridge_statistics import Statistics
from components.learning.heads._statistics import Lesson, StatisticsHead
from components.learning.method import register

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")


#: The values that `layers: auto` and `width: auto` choose from
MOST_LAYERS, WIDTHS = 3, (0, 500, 2000)


def _width(value: Any) -> int | Literal["auto"]:
    if value == "auto":
        return "auto"
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PydanticCustomError("width", "Input should be a whole number from 0 on, or auto")
    return value


@register("head", "analytic")
class Analytic(StatisticsHead):
    """Ridge regression on random features (`_ridge.py`), from statistics over every row ever seen.

    While the adapter moves, gradients come from a temporary linear head. The statistics are then computed with the final adapter.
    If it moves when there already are statistics, these become stale, and `stale` says what to do with them. Lambda and
    temperature are those under which the present rows, each left out, are most likely, so that no row has to be kept apart for
    it. auto: the layers and width under which they are most likely at the first experience, after the base model moved; later
    checkpoints keep them.

    `balance` is class weighting as far as sums allow it: 0.5 answers as if targets were divided by the root of their class's
    count. Weighting rows in G as well would need one G per class.
    """

    width: Annotated[int | Literal["auto"], PlainValidator(_width)] = Field(
        2000, description="number of random features; 0: the representation itself; auto: chosen at the first experience"
    )
    balance: float = Field(
        0.2,
        ge=0,
        le=1,
        description="multiplies the scores of a class by (mean count / its count) ^ balance, which raises rare classes",
    )
    choose_layers: bool = Field(
        False, description="use the best number of layers, up to `layers`; `layers: auto` means this with layers: 3"
    )
    shape: ClassVar[tuple[str, ...]] = ("pooling", "layers", "width")
    _statistics: Statistics | None = PrivateAttr(None)  # None before the first row
    _chosen: tuple[int, int] | None = PrivateAttr(None)  # (layers, width), if auto chose them

    @model_validator(mode="before")
    @classmethod
    def _auto(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and values.get("layers") == "auto":
            return {**values, "layers": MOST_LAYERS, "choose_layers": True}
        return values

    def fits(self, record: Mapping[str, Any]) -> bool:
        """Like every head, but not if one chose its layers and the other did not."""
        return super().fits(record) and record.get("choose_layers", False) == self.choose_layers

    @property
    def taught(self) -> bool:
        """Whether there are statistics."""
        return self._statistics is not None

    @property
    def statistics(self) -> Statistics:
        """The statistics. Raises RuntimeError before the first row."""
        if self._statistics is None:
            raise RuntimeError("the head has met no row yet")
        return self._statistics

    def grow(self, labels: Iterable[str], width: int) -> None:
        """Append columns for the unknown labels."""
        fresh = sorted(set(labels) - set(self._labels))
        self._labels += fresh
        if self._statistics is not None:
            self._statistics = self._statistics.grown(len(fresh))

    def learn(self, lesson: Lesson) -> None:
        """Add the new rows to the statistics (first rebuilt or transported, if they are stale), solve, calibrate."""
        y = ridge.one_hot(lesson.columns, len(self._labels))
        if lesson.fresh:
            if self._chosen is None and (self.choose_layers or self.width == "auto"):
                self._chosen = self._choose(lesson)
            self.begin(lesson.features)
        phi = self.phi(lesson.features)
        if lesson.before is not None:
            self._statistics = self.statistics.transported(self.phi(lesson.before), phi, self.bandwidth)
        counted, rows = slice(lesson.counted), lesson.trusted
        self.add(phi[counted], y[counted], lesson.weights[counted])
        solution = self.solve(self._judges(phi, lesson))
        scores = solution.left_out(phi[rows], y[rows], lesson.weights[rows]) * self.lift()
        temperature = ridge.temperature(scores, lesson.columns[rows])
        self._statistics = replace(self.statistics, multiple=solution.multiple, temperature=temperature)

    def _used(self) -> tuple[int, int]:
        """(layers, width) in use."""
        return self._chosen or (self.layers, 0 if self.width == "auto" else self.width)

    def _choose(self, lesson: Lesson) -> tuple[int, int]:
        """(layers, width) of the least leave-one-out loss on the trusted rows; the cheapest one if several have it."""
        y, rows = ridge.one_hot(lesson.columns, len(self._labels)), lesson.trusted
        layers = range(1, self.layers + 1) if self.choose_layers else (self.layers,)
        widths = WIDTHS if self.width == "auto" else (self.width,)
        if int((y.sum(0) > 0).sum()) < 2:
            return self.layers, widths[0]  # with one class all choices are equal
        losses: dict[tuple[int, int], float] = {}
        for choice in ((k, m) for m in widths for k in layers):
            self._chosen = choice
            self.begin(lesson.features)
            phi = self.phi(lesson.features)
            self.add(phi, y, lesson.weights)
            left_out = self.solve(self._judges(phi, lesson)).left_out(phi[rows], y[rows], lesson.weights[rows])
            losses[choice] = ridge.likeliest(left_out * self.lift(), lesson.columns[rows])[1]
        return min(losses, key=lambda choice: losses[choice])

    def begin(self, features: Tensor) -> None:
        """Fix the standardisation on these rows and set the statistics to zero."""
        self._statistics = Statistics.empty(self._slice(features), self._used()[1], len(self._labels))

    def _slice(self, features: Tensor) -> Tensor:
        """The part of the features that belongs to the layers in use: the last layer is at the end."""
        return features[:, features.shape[1] - features.shape[1] // self.layers * self._used()[0] :]

    def phi(self, features: Tensor) -> Tensor:
        """(n, M + 1) what the ridge regression reads of (n, layers * width) features."""
        z, width = self._slice(features), self._used()[1]
        fixed = ridge.projection(0, z.shape[1], width) if width else None
        return ridge.random_features(z, self.statistics.mean, self.statistics.scale, fixed)

    def add(self, phi: Tensor, y: Tensor, weights: Tensor) -> None:
        """Add (n, M + 1) rows of (n, C) classes to the statistics; negative weights remove them."""
        self._statistics = self.statistics.add(phi, y, weights)

    def erase(self, features: Tensor, labels: Sequence[str]) -> None:
        """Remove (n, layers * width) rows from the statistics and solve again, as if they had never been learned.

        The features must be those of the present base model. These stay: standardisation, temperature, lambda as a multiple of
        G's mean eigenvalue, the choice of auto, and the drift of others that was measured on these rows (`stale: transport`).
        """
        columns = torch.tensor([self._labels.index(label) for label in labels])
        y = ridge.one_hot(columns, len(self._labels))
        self.add(self.phi(features), y, -torch.ones(len(columns), dtype=torch.float64))
        self.solve()

    def _judges(self, phi: Tensor, lesson: Lesson) -> ridge.Judges:
        """The rows that lambda is chosen by."""
        rows = lesson.trusted
        return ridge.Judges(phi[rows], lesson.columns[rows], lesson.weights[rows], self.lift())

    def solve(self, judges: ridge.Judges | None = None) -> ridge.Solution:
        """W from the statistics; without judges, with the present lambda, if there is one."""
        own = self.statistics
        stands = None if judges is not None else own.multiple
        solution = ridge.solve(own.whole_gram(), own.cross, own.rows, own.count, judges=judges, multiple=stands)
        self._statistics = replace(own, weights=solution.weights)
        return solution

    def probabilities(self, features: Tensor) -> Tensor:
        """Softmax of the calibrated scores."""
        own = self.statistics
        return (self.phi(features) @ own.weights * self.lift() * own.temperature).softmax(-1)

    def lift(self) -> Tensor:
        """(C,) factor of each class's score."""
        counts = self.statistics.counts.clamp(min=1)
        return (counts.mean() / counts) ** self.balance

    def state(self) -> dict[str, Tensor]:
        """The statistics (`Statistics.state`), and `chosen`: layers and width, if auto chose them."""
        chosen = {"chosen": torch.tensor(self._chosen)} if self._chosen is not None else {}
        return {**(self._statistics.state() if self._statistics is not None else {}), **chosen}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Load the statistics and the choice."""
        self._statistics = Statistics.load(state)
        if "chosen" in state:
            layers, width = state["chosen"].tolist()
            self._chosen = layers, width
