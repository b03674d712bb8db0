"""The joint reference on frozen features: one logistic regression over all training rows, its strength by cross-validation."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]

STRENGTHS = (0.001, 0.01, 0.1, 1.0)  # C, on standardised features


def joint_answers(train: Floats, labels: Sequence[str], test: Floats, *, seed: int, folds: int = 3) -> tuple[list[str], float]:
    """(answers to the test rows, the C that was chosen): all rows fitted at once, C by `folds` folds of the training rows.

    train (n, d), test (m, d): features. Fewer rows than features are rotated into their own span first, which changes nothing.
    """
    mean, scale = train.mean(axis=0), train.std(axis=0) + 1e-6
    X, T = (train - mean) / scale, (test - mean) / scale
    if len(X) < X.shape[1]:
        basis = np.linalg.svd(X, full_matrices=False)[2]
        X, T = X @ basis.T, T @ basis.T
    y = np.asarray(labels)
    place = _folds(y, folds, np.random.default_rng(seed))
    right = {
        C: sum(int((_fit(X[place != k], y[place != k], C).predict(X[place == k]) == y[place == k]).sum()) for k in range(folds))
        for C in STRENGTHS
    }
    best = max(STRENGTHS, key=lambda C: (right[C], -C))
    return [str(answer) for answer in _fit(X, y, best).predict(T)], best


def _folds(y: NDArray[np.str_], folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The fold of each row: the rows of each class are dealt in turn."""
    place = np.zeros(len(y), np.int64)
    for number, label in enumerate(np.unique(y)):
        rows = rng.permutation(np.flatnonzero(y == label))
        place[rows] = (np.arange(len(rows)) + number) % folds
    return place


def _fit(X: Floats, y: NDArray[np.str_], C: float):  # type: ignore[no-untyped-def]  # scikit-learn has no types
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it ended after max_iter: the accuracy no longer changes by then
        return LogisticRegression(C=C, max_iter=100).fit(X, y)


def paired_bootstrap(ours: Flags, theirs: Flags, *, rng: np.random.Generator, draws: int = 4000) -> dict[str, float]:
    """Difference of two accuracies on the same cases, with the 95 % percentile interval over cases drawn with replacement.

    Only the counts of the pairs matter, so that they are drawn from a multinomial.
    """
    n, gained, lost = len(ours), int((ours & ~theirs).sum()), int((~ours & theirs).sum())
    if not n:
        return {"difference": 0.0, "low": 0.0, "high": 0.0, "cases": 0}
    drawn = rng.multinomial(n, [gained / n, lost / n, 1 - (gained + lost) / n], size=draws)
    low, high = np.quantile((drawn[:, 0] - drawn[:, 1]) / n, [0.025, 0.975])
    return {"difference": (gained - lost) / n, "low": float(low), "high": float(high), "cases": n}
