"""GRASP: easy memory rows first, then harder ones (Harun et al., CoLLAs 2024, arXiv 2308.13646)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from components.learning.sampling.sampler import Sampler, register

if TYPE_CHECKING:
    from components.learning.run import Run
    from components.memory.policies import Ints
    from components.memory.store import Memory

WINDOW = 0.25  # share of a class's rows that is open at any time


@register("grasp")
class Grasp(Sampler):
    """A class first, all alike, then a row of it: near its class mean when training begins, far from it when it ends.

    Distance is Euclidean between L2-normalised features, with the model as it is when the experience begins. The abstract says
    "most prototypical first, then gradually harder"; the pace is our reconstruction: of a class's rows in order of distance a
    window is open, which slides evenly from the nearest to the farthest between the first step and the last one planned. It
    depends on the step alone. One encoding of the memory an experience.
    """

    _order: Ints | None = None  # memory rows by class, the nearest to their class mean first

    def begin(self, run: Run, memory: Memory) -> None:
        """Order the rows of each class."""
        from components.learning.more_rows import represent

        self._order = None
        if run.network.parameters() and len(memory):
            features = represent(run, run.new + np.arange(len(memory))).astype(np.float64)
            self._order = by_distance(features, memory.classes[1])

    def draw(self, run: Run, memory: Memory, new: Ints, count: int) -> Ints:
        """Rows from the window that is open now."""
        assert self._order is not None, "begin comes first"
        sizes = np.bincount(memory.classes[1])
        drawn = run.rng.choice(np.flatnonzero(sizes), count)
        place = run.step / max(1, run.steps - 1) * (1 - WINDOW) + WINDOW * run.rng.random(count)
        rank = np.minimum((place * sizes[drawn]).astype(np.int64), sizes[drawn] - 1)
        return self._order[(np.cumsum(sizes) - sizes)[drawn] + rank]


def by_distance(features: np.ndarray[tuple[int, ...], np.dtype[np.float64]], classes: Ints) -> Ints:
    """The rows sorted by class, and within each by the distance to its mean, the nearest first."""
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    sums = np.zeros((int(classes.max()) + 1, unit.shape[1]))
    np.add.at(sums, classes, unit)
    means = sums / np.maximum(np.bincount(classes), 1)[:, None]
    return np.lexsort((np.linalg.norm(unit - means[classes], axis=1), classes))
