"""Dark experience replay (Buzzega et al., NeurIPS 2020, arXiv 2004.07211, eq. 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field, PrivateAttr

from components.learning.heads._statistics import StatisticsHead
from components.learning.method import Recipe, register
from components.learning.rehearsal.buffer import Buffer

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from components.learning.run import Run
    from components.memory.store import Memory

CHUNK = 64


@register("rehearsal", "der")
class Der(Buffer):
    """CE on the new rows + alpha * MSE(h(x'), z'), x' drawn from the memory, z' its scores when it came.

    MSE is the mean over the columns that were known when the row came, then over rows: columns that the head grew later are left
    free. The paper writes a squared norm; its released code and its alphas belong to the mean. It notes scores while it trains
    on a row; here a row comes when its experience ends, so z is what the model then says of it, and stays that for as long as
    the row is kept. Rows from a memory without scores, or with those of a head that does not fit, teach nothing.
    """

    alpha: float = Field(0.3, ge=0, description="weight of the distance to the scores when the row came")
    _scores: Any = PrivateAttr(None)  # (rows, C) of the memory; 0 where unknown
    _known: Any = PrivateAttr(None)  # (rows, C)
    _drawn: slice = PrivateAttr(slice(0, 0))  # where x' is in the present batch

    def objection(self, recipe: Recipe, causal: bool) -> tuple[str, str] | None:
        """It needs scores over classes that last from one experience to the next."""
        if causal:
            return "a causal LM writes its answer and has no class scores to keep", "Set learning.rehearsal to {kind: buffer}."
        if isinstance(recipe.head, StatisticsHead):
            return (
                f"head {recipe.head.kind!r} is not trained by the scores that it answers with, so there are none to hold on to",
                "Set learning.head to {kind: linear}, or learning.rehearsal to {kind: buffer}.",
            )
        return super().objection(recipe, causal)

    def before_experience(self, run: Run) -> None:
        """Take the scores out of the memory."""
        super().before_experience(run)
        if self._memory is not None:
            self._scores, self._known = dense(self._memory, len(run.network.labels))

    def compose_batch(self, run: Run, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The new rows, then x', whose cross-entropy does not count."""
        return self._join(run, rows, self.draw(run, rows), 0.0)

    def _join(self, run: Run, rows: NDArray[np.int64], drawn: NDArray[np.int64], weight: float) -> NDArray[np.int64]:
        """Append the drawn rows, their cross-entropy weighing `weight` together."""
        import torch

        present = run.weights if run.weights is not None else torch.full((len(rows),), 1 / len(rows))
        run.weights = torch.cat([present, present.new_full((len(drawn),), weight / max(1, len(drawn)))])
        self._drawn = slice(len(rows), len(rows) + len(drawn))
        return np.concatenate([rows, drawn])

    def penalty(self, run: Run) -> Tensor | None:
        """alpha * MSE on x'."""
        assert run.batch is not None
        assert run.batch.scores is not None
        place = run.batch.rows[self._drawn] - run.new
        if not len(place) or not self._known[place].any():
            return None
        scores = run.batch.scores[self._drawn]
        return self.alpha * distance(scores, self._scores[place].to(scores.device), self._known[place].to(scores.device))

    def annotate(self, run: Run) -> dict[str, Any]:
        """logits: the scores of the new rows by the model as it ends the experience."""
        import pyarrow as pa
        import torch

        run.network.train(False)
        rows = np.arange(run.new)
        with torch.inference_mode():
            chunks = [run.network.logits(run, rows[i : i + CHUNK]).float().cpu() for i in range(0, run.new, CHUNK)]
        return {"logits": pa.array(list(torch.cat(chunks).numpy()), pa.list_(pa.float32()))}


def distance(scores: Tensor, targets: Tensor, known: Tensor) -> Tensor:
    """Squared difference, mean over the known columns of each row, then over the rows that have any."""
    gap = ((scores - targets) ** 2 * known).sum(1) / known.sum(1).clamp(min=1)
    return gap.sum() / known.any(1).sum()


def dense(memory: Memory, columns: int) -> tuple[Tensor, Tensor]:
    """(rows, columns) stored scores, and where there are any."""
    import torch

    scores, known = torch.zeros(len(memory), columns), torch.zeros(len(memory), columns, dtype=torch.bool)
    for i, own in enumerate(memory.rows["logits"].to_pylist()):
        if own:
            scores[i, : len(own)], known[i, : len(own)] = torch.tensor(own), True
    return scores, known
