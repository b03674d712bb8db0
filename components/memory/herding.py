"""Herding: rows whose mean follows the mean of their class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from components.memory.policies import Ints, Lane, Placement, policy
from components.memory.shares import by_class, equal_shares


@policy("herding", needs=("features",))
def herding(lane: Lane, offered: Ints, rng: np.random.Generator) -> Placement:
    """iCaRL's exemplars (Rebuffi et al., CVPR 2017, Algorithms 4 and 5) on L2-normalised features: the k-th row of a class is
    p_k = argmin_p |mu - (phi(p_1) + ... + phi(p_(k-1)) + phi(p)) / k|, each row taken once.

    Rows of a class keep this order, so that a class without new rows, or a memory that shrinks, keeps its first ones. If a class
    comes again, its rows are chosen again from those kept and those offered, so the candidates are bounded by the capacity and
    the batch. Its mean is that of the rows offered and the rows kept, which represent all rows seen before. Room that a small
    class leaves goes to the others; the paper gives each class capacity / classes.
    """
    classes = np.concatenate([lane.classes, offered])
    order, starts = by_class(classes)
    counts = np.diff(starts)
    shares = equal_shares(counts, lane.capacity)
    kept: list[Ints] = []
    for c in np.flatnonzero(shares):
        mine = order[starts[c] : starts[c + 1]]
        stored = int(np.searchsorted(mine, len(lane.classes)))
        if stored < len(mine):
            unit = _normalised(lane.signals["features"][mine])
            weights = np.ones(len(mine))
            weights[:stored] = max(1.0, int(lane.seen[c]) / max(1, stored))
            mine = mine[herd(unit, weights @ unit / weights.sum(), int(shares[c]))]
        kept.append(mine[: shares[c]])
    return Placement(np.concatenate([*kept, np.zeros(0, np.int64)]), ordered=True)


def herd(rows: NDArray[np.float64], mean: NDArray[np.float64], count: int) -> Ints:
    """(count,) the greedy choice. |k mu - s - p|^2 is smallest where p (k mu - s) - |p|^2 / 2 is largest."""
    half = 0.5 * np.einsum("ij,ij->i", rows, rows)
    towards, chosen = rows @ mean, np.zeros(len(rows))  # of each row: with mu, and with the sum s of those chosen
    free = np.ones(len(rows), dtype=bool)
    picks = np.empty(count, dtype=np.int64)
    for k in range(count):
        pick = int(np.argmax(np.where(free, (k + 1) * towards - chosen - half, -np.inf)))
        picks[k], free[pick] = pick, False
        chosen += rows @ rows[pick]
    return picks


def _normalised(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = rows.astype(np.float64)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12))
