"""The interval of a difference between two independent shares."""

from __future__ import annotations

from math import hypot

from components.evaluation.statistics import Interval, wilson


def newcombe(successes: tuple[int, int], n: tuple[int, int], alpha: float = 0.05) -> Interval:
    """Share 0 minus share 1 with its two-sided 1 - alpha interval; both n at least 1. The Interval's n is the smaller one.

    Newcombe (1998), Statistics in Medicine 17:873-890, method 10: Wilson limits combined in squares, which keeps its
    coverage at small n and at shares of 0 and 1, where the plain normal interval collapses to nothing.
    """
    first, second = wilson(successes[0], n[0], alpha), wilson(successes[1], n[1], alpha)
    estimate = first.estimate - second.estimate
    low = estimate - hypot(first.estimate - first.low, second.high - second.estimate)
    high = estimate + hypot(first.high - first.estimate, second.estimate - second.low)
    return Interval(estimate, low, high, min(n))
