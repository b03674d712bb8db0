"""Gradient episodic memory (Lopez-Paz and Ranzato, NeurIPS 2017, arXiv 1706.08840, eq. 8 to 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, PrivateAttr

from components.lazy import lazy
from components.learning.method import Method, Peers, register
from components.learning.regularizers import _held as held
from components.learning.regularizers._gradients import filled, gradient_on
from components.learning.regularizers._past_rows import by_experience, draw, needs_memory

if TYPE_CHECKING:
    import scipy.optimize as optimize
    import torch
    from numpy.typing import NDArray

    from components.learning.run import Batch, Run
else:
    optimize, torch = lazy("scipy.optimize"), lazy("torch")


@register("regularizer", "gem")
class Gem(Method):
    """If the gradient g points against the gradient g_k of a past experience's memory rows, take the nearest one that does not:

    min over v >= margin of 1/2 v^T G G^T v + g^T G^T v, then g <- G^T v + g. Gradients are over `run.parameters`, without what is
    frozen. G has one row for each experience of which the memory holds rows.

    g is the whole gradient of the step, with penalties and rehearsed rows; GEM as published rehearses no rows: set
    `rehearsal.ratio: 0`. The paper adds `margin` to the solution v; if memories disagree, the result can point against one of
    them. Here `margin` is the lower bound of v (as in the authors' code, without its 1e-3 ridge), so the constraints hold up to
    rounding. They hold for the gradient that the optimizer gets: plain SGD follows it, AdamW rescales it. A temporary head's
    gradient is not changed. A step costs a backward pass over at most `samples` rows per experience, never more than the memory.
    """

    margin: float = Field(
        0.5, ge=0, description="lower bound of v: bias towards the memories' gradients once a constraint is violated"
    )
    samples: int = Field(32, ge=0, description="memory rows drawn per past experience and step; 0: all of them, as in the paper")
    _groups: list[NDArray[np.int64]] = PrivateAttr(default_factory=list)

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """It needs rows of past experiences, and gradient steps."""
        return needs_memory(recipe) or held.nothing_trained(recipe, causal)

    def before_experience(self, run: Run) -> None:
        """Look up the memory's rows by the experience that they came from."""
        self._groups = by_experience(run)

    def before_update(self, run: Run, batch: Batch) -> None:
        """Project the gradient."""
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
    The rows of G are first normalised to length 1; rows of zeros get 0.
    """
    scale = np.sqrt(np.diag(gram))
    live = scale > 0
    if not live.any():
        return np.zeros(len(dots))
    shifted = (dots + margin * gram.sum(1))[live] / scale[live]
    values, vectors = np.linalg.eigh(gram[np.ix_(live, live)] / np.outer(scale[live], scale[live]))
    kept = values > 1e-13 * values[-1]
    root = np.sqrt(values[kept])
    u, _ = optimize.nnls(root[:, None] * vectors[:, kept].T, -(vectors[:, kept].T @ shifted) / root, maxiter=100 * len(dots))
    v = np.zeros(len(dots))
    v[live] = margin + u / scale[live]
    return v
