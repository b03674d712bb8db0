"""Gradient episodic memory (Lopez-Paz and Ranzato, NeurIPS 2017, arXiv 1706.08840, eq. 8 to 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, PrivateAttr

from components.learning.method import Method, Recipe, register

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.learning.run import Run


@register("regularizer", "gem")
class Gem(Method):
    """If the gradient g points against the gradient g_k of a past experience's memory rows, take the nearest one that does not:

    min over v >= margin of 1/2 v^T G G^T v + g^T G^T v, then g <- G^T v + g, in the coordinates of `run.parameters`: what is
    frozen has no say. G has one row for each experience that the memory holds rows of.

    g is the whole gradient of the step, penalties and rehearsed rows included; GEM as published rehearses none: set
    `rehearsal.ratio: 0`. The paper adds `margin` to the solution v; where memories disagree the result can point against one.
    Here it is the lower bound of v (as in the authors' code, without its 1e-3 ridge): the constraints hold to rounding. They hold
    for the gradient that the optimizer is given: plain SGD goes along it, AdamW rescales it. A temporary head's gradient is left
    alone. A step costs a backward pass over at most `samples` rows an experience, so never over more than the memory.
    """

    margin: float = Field(0.5, ge=0, description="least v: bias towards the memories' gradients once one is violated")
    samples: int = Field(32, ge=0, description="memory rows drawn per past experience and step; 0: all of them, as in the paper")
    _groups: list[NDArray[np.int64]] = PrivateAttr(default_factory=list)

    def objection(self, recipe: Recipe, causal: bool) -> tuple[str, str] | None:
        """It needs rows of past experiences."""
        return needs_memory(recipe)

    def before_experience(self, run: Run) -> None:
        """The memory's rows by the experience that they came with."""
        self._groups = by_experience(run)

    def before_update(self, run: Run) -> None:
        """Project the gradient."""
        import torch

        from components.learning.regularizers._gradients import filled, gradient_on

        parameters = list(run.parameters.values())
        if not self._groups or not parameters:
            return
        picked = [draw(run, rows, self.samples) for rows in self._groups]
        memories = [gradient_on(run, rows, parameters) for rows in picked]
        present = filled(parameters, [p.grad for p in parameters])
        gram, dots = np.zeros((len(memories),) * 2), np.zeros(len(memories))
        for i, g in enumerate(present):  # parameter by parameter: double precision of all at once would not fit
            rows = torch.stack([memory[i].flatten() for memory in memories]).double()
            gram += (rows @ rows.T).cpu().numpy()
            dots += (rows @ g.flatten().double()).cpu().numpy()
        if (dots >= 0).all():
            return
        weights = multipliers(gram, dots, self.margin)
        for p, g, *own in zip(parameters, present, *memories):
            whole = g.double()
            for v, memory in zip(weights, own):
                whole.add_(memory, alpha=float(v))
            p.grad = whole.to(g.dtype)


def multipliers(gram: NDArray[np.float64], dots: NDArray[np.float64], margin: float) -> NDArray[np.float64]:
    """(t,) v >= margin that minimises |G^T v + g|^2, from G G^T and G g.

    With v = margin + u this is non-negative least squares |R u + b|^2, where R^T R = G G^T and R^T b = G g + margin * G G^T 1.
    The rows of G are brought to length 1 first; rows of zeros get 0.
    """
    from scipy.optimize import nnls

    scale = np.sqrt(np.diag(gram))
    live = scale > 0
    if not live.any():
        return np.zeros(len(dots))
    shifted = (dots + margin * gram.sum(1))[live] / scale[live]
    values, vectors = np.linalg.eigh(gram[np.ix_(live, live)] / np.outer(scale[live], scale[live]))
    kept = values > 1e-13 * values[-1]
    root = np.sqrt(values[kept])
    u, _ = nnls(root[:, None] * vectors[:, kept].T, -(vectors[:, kept].T @ shifted) / root, maxiter=100 * len(dots))
    v = np.zeros(len(dots))
    v[live] = margin + u / scale[live]
    return v


def needs_memory(recipe: Recipe) -> tuple[str, str] | None:
    """The objection of a method that takes gradients on memory rows."""
    if recipe.rehearsal.kind not in ("none", "generative"):
        return None
    return (
        f"it needs rows of past experiences, and rehearsal {recipe.rehearsal.kind!r} keeps none",
        "Set learning.rehearsal to {kind: buffer, ratio: 0}, or use {kind: online_ewc}, which keeps no rows.",
    )


def by_experience(run: Run) -> list[NDArray[np.int64]]:
    """The run's memory rows, one array for each experience that they came with, in the order these were learned."""
    if run.memory is None or not len(run.memory):
        return []
    names = np.array([name or "" for name in run.memory.rows["experience"].to_pylist()])
    place = {name: i for i, name in enumerate(run.experiences)}
    ordered = sorted(set(names.tolist()), key=lambda name: (place.get(name, len(place)), name))
    return [run.new + np.flatnonzero(names == name) for name in ordered]


def draw(run: Run, rows: NDArray[np.int64], samples: int) -> NDArray[np.int64]:
    """At most `samples` of these rows, drawn without replacement; all of them for 0."""
    return rows if not samples or len(rows) <= samples else run.rng.choice(rows, samples, replace=False)
