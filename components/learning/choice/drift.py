"""Whether the present base model separates the classes of new rows well enough: the decision behind `adapt: drift`. Pure.

The statistic is the skill of the nearest class mean: leave each row out, give it the class whose mean is nearest, take the share
of correct answers per class, average over classes, and scale so that chance is 0 and perfection 1. It needs no training, no
stored model and a few hundred rows. It does not change when features are shifted, rotated, mirrored or scaled, rows are
reordered, or classes are renamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Decision:
    """Whether the base model should move, and why."""

    skill: float | None  # of the new rows in the present representation; None: it could not be measured
    reference: float | None  # the skill on validation rows after the base model last moved; None: not known
    threshold: float
    rows: int  # how many rows the skill was measured on

    @property
    def move(self) -> bool:
        """Move if there is no reference to compare with, or if the skill is below it by more than the threshold."""
        if self.reference is None:
            return True
        return self.skill is not None and self.reference - self.skill > self.threshold

    def record(self) -> dict[str, Any]:
        """For people: the numbers to six places, and the decision."""
        numbers = {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(self).items()}
        return {**numbers, "move": self.move}


def skill(features: Floats, columns: Ints, others: Floats, other_columns: Ints) -> float | None:
    """Skill of the nearest class mean on the (n, p) rows. Means are over these and the (m, p) others, without the row itself.

    A row whose class has no other row is not counted; a tie is a wrong answer. None without rows or without a second class.
    """
    together = np.concatenate([features, others]).astype(np.float64)
    names, classes = np.unique(np.concatenate([columns, other_columns]), return_inverse=True)
    if not len(features) or len(names) < 2:
        return None
    together = together - together.mean(0)
    one_hot = np.eye(len(names))[classes]
    counts = one_hot.sum(0)
    means = one_hot.T @ together / counts[:, None]
    rows, own = together[: len(features)], classes[: len(features)]
    squares = (rows**2).sum(1, keepdims=True) - 2 * rows @ means.T + (means**2).sum(1)
    counted = counts[own] > 1
    at = np.arange(len(rows))
    # without row x its class mean is (n m - x) / (n - 1): it is n / (n - 1) times as far from x
    mine = squares[at, own] * (counts[own] / np.maximum(counts[own] - 1, 1)) ** 2
    squares[at, own] = np.inf
    right = mine < squares.min(1)
    shares = [right[counted & (own == c)].mean() for c in np.unique(own[counted])]
    if not shares:
        return None
    chance = 1 / len(names)
    return float((np.mean(shares) - chance) / (1 - chance))


def spread_over(labels: Sequence[str], rows: Ints, limit: int) -> Ints:
    """At most about `limit` of the rows, sorted: an equal number of each label where there are enough, evenly spaced."""
    own: dict[str, list[int]] = {}
    for row in rows.tolist():
        own.setdefault(labels[row], []).append(row)
    share = max(2, limit // max(1, len(own)))
    kept = [np.array(of)[np.unique(np.linspace(0, len(of) - 1, min(share, len(of))).round().astype(int))] for of in own.values()]
    return np.sort(np.concatenate(kept)).astype(np.int64) if kept else np.zeros(0, dtype=np.int64)
