"""The accuracy matrix R of a stream, and its metrics with intervals. Pure numpy; accuracies in 0..1.

R has one row per moment (after experience i) and one column per experience j; NaN or None where no model was scored. A matrix
may have fewer rows than columns (retraining on everything has one row). Trailing rows without any score are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from components.evaluation.statistics import Interval

Array = NDArray[np.float64]


def continual_metrics(
    matrix: Sequence[Sequence[float | None]], *, baseline: Sequence[float] | None = None, joint: Sequence[float] | None = None
) -> dict[str, float | None]:
    """Every metric of a matrix by name, None where the matrix lacks the scores that it needs.

    `baseline` (one per column): accuracy of the untrained model, for forward transfer; 0 if not given, which is what a head
    without labels scores. `joint` (one per column): accuracy of a model trained on everything, for intransigence.
    """
    R = as_matrix(matrix)
    return {name: _number(value) for name, value in _all(R, baseline, joint).items()}


def as_matrix(matrix: Sequence[Sequence[float | None]]) -> Array:
    """(rows, columns) float64 with NaN for None, without trailing rows that hold no score."""
    if len({len(row) for row in matrix}) > 1:
        raise ValueError("the rows of an accuracy matrix must be equally long, with None where no model was scored")
    R = np.array([[np.nan if value is None else value for value in row] for row in matrix], np.float64)
    R = R.reshape(len(matrix), -1) if len(matrix) else np.empty((0, 0))
    rows = int(np.flatnonzero(~np.isnan(R).all(axis=1)).max(initial=-1)) + 1
    if 0 < rows < len(R):
        R[rows - 1, rows:] = np.nan  # the last row that counts: the experiences right of its diagonal were not learned yet
    return R[:rows]


def accuracy(R: Array) -> Array:
    """ACC: mean of the last row (Lopez-Paz & Ranzato 2017)."""
    return _mean(R[..., -1, :])


def backward_transfer(R: Array) -> Array:
    """BWT = mean over j before the last row of R[last, j] - R[j, j] (Lopez-Paz & Ranzato 2017, eq. 3)."""
    j = np.arange(min(R.shape[-2] - 1, R.shape[-1]))
    return _mean(R[..., -1, j] - R[..., j, j])


def forward_transfer(R: Array, baseline: ArrayLike | None = None) -> Array:
    """FWT = mean over j >= 2 of R[j - 1, j] - b[j]: needs the score above the diagonal (idem, eq. 4)."""
    j = np.arange(1, min(R.shape[-2] + 1, R.shape[-1]))
    start = np.zeros(R.shape[-1]) if baseline is None else np.asarray(baseline, np.float64)
    return _mean(R[..., j - 1, j] - start[j])


def forgetting(R: Array) -> Array:
    """F = mean over j before the last row of max over earlier rows of R[l, j], less R[last, j] (Chaudhry et al. 2018, eq. 3).

    Negative when past experiences got better. The maximum is over the rows before the last, as in the paper.
    """
    j = np.arange(min(R.shape[-2] - 1, R.shape[-1]))
    earlier = np.where(np.isnan(R[..., :-1, :]), -np.inf, R[..., :-1, :])
    best = earlier.max(axis=-2, initial=-np.inf)[..., j]
    return _mean(np.where(np.isinf(best), np.nan, best) - R[..., -1, j])


def learning_accuracy(R: Array) -> Array:
    """LA: mean of the diagonal, each experience right after it was learned (Riemer et al. 2019)."""
    j = np.arange(min(R.shape[-2:]))
    return _mean(R[..., j, j])


def average_incremental_accuracy(R: Array) -> Array:
    """AAA = mean over rows t of the mean of R[t, i] for i <= t (Rebuffi et al. 2017)."""
    rows = [_mean(R[..., t, : t + 1]) for t in range(R.shape[-2])]  # at least one row: _all computes no metric of an empty matrix
    return _mean(np.stack(rows, axis=-1))


def intransigence(R: Array, joint: ArrayLike) -> Array:
    """I = mean over k of a*[k] - R[k, k], a* the jointly trained model (Chaudhry et al. 2018, eq. 5)."""
    j = np.arange(min(R.shape[-2:]))
    return _mean(np.asarray(joint, np.float64)[j] - R[..., j, j])


def bootstrap(
    outcomes: Sequence[ArrayLike],
    *,
    rng: np.random.Generator,
    alpha: float = 0.05,
    draws: int = 2000,
    baseline: Sequence[float] | None = None,
    joint: Sequence[float] | None = None,
) -> dict[str, Interval]:
    """Percentile intervals of every metric, cases drawn with replacement within each experience (Efron & Tibshirani 1993).

    outcomes[j]: (rows, n_j) 1 if case n of experience j was answered correctly at row i, else 0; NaN where it was not scored.
    All rows of a draw share their cases, so the pairing between moments is kept. Metrics whose scores are missing are left out.
    """
    columns = [np.asarray(column, np.float64) for column in outcomes]
    R = np.stack([column.mean(axis=1) for column in columns], axis=1)
    drawn = np.empty((draws, *R.shape))
    for j, column in enumerate(columns):
        n = column.shape[1]
        weights = rng.multinomial(n, np.full(n, 1 / n), size=draws) / n
        drawn[:, :, j] = weights @ column.T
    point, spread = _all(R, baseline, joint), _all(drawn, baseline, joint)
    cases = sum(column.shape[1] for column in columns)
    intervals = {}
    for name, value in point.items():
        if np.isfinite(value):
            low, high = np.quantile(spread[name], [alpha / 2, 1 - alpha / 2])
            intervals[name] = Interval(float(value), float(low), float(high), cases)
    return intervals


def over_seeds(values: Sequence[float], alpha: float = 0.05) -> Interval:
    """Mean over seeds with its Student t interval; with one seed, the bounds equal the mean."""
    from scipy.special import stdtrit  # scipy.stats takes seconds to import

    data = np.asarray(values, np.float64)
    mean, n = float(data.mean()), len(data)
    half = float(stdtrit(n - 1, 1 - alpha / 2) * data.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0
    return Interval(mean, mean - half, mean + half, n)


def _all(R: Array, baseline: Sequence[float] | None, joint: Sequence[float] | None) -> dict[str, Array]:
    nothing = np.full(R.shape[:-2], np.nan)
    if R.shape[-2] == 0:
        return dict.fromkeys([*_METRICS, "forward_transfer", "intransigence"], nothing)
    metrics = {name: metric(R) for name, metric in _METRICS.items()}
    metrics["forward_transfer"] = forward_transfer(R, baseline)
    metrics["intransigence"] = nothing if joint is None else intransigence(R, joint)
    return metrics


_METRICS: dict[str, Callable[[Array], Array]] = {
    "accuracy": accuracy,
    "forgetting": forgetting,
    "backward_transfer": backward_transfer,
    "learning_accuracy": learning_accuracy,
    "average_incremental_accuracy": average_incremental_accuracy,
}


def _mean(values: Array) -> Array:
    """Mean over the last axis without NaN; NaN where all are NaN."""
    there = ~np.isnan(values)
    count = there.sum(axis=-1)
    return np.where(count > 0, np.where(there, values, 0.0).sum(axis=-1) / np.maximum(count, 1), np.nan)


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
