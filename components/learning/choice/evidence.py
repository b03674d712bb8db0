"""What adapting the base model could gain on new rows, from rows left out of a ridge regression on its features. Pure.

    error   e, the share of n rows that a head fitted to the others answers wrongly
    sure    e - 1.645 sqrt(e (1 - e) / n), at least 0: its lower bound, since few rows say little

Adapting removes a share of the error, which `choose.py` multiplies by. What more rows would leave of it, 2 e(n) - e(n / 2), was
tried in place of e: where errors fall with rows more rows should help and not adapting. It predicts worse: on trec, whose error
falls most steeply, adapting gained most.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Penalties that are tried, in units of one row of standardised features
GRID = np.logspace(-1, 4, 26)
#: The normal quantile of a one-sided bound at 95 %
SURE = 1.645


@dataclass(frozen=True)
class Evidence:
    """rows: how many could be left out, those of classes with another row; with fewer than two classes, none can be judged: 0."""

    rows: int
    classes: int
    error: float

    @property
    def sure(self) -> float:
        """What the error surely is, at 95 %."""
        return max(0.0, self.error - SURE * (self.error * (1 - self.error) / max(1, self.rows)) ** 0.5)

    def record(self) -> dict[str, float]:
        """For the manifest."""
        return {name: round(value, 6) for name, value in asdict(self).items()}


def measure(features: Floats, columns: Ints) -> Evidence:
    """The evidence in (n, p) features of rows of these classes."""
    counts = np.bincount(columns) if len(columns) else np.zeros(0, np.int64)
    kept = counts[columns] > 1 if len(columns) else np.zeros(0, bool)
    z, y = features[kept].astype(np.float64), columns[kept]
    classes = int((counts > 1).sum())
    if classes < 2:
        return Evidence(0, classes, 0.0)
    return Evidence(len(y), classes, left_out_error(z, y))


def left_out_error(features: Floats, columns: Ints) -> float:
    """Share of rows answered wrongly by ridge regression of one-hot classes without them; the penalty is that of the least GCV.

    Solved in the rows' inner products (n, n): with K = U s U^T of centred features, H = U s / (s + lambda) U^T + 1 / n, and a row
    left out scores (Hy - h y) / (1 - h). A class's only row is answered wrongly, as it must be.
    """
    n = len(columns)
    names, y = np.unique(columns, return_inverse=True)
    if n < 2 or len(names) < 2:
        return 0.0
    spread = features.std(0)
    z = (features - features.mean(0)) / np.where(spread > 1e-6, spread, 1.0)
    values, vectors = np.linalg.eigh(z @ z.T)
    values = values.clip(min=0)
    one_hot = np.eye(len(names))[y]
    targets = one_hot - one_hot.mean(0)
    rotated = vectors.T @ targets
    energy = (rotated**2).sum(1)
    kept = values / (values + GRID[:, None])  # (penalties, n)
    free = n - 1 - kept.sum(1)
    best = int((((1 - kept) ** 2 @ energy) / free.clip(min=1e-9) ** 2).argmin())
    leverage = (vectors**2 @ kept[best] + 1 / n).clip(max=1 - 1e-9)[:, None]
    fitted = vectors @ (kept[best][:, None] * rotated) + one_hot.mean(0)
    scores = (fitted - leverage * one_hot) / (1 - leverage)
    return float((scores.argmax(1) != y).mean())
