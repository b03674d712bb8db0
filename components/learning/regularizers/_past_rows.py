"""Rows of past experiences to take gradients on: whether a recipe keeps any, which ones, and a sample of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from components.learning.method import Peers
    from components.learning.networks.tokens import Rows
    from components.learning.run import Run


def needs_memory(recipe: Peers) -> tuple[str, str] | None:
    """The objection of a method that takes gradients on memory rows."""
    if recipe.rehearsal.kind not in ("none", "generative"):
        return None
    return (
        f"it needs rows of past experiences, and rehearsal {recipe.rehearsal.kind!r} keeps none",
        "Set learning.rehearsal to {kind: buffer, ratio: 0}, or use {kind: online_ewc}, which keeps no rows.",
    )


def by_experience(run: Run) -> list[Rows]:
    """The run's memory rows, one array per experience that they came from, in the order of learning."""
    if run.past.memory is None or not run.past.rows:
        return []
    names = np.array([name or "" for name in run.past.memory.rows["experience"].to_pylist()])
    place = {name: i for i, name in enumerate(run.past.experiences)}
    ordered = sorted(set(names.tolist()), key=lambda name: (place.get(name, len(place)), name))
    return [run.new + np.flatnonzero(names == name) for name in ordered]


def draw(run: Run, rows: Rows, samples: int) -> Rows:
    """At most `samples` of these rows, drawn without replacement; all of them for 0."""
    return rows if not samples or len(rows) <= samples else run.rng.choice(rows, samples, replace=False)
