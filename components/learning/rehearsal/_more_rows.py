"""More rows for a run, behind those it has, and rows as the model represents them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from components.learning.networks.tokens import Rows, Tokens
from components.learning.run import Run


def append(run: Run, tokens: Tokens, targets: Sequence[str], features: torch.Tensor | None = None) -> Rows:
    """Add rows at the end; returns their numbers. features: theirs, where the run caches features and no text is behind them."""
    start = len(run.targets)
    if run.features is not None:
        run.features = torch.cat([run.features, run.network.encode(tokens) if features is None else features])
    run.tokens, run.targets = run.tokens + tokens, (*run.targets, *targets)
    return np.arange(start, len(run.targets))


def represent(run: Run, rows: Rows) -> NDArray[np.float32]:
    """(n, width) pooled states of these rows by the present model; cached ones where the base model is frozen. No randomness."""
    if run.features is not None:
        return np.asarray(run.features[torch.from_numpy(rows)].numpy(), dtype=np.float32)
    prompts = tuple(run.tokens.prompt[row] for row in rows) if run.tokens.prompt else ()
    mode = run.network.model.training
    found = run.network.encode(Tokens(tuple(run.tokens.ids[row] for row in rows), prompts))
    run.network.train(mode)
    return np.asarray(found.numpy(), dtype=np.float32)
