"""Counts and sums of features per class, exact and in any order: the statistics of `prototypes` and `lda`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import PrivateAttr

from components.lazy import lazy
from components.learning.heads import _ridge as ridge
from components.learning.heads import _transport as transport
from components.learning.heads._statistics import OWN, Lesson, StatisticsHead

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")


class ClassSums(StatisticsHead):
    """counts (C,) and sums (C, p) in float64.

    Features are first rounded to multiples of 2^-bits. Then float64 adds them without any rounding: the statistics do not depend
    on the order of rows, and erasing rows is exact, bit for bit (only to rounding after a refresh, whose weights are fractions).
    """

    bits: ClassVar[int] = 20  # exact while the sum of features stays below 2^33
    _s: dict[str, Tensor] = PrivateAttr(default_factory=dict)

    @property
    def taught(self) -> bool:
        """Whether there are statistics."""
        return "counts" in self._s

    def grow(self, labels: Iterable[str], width: int) -> None:
        """Append empty rows for the unknown labels."""
        fresh = sorted(set(labels) - set(self._labels))
        self._labels += fresh
        if self.taught:
            for name in ("counts", "sums"):
                old = self._s[name]
                self._s[name] = torch.cat([old, old.new_zeros(len(fresh), *old.shape[1:])])

    def merge(self, places: Sequence[int], classes: int) -> None:
        """Add up the statistics of classes that become one; the calibration stays."""
        if not self.taught:
            return
        for name in ("counts", "sums"):
            old = self._s[name]
            self._s[name] = old.new_zeros(classes, *old.shape[1:]).index_add(0, torch.tensor(places), old)
        self.solve()

    def begin(self, width: int) -> None:
        """Set the statistics to zero."""
        zeros = torch.zeros(len(self._labels), dtype=torch.float64)
        self._s = {"counts": zeros, "sums": zeros.new_zeros(len(zeros), width), "temperature": torch.ones(1, dtype=torch.float64)}

    def learn(self, lesson: Lesson) -> None:
        """Start again from zero, or move the means to where the classes are now; then add rows and calibrate."""
        if lesson.fresh:
            self.begin(lesson.features.shape[1])
        elif lesson.before is not None:
            delta = transport.drift(lesson.before, lesson.features, self.means(), self.bandwidth)
            self.move(delta * (self._s["counts"] > 0).unsqueeze(1))
        counted = slice(lesson.counted)
        self.add(lesson.features[counted], lesson.columns[counted], lesson.weights[counted])
        others = self._s["counts"][lesson.columns] > lesson.weights  # a class with a single row cannot leave it out
        trusted = lesson.trusted if len(lesson.trusted) else torch.arange(len(lesson.columns))
        rows = trusted[others[trusted]]
        if len(rows):
            self.calibrate(lesson.features[rows], lesson.columns[rows], lesson.weights[rows])
        self.solve()

    def add(self, features: Tensor, columns: Tensor, weights: Tensor) -> None:
        """Add (n, p) rows to the statistics; negative weights remove them."""
        z = self.rounded(features)
        self._s["counts"] = self._s["counts"].index_add(0, columns, weights)
        self._s["sums"] = self._s["sums"].index_add(0, columns, z * weights.unsqueeze(1))

    def erase(
        self, features: Tensor, labels: Sequence[str], digests: Sequence[str] | None = None, learned: Sequence[int] | None = None
    ) -> None:
        """Remove (n, p) rows, as if they had never been learned; only the calibration stays.

        The features must be those of the present base model, to within rounding to 2^-bits. digests, learned: see `leaving`.
        """
        columns = torch.tensor([self._labels.index(label) for label in labels])
        self.add(features, columns, -self.leaving(labels, digests, learned))
        self.solve()

    def whole(self) -> bool:
        """Whether each row in the statistics weighs 1."""
        return not self.taught or bool((self._s["counts"] == self._s["counts"].round()).all())

    def solve(self) -> None:
        """Compute what a head derives from the statistics; nothing by default."""

    def move(self, delta: Tensor) -> None:
        """Move the (C, p) class means by delta."""
        self._s["sums"] = self._s["sums"] + delta * self._s["counts"].unsqueeze(1)

    def means(self) -> Tensor:
        """(C, p); zero for classes without rows."""
        return self._s["sums"] / self._s["counts"].clamp(min=1e-9).unsqueeze(1)

    def rounded(self, features: Tensor) -> Tensor:
        """The features in float64 on the grid of multiples of 2^-bits."""
        return (features.double() * 2**self.bits).round() / 2**self.bits

    def scores(self, features: Tensor) -> Tensor:
        """(n, C) before calibration; -inf for classes without rows."""
        raise NotImplementedError

    def calibrate(self, features: Tensor, columns: Tensor, weights: Tensor) -> None:
        """Choose the temperature and other constants on these rows, each as if it had not been learned."""
        raise NotImplementedError

    def probabilities(self, features: Tensor) -> Tensor:
        """Softmax of the calibrated scores; uniform if nothing is known."""
        scores = self.scores(features) * self._s["temperature"]
        return scores.nan_to_num(neginf=-1e30).softmax(-1)

    def state(self) -> dict[str, Tensor]:
        """The statistics and the calibration."""
        return {**self._s, **super().state()}

    def dimensions(self) -> Mapping[str, tuple[int | None, ...]]:
        """A count and a row of sums per class, one temperature; for `lda`, a column of the solution per class."""
        classes = len(self._labels)
        return {"counts": (classes,), "sums": (classes, None), "temperature": (1,), "plane": (None, classes)}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Load the statistics and the calibration."""
        super().load(state)
        self._s = {name: tensor for name, tensor in state.items() if name not in OWN}


def likeliest(scores: Tensor, truth: Tensor) -> tuple[float, float]:
    """(factor under which softmax(factor * scores) is most likely, its mean loss), for scores of any scale. -inf is allowed."""
    finite = scores[scores.isfinite()]
    spread = float(finite.std()) if len(finite) > 1 else 0.0
    spread = spread if spread > 0 else 1.0
    factor = ridge.temperature(scores / spread, truth) / spread
    return factor, float(torch.nn.functional.cross_entropy(scores * factor, truth))
