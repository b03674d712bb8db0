"""GRASP: easy memory rows first, then harder ones (Harun et al., CoLLAs 2024, arXiv 2308.13646)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from components.lazy import lazy
from components.learning.rehearsal.sampling.sampler import Sampler, register

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from components.learning.run import Draw, Run
    from components.memory.policies import Ints
    from components.memory.store import Memory

    Floats = NDArray[np.float64]
else:
    torch = lazy("torch")


LEAST = 1e-7  # added to a distance, so that a row at its class mean has a finite chance
NOTHING = 1e-300  # if 1 / d falls below this, a class starts again: distances can double with every draw


@register("grasp")
class Grasp(Sampler):
    """Classes take turns. Within a class, a row is drawn with a chance ~ 1 / d, where d is its distance to the class mean; then
    its d grows by the largest d of the class. So prototypes come first, harder rows when those are used up, then prototypes
    again.

    d is the cosine distance, with the model at the beginning of the experience: one encoding of the memory per experience. The
    rule is that of the authors' code (github.com/yousuf907/GRASP; the paper's full text was not available). There, too, distances
    are reset when one exceeds the range of numbers; here only those of the class are reset.
    """

    _first: Floats | None = None  # (rows,) distances when the experience began
    _now: Floats  # (rows,) distances with what draws have added
    _classes: list[Ints]  # rows of each class
    _turn: int = 0  # draws so far

    def begin(self, run: Run, memory: Memory) -> None:
        """Measure the distance of each row to its class mean."""
        self._first = None
        if run.network.parameters() and len(memory):
            features = run.represent(run.new + np.arange(len(memory))).numpy().astype(np.float64)
            own = memory.classes[1]
            self._first, self._turn = to_class_mean(features, own), 0
            self._now, self._classes = self._first.copy(), [np.flatnonzero(own == c) for c in np.unique(own)]

    def draw(self, run: Run, memory: Memory, new: Draw, count: int) -> Ints:
        """One row of each class in turn."""
        if self._first is None:
            raise RuntimeError("begin must be called first")
        drawn = np.empty(count, dtype=np.int64)
        for i in range(count):
            rows = self._classes[self._turn % len(self._classes)]
            chance = 1 / (self._now[rows] + LEAST)
            if chance.min() < NOTHING:
                self._now[rows] = self._first[rows]
                chance = 1 / (self._now[rows] + LEAST)
            drawn[i] = run.rng.choice(rows, p=chance / chance.sum())
            self._now[drawn[i]] += self._now[rows].max()
            self._turn += 1
        return drawn

    def state(self) -> dict[str, Tensor]:
        """The present distances, and whose turn it is."""
        if self._first is None:
            return {}
        return {"distances": torch.from_numpy(self._now.copy()), "turn": torch.tensor([self._turn])}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore them."""
        self._now, self._turn = state["distances"].numpy().copy(), int(state["turn"])


def to_class_mean(features: Floats, classes: Ints) -> Floats:
    """(n,) cosine distance of each row to the mean of its class."""
    sums = np.zeros((int(classes.max()) + 1, features.shape[1]))
    np.add.at(sums, classes, features)  # a sum instead of a mean: the cosine is the same
    means = sums[classes]
    lengths = np.linalg.norm(features, axis=1) * np.linalg.norm(means, axis=1)
    return np.maximum(0, 1 - (features * means).sum(1) / np.maximum(lengths, 1e-12))
