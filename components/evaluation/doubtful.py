"""Rows whose labels others contradict twice: a plain fit that left them out, and the texts nearest to them. Pure.

Each alone takes hard classes for wrong labels, and so does confident learning (Northcutt, Jiang & Chuang, JAIR 2021): by the same
left-out probabilities, cleanlab 2.9 doubts a third of the labels of clean reviews. Where one wrongly held one and the other two
of 68 clean experiences, both hold three in four of those with 30 % wrong labels, so cleanlab is not needed; and where fit and
neighbours agree, most of the rows that they name are wrong (benchmarks/results/poison.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.evaluation.reference import Reference

ALIKE = 0.6  # share of the nearest texts that must have the label which the fit names
FEWEST, MOST = 3, 9  # how many are looked at: about half a class
SHOWN = 50  # rows that are named
ROWS, A_CLASS = 100, 15  # rows, and rows of a class on average, without which hard classes cannot be told from wrong labels


@dataclass(frozen=True)
class Doubtful:
    """`places` of rows whose label is doubted, the surest first, and the label that `others` have there; `looked`: how many rows
    fit and neighbours agree on.
    """

    places: tuple[int, ...] = ()
    others: tuple[str, ...] = ()
    looked: int = 0


def doubtful(features: NDArray[np.float32], labels: Sequence[str]) -> Doubtful:
    """The doubtful labels among n rows with (n, p) features; none where there are too few rows to say (ROWS, A_CLASS)."""
    given = np.array(labels)
    names, own = np.unique(given, return_inverse=True)
    near = min(MOST, max(FEWEST, len(given) // max(1, len(names)) // 2))
    if len(names) < 2 or len(given) < max(ROWS, A_CLASS * len(names)):
        return Doubtful()
    reference = Reference().with_rows(features, labels)
    scores = reference.left_out_scores(features, labels)[:, [reference.labels.index(str(name)) for name in names]]
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    alike = unit @ unit.T
    np.fill_diagonal(alike, -np.inf)
    nearest = own[np.argpartition(-alike, near - 1, axis=1)[:, :near]]
    said = scores.argmax(axis=1)
    agreed = (nearest == said[:, None]).mean(axis=1) >= ALIKE
    rows = np.arange(len(given))
    gap = scores[rows, said] - scores[rows, own]
    wrong = np.flatnonzero(agreed & (said != own))
    wrong = wrong[np.argsort(-gap[wrong], kind="stable")]
    return Doubtful(tuple(wrong.tolist()), tuple(names[said[wrong]].tolist()), int(agreed.sum()))
