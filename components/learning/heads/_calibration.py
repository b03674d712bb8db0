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

#: How far the best temperature lies from the usual one, as a standard deviation of its logarithm
DOUBT = 0.3
#: The most rows to judge on
MOST = 1500


def usual(classes: int) -> float:
    """The temperature without evidence. In these units the best one hardly depends on the stream.

    Measured on trec and sentiment, 240 to 4300 rows: 1.0 to 1.1 with 2 classes, 1.4 to 2.0 with 29 to 50.
    """
    return 1.6 - 1.2 / max(2, classes)


def calibrated(scores: Tensor, columns: Tensor, counts: Tensor) -> float:
    """The factor t of most likely softmax(t * scores) times a log-normal prior (after Guo et al., ICML 2017).

    scores (n, C): of rows that were left out; counts (C,): rows of each class ever seen. A judge weighs its class's share of what
    was seen over that of the judges: a memory is balanced, and judging as if traffic were flattens probabilities (measured: t 1.0
    instead of 1.6 on the questions of TREC). Without judges: the usual one.
    """
    judges = torch.bincount(columns, minlength=len(counts)).double()
    weights = (counts.clamp(min=0) / judges.clamp(min=1))[columns]
    grid = ridge.temperatures()
    centre = usual(int((counts > 0).sum()))
    prior = (grid / centre).log() ** 2 / (2 * DOUBT**2)
    if not len(columns) or float(weights.sum()) <= 0:
        return centre
    weights = weights / weights.sum()
    enough = float(1 / (weights**2).sum())  # how many equally weighed judges these stand for
    losses = torch.stack([weights @ torch.nn.functional.cross_entropy(scores * t, columns, reduction="none") for t in grid])
    return float(grid[int((enough * losses + prior).argmin())])


def spread_out(rows: Tensor) -> Tensor:
    """At most MOST of the rows, evenly spaced."""
    return rows[torch.linspace(0, len(rows) - 1, min(MOST, len(rows))).long()]
