"""Streaming: one pass over the rows in the order in which they came (the online protocol of Lopez-Paz and Ranzato, NeurIPS
2017, arXiv 1706.08840, section 3: each example is seen once, in batches of 10, by plain SGD).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from components.lazy import lazy
from components.learning.axes import Optimizer
from components.learning.method import register

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch.nn import Parameter
    from torch.optim import Optimizer as TorchOptimizer

    from components.learning.run import Run
else:
    torch = lazy("torch")


@register("optimizer", "stream")
class Stream(Optimizer):
    """One update per batch, at a small constant rate: no epochs, no shuffling, no sorting by length, no validation rows.

    The paper uses plain SGD (`update: sgd`). Adapters start at B = 0, where SGD hardly moves at a small rate, so AdamW is the
    default. Memory rows that the rehearsal draws are added to a batch as usual.
    """

    rate: float = Field(3e-4, gt=0, description="learning rate, constant")
    batch: int = Field(10, ge=1, description="new rows per update; memory rows are added to them")
    update: Literal["adamw", "sgd"] = Field("adamw", description="sgd: as in the paper; adamw: for adapters")
    epochs: Literal[1] = Field(1, description="1: every row is used once")
    schedule: Literal["constant"] = Field(
        "constant", description="constant: a stream has no end towards which the rate could fall"
    )
    validation: Literal[0] = Field(0, description="0: no validation rows and no early stopping")

    def build(self, parameters: Sequence[Parameter]) -> TorchOptimizer:
        """A fresh torch.optim.AdamW or SGD."""
        kind = torch.optim.AdamW if self.update == "adamw" else torch.optim.SGD
        return kind(parameters, lr=self.rate, weight_decay=self.weight_decay)

    def order(self, run: Run, rng: np.random.Generator) -> list[NDArray[np.int64]]:
        """The rows, the oldest first."""
        rows = run.split.arrival[np.isin(run.split.arrival, run.split.training)]
        return [rows[i : i + self.batch] for i in range(0, len(rows), self.batch)]
