"""Averaged GEM (Chaudhry et al., ICLR 2019, arXiv 1812.00420, eq. 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, PrivateAttr

from components.learning.method import Method, Peers, register
from components.learning.regularizers import _held as held
from components.learning.regularizers._gradients import filled, gradient_on
from components.learning.regularizers._past_rows import by_experience, draw, needs_memory

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.learning.run import Batch, Run


@register("regularizer", "agem")
class AGem(Method):
    """If g points against the gradient r of rows drawn from the whole memory: g <- g - (g^T r / r^T r) r.

    Gradients are over `run.parameters`. g is the whole gradient of the step, with penalties and rehearsed rows; A-GEM as
    published rehearses no rows: `rehearsal.ratio: 0`. The constraint holds for the gradient that the optimizer gets: plain SGD
    follows it, AdamW rescales it. A temporary head's gradient is not changed. The cost of a step does not grow with experiences.
    """

    samples: int = Field(64, ge=0, description="memory rows drawn per step for the reference gradient; 0: all of them")
    _rows: NDArray[np.int64] | None = PrivateAttr(None)

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """It needs rows of past experiences, and gradient steps."""
        return needs_memory(recipe) or held.nothing_trained(recipe, causal)

    def before_experience(self, run: Run) -> None:
        """Look up the memory's rows of all experiences."""
        groups = by_experience(run)
        self._rows = np.sort(np.concatenate(groups)) if groups else None

    def before_update(self, run: Run, batch: Batch) -> None:
        """Project the gradient."""
        parameters = list(run.parameters.values())
        if self._rows is None or not parameters:
            return
        reference = gradient_on(run, draw(run, self._rows, self.samples), parameters)
        present = filled(parameters, [p.grad for p in parameters])
        along = sum(float((g.double() * r.double()).sum()) for g, r in zip(present, reference))
        if along >= 0:
            return
        length = sum(float((r.double() ** 2).sum()) for r in reference)
        for p, g, r in zip(parameters, present, reference):
            p.grad = g.add_(r, alpha=-along / length)
