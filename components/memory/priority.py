"""Surprise-prioritised storage: the rows that the model finds hardest."""

from __future__ import annotations

import numpy as np

from components.memory.policies import Ints, Lane, Placement, policy
from components.memory.shares import by_class, equal_shares, rank_in_class


@policy("priority", needs=("surprise",))
def priority(lane: Lane, offered: Ints, rng: np.random.Generator) -> Placement:
    """SuRe (Hazard et al. 2025, arXiv 2511.22367): the rows of highest loss stay, here the highest of each class, so that one
    hard class cannot take the whole memory. Classes get equal shares, and room that a small class leaves goes to the others.

    Rows of a class are ordered by falling surprise, so that shrinking needs no signal: the first ones stay. A missing loss is 0.
    """
    classes = np.concatenate([lane.classes, offered])
    if "surprise" in lane.signals:
        order = np.lexsort((-np.nan_to_num(lane.signals["surprise"]), classes))  # equal ones as they came
    else:
        order, _ = by_class(classes)
    ordered = classes[order]
    shares = equal_shares(np.bincount(classes, minlength=len(lane.labels)), lane.capacity)
    return Placement(order[rank_in_class(ordered) < shares[ordered]], ordered=True)
