"""Experience replay from a bounded memory (Chaudhry et al. 2019, arXiv 1902.10486)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field, PrivateAttr, field_validator

from components.lazy import lazy
from components.learning.axes import Rehearsal
from components.learning.method import register
from components.learning.networks.protocol import as_encoder
from components.learning.rehearsal._signals import signals
from components.learning.rehearsal.sampling import Sampler, get_sampling
from components.memory.policies import NEEDS, get_policy
from components.memory.store import Memory
from components.relabelling import Names
from components.storage import read_manifest

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray
    from torch import Tensor

    from components.learning.networks.tokens import Rows
    from components.learning.run import Draw, Run
else:
    pa = lazy("pyarrow")


@register("rehearsal", "buffer")
class Buffer(Rehearsal):
    """Adds to each batch of new rows `ratio` times as many rows drawn from the memory."""

    policy: str = Field(
        "class_balanced", description="which rows stay: reservoir, class_balanced, ring, herding, gdumb or priority"
    )
    sampling: str = Field("uniform", description="which rows are drawn: uniform, balanced (by class), mir or grasp")
    capacity: int = Field(600, ge=1, description="rows kept")
    ratio: float = Field(1.0, ge=0, description="memory rows per new row in a batch")
    candidates: float = Field(3.0, ge=1, description="mir: candidate memory rows per row drawn (the paper: 5)")
    _memory: Memory | None = PrivateAttr(None)
    _left_by: Mapping[str, Any] = PrivateAttr(default_factory=dict)  # record of the parent's head
    _sampler: Sampler | None = PrivateAttr(None)

    def parts(self) -> Sequence[Callable[..., Any]]:
        """The policy and the sampler."""
        return get_policy(self.policy), get_sampling(self.sampling)

    @field_validator("policy")
    @classmethod
    def _known_policy(cls, policy: str) -> str:
        get_policy(policy)
        return policy

    @field_validator("sampling")
    @classmethod
    def _known_sampling(cls, sampling: str) -> str:
        get_sampling(sampling)
        return sampling

    def recall(self, parent: Path | None) -> Memory | None:
        """The parent's memory, with this capacity and policy; None if the parent has none."""
        manifest = read_manifest(parent) if parent is not None else {}
        if parent is None or not manifest.get("memory"):
            return None
        self._left_by = manifest["recipe"]["head"]
        memory = Memory.load(parent, manifest["memory"])
        if memory.policy != self.policy:
            memory = replace(memory, policy=self.policy, state={})
        self._memory = memory.resize(self.capacity)
        return self._memory

    def before_experience(self, run: Run) -> None:
        """Drop stored scores that do not fit the present head; let the sampler prepare."""
        if self._memory is not None and not run.network.writes and not as_encoder(run.network).head.fits(self._left_by):
            self._memory = without_scores(self._memory)
        self._sampler = get_sampling(self.sampling)(self.candidates)
        if self._memory is not None and len(self._memory):
            self._sampler.begin(run, self._memory)

    def compose_batch(self, run: Run, draw: Draw) -> Draw:
        """The new rows, then the drawn ones."""
        return replace(draw, rows=np.concatenate([draw.rows, self.recalled(run, draw)]))

    def recalled(self, run: Run, draw: Draw) -> Rows:
        """Memory rows of the run to add to the rows of a draw: `ratio` for each, none while the memory is empty."""
        count = round(self.ratio * len(draw.rows))
        if self._memory is None or self._sampler is None or not len(self._memory) or not count:
            return np.zeros(0, np.int64)
        new = replace(draw, rows=draw.rows[draw.rows < run.new])
        return run.new + self._sampler.draw(run, self._memory, new, count)

    def after_experience(self, run: Run) -> None:
        """Drop the sampler: no more rows are drawn."""
        self._sampler = None

    def state(self) -> dict[str, Tensor]:
        """The sampler's state, during training."""
        return {f"sampling.{name}": own for name, own in self._sampler.state().items()} if self._sampler is not None else {}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore the sampler's state."""
        own = {name.removeprefix("sampling."): tensor for name, tensor in state.items() if name.startswith("sampling.")}
        if own and self._sampler is not None:
            self._sampler.load(own)

    def remember(self, run: Run, table: pa.Table, experience: str, forbidden: Collection[str], seed: int) -> None:
        """Offer the rows to the policy, with the signals that it needs."""
        self.offer(run, table, experience, forbidden, seed)

    def offer(self, run: Run, table: pa.Table, experience: str, forbidden: Collection[str], seed: int) -> Memory:
        """The memory after the policy was offered these rows."""
        memory = self._memory if self._memory is not None else Memory.empty(self.capacity, self.policy, seed)
        known: dict[str, NDArray[np.float32]] = {}
        if NEEDS[self.policy]:
            known = signals(run, NEEDS[self.policy], memory)
        notes = self.annotate(run)
        if "surprise" in known:
            notes["surprise"] = known["surprise"][len(memory) :]
        for name, values in notes.items():
            table = table.append_column(name, [values])
        self._memory = memory.add(table, experience=experience, forbidden=forbidden, signals=known)
        return self._memory

    def relabel(self, labels: Sequence[str], names: Names) -> None:
        """Rename the classes of the memory's rows."""
        if self._memory is not None:
            self._memory = self._memory.relabelled(labels, names)

    def annotate(self, run: Run) -> dict[str, pa.Array]:
        """Columns of components.memory.rows.EXTRA to keep beside the new rows."""
        return {}

    def keep_consented(self) -> Memory | None:
        """Drop the rows without consent."""
        if self._memory is not None:
            rows = self._memory.rows.select(["digest", "consent"]).to_pylist()
            self._memory = self._memory.drop([row["digest"] for row in rows if row["consent"] is not True])
        return self._memory

    def save(self, folder: Path) -> dict[str, Any]:
        """Write memory.parquet; returns its counters."""
        return self._memory.save(folder) if self._memory is not None else {}


def without_scores(memory: Memory) -> Memory:
    """The memory without the scores of its rows."""
    rows = memory.rows
    place = rows.schema.get_field_index("logits")
    field = rows.schema.field(place)
    return replace(memory, rows=rows.set_column(place, field, pa.nulls(len(rows), field.type)))
