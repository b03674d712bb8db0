"""A ring buffer for each class: the newest rows of every class."""

from __future__ import annotations

import numpy as np

from components.memory.policies import Ints, Lane, Placement, policy
from components.memory.shares import rank_in_class


@policy("ring")
def ring(lane: Lane, offered: Ints, rng: np.random.Generator) -> Placement:
    """The newest m = capacity // classes rows of each class (Lopez-Paz and Ranzato, NIPS 2017, section 3, per class as in
    Chaudhry et al. 2019, arXiv 1902.10486). m shrinks as classes come; what m leaves over stays empty.

    Rows keep the order in which they came. With more classes than slots: the newest row of the classes seen last.
    """
    classes = np.concatenate([lane.classes, offered])
    share = max(1, lane.capacity // max(1, len(np.unique(classes))))
    newest = rank_in_class(classes[::-1])[::-1] < share
    return Placement(np.flatnonzero(newest)[max(0, int(newest.sum()) - lane.capacity) :])
