"""How far an experience is from those before it, in the representation of the base model as it was delivered. Pure.

A signature is small: the mean of an experience's rows, their mean squared distance to it, and their number. It is always measured
with the base model as delivered, so that the signatures of all experiences can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Signature:
    """mean (p,) float64; spread: the mean squared distance of the rows to their true mean (unbiased); rows: their number."""

    mean: NDArray[np.float64]
    spread: float
    rows: int


def signature(features: NDArray[np.float32]) -> Signature:
    """The signature of (n, p) features, n > 0."""
    z = features.astype(np.float64)
    mean = z.mean(0)
    return Signature(mean, float(((z - mean) ** 2).sum() / max(1, len(z) - 1)), len(z))


def distance(one: Signature, other: Signature) -> float:
    """sqrt(|m - m'|^2 - s / n - s' / n') / sqrt((s + s') / 2), 0 where the root is of a negative number.

    The subtracted terms are what the means of n and n' rows of one distribution differ by on average: without a shift the
    distance is near 0 for any n. It does not change when features are shifted, rotated, mirrored or scaled.
    """
    apart = float(((one.mean - other.mean) ** 2).sum()) - one.spread / one.rows - other.spread / other.rows
    return float(np.sqrt(max(0.0, apart) / max((one.spread + other.spread) / 2, 1e-12)))


def novelty(new: Signature, past: Iterable[Signature]) -> float | None:
    """The distance to the nearest past signature, to six places; None if there is none."""
    distances = [distance(new, one) for one in past]
    return round(min(distances), 6) if distances else None
