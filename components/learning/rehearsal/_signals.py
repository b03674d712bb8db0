"""What buffer policies need to know of rows (components/memory/policies.py, NEEDS), as the model sees them now."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from components.lazy import lazy
from components.learning.networks.protocol import as_encoder

if TYPE_CHECKING:
    import torch

    from components.learning.run import Run
    from components.memory.store import Memory
else:
    torch = lazy("torch")


CHUNK = 64


def signals(run: Run, needs: Collection[str], memory: Memory) -> dict[str, NDArray[np.float32]]:
    """The signals of the memory's rows, then of the new ones. Cost: at most one encoding of both, however many experiences.

    features: pooled states. surprise: the loss when the row came, so that a row is not judged by how well it was rehearsed; it is
    computed now for the new rows, and for rows whose loss was not recorded when they came.
    """
    rows = np.concatenate([run.new + np.arange(len(memory)), np.arange(run.new)])
    values: dict[str, NDArray[np.float32]] = {}
    if "features" in needs:
        values["features"] = run.represent(rows).numpy()
    if "surprise" in needs:
        noted = memory.rows["surprise"].to_numpy().astype(np.float32) if len(memory) else np.zeros(0, np.float32)
        losses = np.concatenate([noted, np.full(run.new, np.nan, np.float32)])
        unknown = np.isnan(losses)
        losses[unknown] = surprise(run, rows[unknown])
        values["surprise"] = losses
    return values


def surprise(run: Run, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """(n,) -log p(target) of these rows, from the head's probabilities or from the tokens that a causal LM writes."""
    if not len(rows):
        return np.zeros(0, np.float32)
    run.network.train(False)
    with torch.inference_mode():
        if run.network.writes:
            chunks = [run.network.losses(run.table, rows[i : i + CHUNK]) for i in range(0, len(rows), CHUNK)]
            return np.asarray(torch.cat(chunks).float().cpu().numpy(), dtype=np.float32)
        head = as_encoder(run.network).head
        device = next(iter(head.state().values())).device
        p = head.probabilities(run.represent(rows).to(device)).double().cpu()
        column = {label: i for i, label in enumerate(run.network.labels)}
        own = p[torch.arange(len(rows)), torch.tensor([column[run.table.targets[row]] for row in rows])]
        return np.asarray(-own.clamp(min=1e-12).log().numpy(), dtype=np.float32)
