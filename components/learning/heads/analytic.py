"""The analytic head: no epochs, no forgetting, exact erasure, while the representation stays fixed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, PlainValidator, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from components.lazy import lazy
from components.learning.heads import _ridge as ridge
from components.learning.heads._calibration import calibrated, spread_out
from components.learning.heads._ridge_statistics import Statistics
from components.learning.heads._solution import Solution, Sums, lift, solve
from components.learning.heads._statistics import Lesson, StatisticsHead
from components.learning.method import register

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")


#: The values that `layers: auto` and `width: auto` choose from
MOST_LAYERS, WIDTHS = 3, (0, 500, 2000)
MOST_WIDTH = 20_000  # a gigabyte and a half of sums
#: A class of fewer rows than this has none: what is left of erased rows is rounding
NOBODY = 1e-6


def _width(value: Any) -> int | Literal["auto"]:
    if value == "auto":
        return "auto"
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_WIDTH:
        raise PydanticCustomError("width", "Input should be a whole number from 0 to 20000, or auto")
    return value


@register("head", "analytic")
class Analytic(StatisticsHead):
    """Ridge regression and LDA on random features, from one set of sums over every row ever seen (`_solution.py`).

    While the adapter moves, gradients come from a temporary linear head. The sums are then computed with the final adapter. If it
    moves when there already are sums, these become stale, and `stale` says what to do with them.

    While the base model stands still the order of rows and of experiences does not matter, up to rounding: standardisation,
    lambda and the weights of the mixture are functions of the sums. What is left: the temperature, which moves probabilities and
    no answer, is judged on the new rows and the memory's, each left out, with a prior; `auto` chooses at the first experience
    (after the base model moved), and with random features what is in front of them is standardised by the rows of that one. auto:
    the layers and width under which its rows, each left out, are most likely; later checkpoints keep them.

    `balance` is class weighting as far as sums allow it: 0.5 answers as if targets of the ridge regression were divided by the
    root of their class's count. Weighting rows in G as well would need one G per class.
    """

    width: Annotated[int | Literal["auto"], PlainValidator(_width)] = Field(
        2000, description="number of random features; 0: the representation itself; auto: chosen at the first experience"
    )
    balance: float = Field(
        0.2,
        ge=0,
        le=1,
        description="multiplies the ridge scores of a class by (mean count / its count) ^ balance, which raises rare classes",
    )
    mix: Literal["lda", "none"] = Field(
        "lda", description="lda: mean of the log-probabilities of ridge regression and LDA from the same sums; none: ridge alone"
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

    def merge(self, places: Sequence[int], classes: int) -> None:
        """Add up the sums of classes that become one and solve again; the temperature stays."""
        if self._statistics is not None:
            self._statistics = self._statistics.merged(places, classes)
            self.solve()

    def learn(self, lesson: Lesson) -> None:
        """Add the new rows to the sums (first rebuilt or transported, if they are stale), solve, calibrate."""
        y = ridge.one_hot(lesson.columns, len(self._labels))
        if lesson.fresh:
            if self._chosen is None and (self.choose_layers or self.width == "auto"):
                self._chosen = self._choose(lesson)
            self.begin(lesson.features)
        phi = self.phi(lesson.features)
        if lesson.before is not None:
            self._statistics = self.statistics.transported(self.phi(lesson.before), phi[: len(lesson.before)], self.bandwidth)
        counted = slice(lesson.counted)
        self.add(phi[counted], y[counted], lesson.weights[counted])
        scores, columns = self._left_out(self.solve(), phi, lesson, lesson.trusted)
        self._statistics = replace(self.statistics, temperature=calibrated(scores, columns, self.statistics.counts))

    def _left_out(self, solution: Solution, phi: Tensor, lesson: Lesson, rows: Tensor) -> tuple[Tensor, Tensor]:
        """(scores, columns) of some of these rows of the lesson, each left out."""
        rows = spread_out(rows)
        return solution.left_out(phi[rows], lesson.columns[rows], lesson.weights[rows]), lesson.columns[rows]

    def _used(self) -> tuple[int, int]:
        """(layers, width) in use."""
        return self._chosen or (self.layers, 0 if self.width == "auto" else self.width)

    def _choose(self, lesson: Lesson) -> tuple[int, int]:
        """(layers, width) of the least leave-one-out loss on the trusted rows; the cheapest one if several have it."""
        y = ridge.one_hot(lesson.columns, len(self._labels))
        rows = lesson.trusted if len(lesson.trusted) else torch.arange(len(y))
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
            losses[choice] = ridge.likeliest(*self._left_out(self.solve(), phi, lesson, rows))[1]
        return min(losses, key=lambda choice: losses[choice])

    def begin(self, features: Tensor) -> None:
        """Take these rows' spread as the unit and set the sums to zero."""
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

    def erase(
        self, features: Tensor, labels: Sequence[str], digests: Sequence[str] | None = None, learned: Sequence[int] | None = None
    ) -> None:
        """Remove (n, layers * width) rows from the sums and solve again, as if they had never been learned.

        The features must be those of the present base model. digests, learned: see `leaving`. These stay: the temperature, the
        choice of auto, with random features the standardisation in front of them, and the drift of others that was measured on
        these rows (`stale: transport`).
        """
        columns = torch.tensor([self._labels.index(label) for label in labels])
        y = ridge.one_hot(columns, len(self._labels))
        self.add(self.phi(features), y, -self.leaving(labels, digests, learned))
        self.solve()

    def whole(self) -> bool:
        """Whether each row in the sums weighs 1."""
        return self._statistics is None or self._statistics.rows == self._statistics.count

    def solve(self) -> Solution:
        """The classifier from the sums."""
        own = self.statistics
        solution = solve(Sums.of(own.whole_gram(), own.cross, own.count), self.balance, mixed=self.mix == "lda")
        self._statistics = replace(own, weights=solution.plane(), penalty=solution.penalty)
        return solution

    def probabilities(self, features: Tensor) -> Tensor:
        """Softmax of the calibrated scores; 0 for classes without rows, if another has some."""
        own = self.statistics
        scores = self.phi(features) @ own.weights * own.temperature
        return scores.masked_fill(own.counts <= NOBODY, -1e30).softmax(-1)

    def state(self) -> dict[str, Tensor]:
        """The sums (`Statistics.state`), `chosen`: layers and width, if auto chose them, and what every such head keeps."""
        chosen = {"chosen": torch.tensor(self._chosen)} if self._chosen is not None else {}
        return {**(self._statistics.state() if self._statistics is not None else {}), **chosen, **super().state()}

    def dimensions(self) -> Mapping[str, tuple[int | None, ...]]:
        """A column of Q and of the solution per class."""
        return {"cross": (None, len(self._labels)), "weights": (None, len(self._labels))}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Load the sums and the choice. Weights of earlier releases are those of the ridge scores before the lift."""
        super().load(state)
        own = Statistics.load(state)
        if own.penalty is None:
            own = replace(own, weights=own.weights * lift(own.counts, self.balance))
        self._statistics = own
        if "chosen" in state:
            layers, width = state["chosen"].tolist()
            self._chosen = layers, width
