"""The temperature of scores whose class means lie one unit apart (`Sums.spread`): judged on rows, with a prior."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.lazy import lazy
from components.learning.heads import _ridge as ridge

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = lazy("torch")

#: In these units the best temperature hardly depends on the stream: 1.0 to 2.0 on streams of 2 to 50 classes and 240 to 4300 rows
USUAL, DOUBT = 1.3, 0.3
#: The most rows to judge on
MOST = 1500


def calibrated(scores: Tensor, columns: Tensor, counts: Tensor) -> float:
    """The factor t of most likely softmax(t * scores) times a log-normal prior (after Guo et al., ICML 2017).

    scores (n, C): of rows that were left out; counts (C,): rows of each class ever seen. A judge weighs its class's share of what
    was seen over that of the judges: a memory is balanced, and judging as if traffic were flattens probabilities (measured: t 1.0
    instead of 1.6 on the questions of TREC). Without judges: USUAL.
    """
    judges = torch.bincount(columns, minlength=len(counts)).double()
    weights = (counts.clamp(min=0) / judges.clamp(min=1))[columns]
    grid = ridge.temperatures()
    prior = (grid / USUAL).log() ** 2 / (2 * DOUBT**2)
    if not len(columns) or float(weights.sum()) <= 0:
        return USUAL
    weights = weights / weights.sum()
    enough = float(1 / (weights**2).sum())  # how many equally weighed judges these stand for
    losses = torch.stack([weights @ torch.nn.functional.cross_entropy(scores * t, columns, reduction="none") for t in grid])
    return float(grid[int((enough * losses + prior).argmin())])


def spread_out(rows: Tensor) -> Tensor:
    """At most MOST of the rows, evenly spaced."""
    return rows[torch.linspace(0, len(rows) - 1, min(MOST, len(rows))).long()]
