"""Which answers lie clearly among their like: there, a label that says otherwise may be believed to be wrong. Pure.

A small experience makes a model too sure of itself, so its confidence cannot tell wrong labels from hard classes. The texts can:
where the nearest ones, as the frozen base model sees them, are answered alike, the classes are apart there. Measured on frozen
features (benchmarks/labels.py): clean hard classes raise no alarm, and a third of shuffled labels does from 150 rows on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.8  # share of the nearest texts that must be answered alike
FEWEST, MOST = 3, 9  # how many are looked at: about half a class


def clear(
    seen: NDArray[np.float32], answers: Sequence[str], cases: NDArray[np.float32], given: Sequence[str]
) -> NDArray[np.bool_]:
    """(m,) whether each case's answer is that of the texts nearest to it, among the n seen ones and the other cases.

    seen (n, p), answers: features and answers of texts that were learned; cases (m, p), given: those of the cases.
    """
    everything, names = np.vstack([seen, cases]).astype(np.float64), np.array([*answers, *given])
    count = len(names)
    near = min(MOST, max(FEWEST, count // max(1, len(set(names.tolist()))) // 2))
    if count <= near:
        return np.zeros(len(cases), bool)
    units = everything / np.maximum(np.linalg.norm(everything, axis=1, keepdims=True), 1e-12)
    alike = units[len(seen) :] @ units.T
    own = np.arange(len(cases))
    alike[own, len(seen) + own] = -np.inf  # a case is not its own neighbour
    nearest = np.argsort(-alike, axis=1, kind="stable")[:, :near]
    return np.asarray((names[nearest] == np.array(given)[:, None]).mean(axis=1) >= ALIKE)
