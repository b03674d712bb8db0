"""Experience replay from a bounded memory (Chaudhry et al. 2019, arXiv 1902.10486)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, PrivateAttr, field_validator

from components.learning.axes import Rehearsal
from components.learning.methods import register
from components.memory.policies import get_policy
from components.memory.store import Memory
from components.storage import read_manifest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.learning.run import Run


@register("rehearsal", "buffer")
class Buffer(Rehearsal):
    """Each batch of new rows is joined by `ratio` times as many rows drawn from the memory."""

    policy: str = Field("class_balanced", description="which rows stay: a policy of components.memory")
    sampling: Literal["uniform", "balanced"] = Field("uniform", description="balanced: a class first, then a row of it")
    capacity: int = Field(600, ge=1, description="rows kept")
    ratio: float = Field(1.0, ge=0, description="memory rows per new row in a batch")
    _memory: Memory | None = PrivateAttr(None)

    @field_validator("policy")
    @classmethod
    def _known(cls, policy: str) -> str:
        get_policy(policy)
        return policy

    def recall(self, parent: Path | None) -> Memory | None:
        """The parent's memory, brought to this capacity and policy; None when it has none."""
        fields = read_manifest(parent).get("memory") if parent is not None else None
        if parent is None or not fields:
            return None
        memory = Memory.load(parent, fields)
        if memory.policy != self.policy:
            memory = replace(memory, policy=self.policy, state={})
        self._memory = memory.resize(self.capacity)
        return self._memory

    def compose_batch(self, run: Run, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The new rows, then the drawn ones."""
        count = round(self.ratio * len(rows))
        if self._memory is None or not len(self._memory) or not count:
            return rows
        return np.concatenate([rows, run.new + self._memory.sample(count, run.rng, self.sampling)])

    def remember(self, run: Run, table: Any, experience: str, forbidden: Collection[str], seed: int) -> None:
        """Offer the rows to the policy."""
        memory = self._memory if self._memory is not None else Memory.empty(self.capacity, self.policy, seed)
        self._memory = memory.add(table, experience=experience, forbidden=forbidden)

    def save(self, folder: Path) -> dict[str, Any]:
        """memory.parquet and its counters."""
        return self._memory.save(folder) if self._memory is not None else {}
