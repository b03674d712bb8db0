"""Retrieval-assisted rehearsal: RAM-OL (arXiv 2512.02333), MbPA++ (de Masson d'Autume et al., NeurIPS 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, PrivateAttr

from components.extras import needs
from components.lazy import lazy
from components.learning.archive import archived
from components.learning.method import Peers, register
from components.learning.rehearsal._index import Index, Vectors, balanced, distinct
from components.learning.rehearsal.buffer import Buffer
from components.learning.rows import targets

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from components.contracts import Experience
    from components.learning.networks.tokens import Rows
    from components.learning.run import Draw, Run
else:
    torch = lazy("torch")


@register("rehearsal", "retrieval")
class Retrieval(Buffer):
    """Adds to each batch of new rows the past rows that are nearest to it in the model's own representation.

    For each new row of the batch, `k` neighbours in the present model's representation are looked up in the memory and the
    archive. Near duplicates among them are dropped, then classes are balanced, the nearest of each class first; at most `ratio`
    per new row are used. RAM-OL trains jointly on neighbours and input in this way; MbPA++ adapts on them when it answers, which
    is not done here. Removing duplicates, balancing and the archive are our additions. The cost is bounded by rows (`searched`),
    not by seconds: a result must not depend on the clock. The archive is read only as far as `archive.py` allows.
    The index is rebuilt every `every` steps with the present model. During training its vectors are part of the state, so that a
    resumed run searches the same index; no checkpoint keeps them. If gradients move nothing, nothing is searched.
    """

    k: int = Field(16, ge=1, description="neighbours looked up for each new row")
    archive: bool = Field(True, description="also search the training rows of past experiences that the workspace still holds")
    every: int = Field(50, ge=1, description="steps after which the index is rebuilt")
    searched: int = Field(
        2000, ge=1, description="the most rows to search: the memory's, then the archive's in a fixed random order"
    )
    duplicate: float = Field(
        0.98, gt=0, le=1, description="of rows with a cosine above this to each other, only the nearest is used"
    )
    _rows: Rows = PrivateAttr(default_factory=lambda: np.zeros(0, np.int64))  # candidates: row numbers of the run
    _vectors: Vectors | None = PrivateAttr(None)  # of the candidates, when the index was last built
    _index: Index | None = PrivateAttr(None)
    _step: int = PrivateAttr(0)

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """It needs LanceDB, and no other sampling than uniform: rows are retrieved, not drawn."""
        if self.sampling != "uniform":
            return f"rows are retrieved, not drawn by sampling {self.sampling!r}", "Remove `sampling`, or use kind buffer."
        needs("lancedb", "retrieval", "learning.rehearsal: {kind: retrieval}")
        return super().objection(recipe, causal)

    def before_experience(self, run: Run) -> None:
        """Find the candidates, and append those of the archive to the run's rows."""
        super().before_experience(run)
        self._rows, self._vectors, self._index, self._step = np.zeros(0, np.int64), None, None, 0
        if not run.network.parameters():
            return
        stored = min(len(run.table.targets) - run.new, self.searched)
        self._rows = run.new + np.arange(stored)
        if self.archive and run.experience is not None and stored < self.searched:
            self._rows = np.concatenate([self._rows, self._archived(run, run.experience, self.searched - stored)])

    def _archived(self, run: Run, present: Experience, most: int) -> Rows:
        """Append at most this many rows of the archive; returns their numbers."""
        known = {*present.table("train")["digest"].to_pylist()}
        known |= {*run.past.memory.rows["digest"].to_pylist()} if run.past.memory is not None else set()
        network = run.network
        table = archived(run.past, present, network.labels, known, most, network.writes)
        truth = targets(table, network.writes)
        return run.append(network.tokenise(table["text"].to_pylist(), truth), truth) if len(table) else np.zeros(0, np.int64)

    def compose_batch(self, run: Run, draw: Draw) -> Draw:
        """The new rows, then the retrieved ones."""
        count = round(self.ratio * len(draw.rows))
        if not len(self._rows) or not count:
            return draw
        index = self._refreshed(run)
        self._step += 1
        return replace(draw, rows=np.concatenate([draw.rows, self.retrieve(run, index, draw.rows, count)]))

    def retrieve(self, run: Run, index: Index, rows: Rows, count: int) -> Rows:
        """At most `count` candidates for these new rows."""
        place, cosine = index.nearest(run.represent(rows).numpy(), self.k)
        best = np.full(len(index.rows), -np.inf)
        np.maximum.at(best, place.ravel(), cosine.ravel())
        candidates = np.unique(place)
        order = distinct(index.vectors, candidates[np.argsort(-best[candidates], kind="stable")], self.duplicate)
        order = index.rows[order]
        return balanced(order, [run.table.targets[row] for row in order], count)

    def _refreshed(self, run: Run) -> Index:
        """The index, rebuilt if it is time or if this process has none yet. Cached features do not change."""
        vectors = self._vectors
        stale = vectors is None or len(vectors) != len(self._rows)  # the archive can have shrunk since a kill
        if vectors is None or stale or (run.table.features is None and self._step % self.every == 0):
            vectors, self._index = run.represent(self._rows).numpy(), None
            self._vectors = vectors
        if self._index is None:
            self._index = Index.build(self._rows, vectors)
        return self._index

    def after_experience(self, run: Run) -> None:
        """Drop the index."""
        super().after_experience(run)
        self._rows, self._vectors, self._index = np.zeros(0, np.int64), None, None

    def state(self) -> dict[str, Tensor]:
        """The candidates' vectors and the step, during training."""
        if self._vectors is None:
            return super().state()
        return {**super().state(), "vectors": torch.from_numpy(self._vectors), "step": torch.tensor([self._step])}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore them."""
        super().load({name: tensor for name, tensor in state.items() if name not in ("vectors", "step")})
        if "vectors" in state:
            self._vectors, self._index, self._step = state["vectors"].numpy(), None, int(state["step"])
