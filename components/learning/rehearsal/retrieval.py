"""Retrieval-assisted rehearsal: RAM-OL (arXiv 2512.02333), MbPA++ (de Masson d'Autume et al., NeurIPS 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field, PrivateAttr

from components.extras import needs
from components.learning.method import Recipe, register
from components.learning.rehearsal.buffer import Buffer

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from components.learning.run import Run


@register("rehearsal", "retrieval")
class Retrieval(Buffer):
    """Each batch of new rows is joined by the past rows that are nearest to it in the model's own representation.

    The batch's new rows, as the present model represents them, each ask for `k` neighbours among the memory and the archive.
    From all that come: near duplicates go, then classes are balanced, the nearest of each class first; `ratio` per new row stay,
    or fewer. RAM-OL trains jointly on neighbours and input in this way; MbPA++ adapts on them at the time of the answer, which
    we do not. Duplicates, balance and the archive are our additions. The bound on time is a bound on rows (`searched`), not on
    seconds: a result must not depend on the clock. The archive is read only as far as `archive.py` allows.
    The index is made anew every `every` steps with the model as it then is. While training goes on, its vectors are part of the
    state, so that a resumed run searches the very same index; no checkpoint keeps them. When nothing moves by gradients nothing
    is searched.
    """

    k: int = Field(16, ge=1, description="neighbours that each new row asks for")
    archive: bool = Field(True, description="also search the training rows of past experiences that the workspace still holds")
    every: int = Field(50, ge=1, description="steps between two makings of the index")
    searched: int = Field(2000, ge=1, description="most rows searched: the memory's, then the archive's in a fixed random order")
    duplicate: float = Field(0.98, gt=0, le=1, description="of rows with a cosine above this only the nearest is used")
    _rows: Any = PrivateAttr(None)  # candidates: row numbers of the run
    _vectors: Any = PrivateAttr(None)  # of the candidates, when the index was last made
    _index: Any = PrivateAttr(None)
    _step: int = PrivateAttr(0)

    def objection(self, recipe: Recipe, causal: bool) -> tuple[str, str] | None:
        """A way of drawing has no say here."""
        if self.sampling != "uniform":
            return f"rows are retrieved, not drawn by sampling {self.sampling!r}", "Leave sampling out, or use kind buffer."
        needs("lancedb", "retrieval", "learning.rehearsal: {kind: retrieval}")
        return super().objection(recipe, causal)

    def before_experience(self, run: Run) -> None:
        """Find the candidates; add the archive's to the run, behind the memory's."""
        super().before_experience(run)
        self._rows, self._vectors, self._index, self._step = np.zeros(0, np.int64), None, None, 0
        if not run.network.parameters():
            return
        stored = min(len(run.targets) - run.new, self.searched)
        self._rows = run.new + np.arange(stored)
        if self.archive and run.experience is not None and stored < self.searched:
            self._rows = np.concatenate([self._rows, self._archived(run, self.searched - stored)])

    def _archived(self, run: Run, most: int) -> NDArray[np.int64]:
        """Append at most so many rows of the archive; returns their numbers."""
        from components.learning.rehearsal._archive import archived
        from components.learning.rehearsal._more_rows import append
        from components.learning.rows import targets

        assert run.experience is not None
        causal = bool(run.tokens.prompt)
        known = {*run.experience.table("train")["digest"].to_pylist()}
        known |= {*run.memory.rows["digest"].to_pylist()} if run.memory is not None else set()
        table = archived(run.archive, run.experience, run.network.labels, known, most, causal, run.consented)
        truth = targets(table, causal)
        return append(run, run.network.tokenise(table["text"].to_pylist(), truth), truth) if len(table) else np.zeros(0, np.int64)

    def compose_batch(self, run: Run, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The new rows, then the retrieved ones."""
        count = round(self.ratio * len(rows))
        if not len(self._rows) or not count:
            return rows
        self._refresh(run)
        self._step += 1
        return np.concatenate([rows, self.retrieve(run, rows, count)])

    def retrieve(self, run: Run, rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        """At most `count` of the candidates for these new rows."""
        from components.learning.rehearsal._index import balanced, distinct
        from components.learning.rehearsal._more_rows import represent

        place, cosine = self._index.nearest(represent(run, rows), self.k)
        best = np.full(len(self._index.rows), -np.inf)
        np.maximum.at(best, place.ravel(), cosine.ravel())
        found = np.unique(place)
        order = distinct(self._index.vectors, found[np.argsort(-best[found], kind="stable")], self.duplicate)
        order = self._index.rows[order]
        return balanced(order, [run.targets[row] for row in order], count)

    def _refresh(self, run: Run) -> None:
        """Make the index if it is time, or if this process has none yet. Cached features do not change."""
        from components.learning.rehearsal._index import Index
        from components.learning.rehearsal._more_rows import represent

        stale = self._vectors is None or len(self._vectors) != len(self._rows)  # the archive can have shrunk since a kill
        if stale or (run.features is None and self._step % self.every == 0):
            self._vectors, self._index = represent(run, self._rows), None
        if self._index is None:
            self._index = Index.build(self._rows, self._vectors)

    def after_experience(self, run: Run) -> None:
        """The index ends with the training."""
        super().after_experience(run)
        self._rows = self._vectors = self._index = None

    def state(self) -> dict[str, Tensor]:
        """The candidates' vectors and the step, while training goes on."""
        import torch

        if self._vectors is None:
            return super().state()
        return {**super().state(), "vectors": torch.from_numpy(self._vectors), "step": torch.tensor([self._step])}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take them back."""
        super().load({name: tensor for name, tensor in state.items() if name not in ("vectors", "step")})
        if "vectors" in state:
            self._vectors, self._index, self._step = state["vectors"].numpy(), None, int(state["step"])
