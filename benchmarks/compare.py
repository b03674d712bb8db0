"""Answers to held-out cases over splits: accuracies, pooled or by experience, and differences with a bootstrap over cases.

The answers of a run are `bits[i][j]`: a string of 0 and 1, one for each held-out case of experience j after experience i; None
where nothing was scored. `cases[j]` has the digests of those cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from components.contracts import Experience, Predictor

Run = Mapping[str, Any]
DRAWS = 4000


def answered(predictor: Predictor, experience: Experience) -> str:
    """The bits of one experience."""
    table = experience.table("heldout")
    truth, answers = table.column("label").to_pylist(), predictor.predict(table.column("text").to_pylist()).top()
    return "".join("01"[answer == wanted] for answer, wanted in zip(answers, truth, strict=True))


def cases_of(experience: Experience) -> list[str]:
    """Digests of an experience's held-out cases, in the order of its bits."""
    return [str(digest)[:16] for digest in experience.table("heldout").column("digest").to_pylist()]


def matrix_of(bits: Sequence[Sequence[str | None]]) -> list[list[float | None]]:
    """The accuracy matrix."""
    return [[one.count("1") / len(one) if one else None for one in row] for row in bits]


def pooled(run: Run) -> float:
    """Accuracy at the end over all cases of all experiences: each case weighs the same."""
    last = "".join(bits for bits in run["bits"][-1] if bits)
    return last.count("1") / len(last)


def chance(experiences: Sequence[Experience]) -> list[float]:
    """Of each experience, the accuracy of a guess among the labels of those before it: what forward transfer is counted from.

    0 for the first, and for one whose labels are all new: a head without a label never answers with it.
    """
    known: set[str] = set()
    levels = []
    for experience in experiences:
        truth = experience.table("heldout").column("label").to_pylist()
        levels.append(float(np.mean([label in known for label in truth])) / len(known) if known else 0.0)
        known |= set(experience.manifest["labels"])
    return levels


def difference(ours: Sequence[Run], theirs: Sequence[Run], *, seed: int = 0) -> dict[str, float]:
    """Pooled accuracy of our runs less that of theirs at the end, paired by split and case, with a 95 % interval.

    A case that is held out in several splits is drawn with all of them (a bootstrap over clusters, Cameron et al. 2008): the
    splits of one stream are no new cases.
    """
    gained: dict[str, int] = {}
    scored: dict[str, int] = {}
    for mine, other in zip(ours, theirs, strict=True):
        for names, a, b in zip(mine["cases"], mine["bits"][-1], other["bits"][-1], strict=True):
            for name, x, y in zip(names, a, b, strict=True):
                gained[name] = gained.get(name, 0) + int(x) - int(y)
                scored[name] = scored.get(name, 0) + 1
    d, n = np.array([*gained.values()], float), np.array([*scored.values()], float)
    rng = np.random.default_rng(seed)
    drawn = np.array([_mean_of(rng.integers(len(d), size=len(d)), d, n) for _ in range(DRAWS)])
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"difference": float(d.sum() / n.sum()), "low": float(low), "high": float(high), "cases": len(d), "splits": len(ours)}


def _mean_of(rows: Any, d: Any, n: Any) -> float:
    return float(d[rows].sum() / n[rows].sum())
