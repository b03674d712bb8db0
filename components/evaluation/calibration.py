"""Scores of a linear fit as probabilities: one temperature, chosen on rows that the fit left out. Pure.

Guo et al. 2017 (arXiv 1706.04599). Out-of-sample probabilities of every row of an experience, in closed form, are what the scan
for triggers and the search for doubtful labels stand on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHARPEST = np.geomspace(1.0, 40.0, 25)  # temperatures that are tried, inverted


def sharpness(scores: Array, labels: Sequence[str], names: Sequence[str]) -> float:
    """The factor on (n, C) left-out scores, one column for each of `names`, that makes the labels likeliest."""
    place = {name: n for n, name in enumerate(names)}
    own = np.array([place[label] for label in labels])
    rows = np.arange(len(own))
    return float(min(SHARPEST, key=lambda factor: -np.log(probabilities(scores, factor)[rows, own] + 1e-12).mean()))


def probabilities(scores: Array, factor: float) -> Array:
    """(n, C) probabilities: the softmax of the scores times the factor."""
    scaled = factor * (scores - scores.max(axis=1, keepdims=True))
    raised = np.exp(scaled)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
