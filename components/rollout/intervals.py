"""Confidence intervals of shares: Wilson for one, Newcombe for the difference of two independent ones."""

from __future__ import annotations

import math
from statistics import NormalDist


def wilson(successes: int, n: int, alpha: float) -> tuple[float, float]:
    """Two-sided 1 - alpha score interval of a share (Wilson 1927). (0, 1) when n = 0."""
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(1 - alpha / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def newcombe(successes: tuple[int, int], n: tuple[int, int], alpha: float) -> tuple[float, float, float]:
    """Difference share_0 - share_1 with its two-sided 1 - alpha interval: (estimate, low, high).

    Newcombe (1998), Statistics in Medicine 17:873-890, method 10: Wilson limits combined in squares, which keeps its
    coverage at small n and at shares of 0 and 1, where the plain normal interval collapses to nothing.
    """
    a, b = successes[0] / n[0], successes[1] / n[1]
    (low_a, high_a), (low_b, high_b) = wilson(successes[0], n[0], alpha), wilson(successes[1], n[1], alpha)
    return a - b, a - b - math.hypot(a - low_a, high_b - b), a - b + math.hypot(high_a - a, b - low_b)
