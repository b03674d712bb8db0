"""Dark experience replay (Buzzega et al., NeurIPS 2020, arXiv 2004.07211, eq. 6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, PrivateAttr

from components.lazy import lazy
from components.learning.method import Peers, register
from components.learning.networks.protocol import as_encoder
from components.learning.rehearsal.buffer import Buffer

if TYPE_CHECKING:
    import pyarrow as pa
    import torch
    from torch import Tensor

    from components.learning.networks.tokens import Rows
    from components.learning.run import Batch, Draw, Run
    from components.memory.store import Memory
else:
    pa, torch = lazy("pyarrow"), lazy("torch")


CHUNK = 64


@register("rehearsal", "der")
class Der(Buffer):
    """CE on the new rows + alpha * MSE(h(x'), z'), with x' drawn from the memory and z' its scores when it came.

    MSE is the mean over the columns that were known when the row came, then over rows; columns that the head grew later are free.
    The paper writes a squared norm, but its released code and its values of alpha use the mean. The paper records scores while it
    trains on a row. Here a row is stored when its experience ends, so z are the model's scores at that moment, and they are kept
    as long as the row. Rows without stored scores, or with scores of a head that does not fit, add nothing.
    """

    alpha: float = Field(0.3, ge=0, description="weight of the distance to the stored scores")
    _stored: tuple[Tensor, Tensor] | None = PrivateAttr(None)  # of the memory's rows, from `dense`
    _drawn: slice = PrivateAttr(slice(0, 0))  # where x' is in the present batch

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """It needs class scores that keep their meaning from one experience to the next."""
        if causal:
            return "a causal LM writes its answer and has no class scores to keep", "Set learning.rehearsal to {kind: buffer}."
        if not recipe.head.trained:
            return (
                f"head {recipe.head.kind!r} is not trained by the scores that it answers with, so there are none to keep",
                "Set learning.head to {kind: linear}, or learning.rehearsal to {kind: buffer}.",
            )
        return super().objection(recipe, causal)

    def before_experience(self, run: Run) -> None:
        """Take the scores out of the memory."""
        super().before_experience(run)
        if self._memory is not None:
            self._stored = dense(self._memory, len(run.network.labels))

    def compose_batch(self, run: Run, draw: Draw) -> Draw:
        """The new rows, then x', whose cross-entropy has weight 0."""
        return self._join(draw, self.recalled(run, draw), 0.0)

    def _join(self, draw: Draw, recalled: Rows, weight: float) -> Draw:
        """Append recalled rows; their cross-entropy has the total weight `weight`."""
        present = draw.weights if draw.weights is not None else torch.full((len(draw.rows),), 1 / len(draw.rows))
        weights = torch.cat([present, present.new_full((len(recalled),), weight / max(1, len(recalled)))])
        self._drawn = slice(len(draw.rows), len(draw.rows) + len(recalled))
        return replace(draw, rows=np.concatenate([draw.rows, recalled]), weights=weights)

    def penalty(self, run: Run, batch: Batch) -> Tensor | None:
        """alpha * MSE on x'."""
        if self._stored is None or batch.scores is None:
            return None
        place, scores = batch.rows[self._drawn] - run.new, batch.scores[self._drawn]
        wanted, known = (own[place] for own in self._stored)
        return self.alpha * distance(scores, wanted.to(scores.device), known.to(scores.device)) if known.any() else None

    def annotate(self, run: Run) -> dict[str, pa.Array]:
        """logits: the model's scores of the new rows at the end of the experience."""
        network, rows = as_encoder(run.network), np.arange(run.new)
        network.train(False)
        with torch.inference_mode():
            chunks = [network.logits(run.table, rows[i : i + CHUNK]).float().cpu() for i in range(0, run.new, CHUNK)]
        return {"logits": pa.array(list(torch.cat(chunks).numpy()), pa.list_(pa.float32()))}


def distance(scores: Tensor, targets: Tensor, known: Tensor) -> Tensor:
    """Squared difference, mean over the known columns of each row, then over the rows that have any."""
    gap = ((scores - targets) ** 2 * known).sum(1) / known.sum(1).clamp(min=1)
    return gap.sum() / known.any(1).sum()


def dense(memory: Memory, columns: int) -> tuple[Tensor, Tensor]:
    """(rows, columns) stored scores, and a mask of those that exist."""
    scores, known = torch.zeros(len(memory), columns), torch.zeros(len(memory), columns, dtype=torch.bool)
    for i, own in enumerate(memory.rows["logits"].to_pylist()):
        if own:
            scores[i, : len(own)], known[i, : len(own)] = torch.tensor(own), True
    return scores, known
