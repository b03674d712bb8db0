"""What a buffer policy is: a pure function from a lane of the memory and the rows offered to what each slot then holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.errors import UsageError
from components.naming import claim
from components.settings import suggest

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Lane:
    """The part of a memory that a policy rules, before the new rows come.

    labels: (C,) class names, stored and offered ones together, sorted; classes below are indices into it.
    classes: (k,) class of the row in each filled slot. k > capacity asks the policy to shrink, k < min(capacity,
    seen.sum()) means that rows were erased or that the capacity was raised.
    seen: (C,) rows of each class offered before and not erased since.
    state: JSON-able facts that the policy returned last time ({} at first).
    signals: by name, what the policy needs to know of each row, stored rows first and then the rows offered: (k + n, ...).
    """

    capacity: int
    labels: tuple[str, ...]
    classes: Ints
    seen: Ints
    state: Mapping[str, Any] = field(default_factory=dict)
    signals: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


@dataclass(frozen=True)
class Placement:
    """What each slot holds afterwards.

    slots: (at most capacity,) distinct numbers; i < k is the row that was in slot i, k + j is the j-th row offered.
    state: the policy's facts for its next call.
    ordered: whether the order of `slots` means something and is kept; otherwise rows are in the order in which they came.
    """

    slots: Ints
    state: Mapping[str, Any] = field(default_factory=dict)
    ordered: bool = False


#: (lane, classes of the n rows offered, generator) -> placement. Draws from the generator only.
Policy = Callable[[Lane, Ints, np.random.Generator], Placement]

POLICIES: dict[str, Policy] = {}
#: policy -> the signals that it needs of every row
NEEDS: dict[str, tuple[str, ...]] = {}


def policy(name: str, needs: tuple[str, ...] = ()) -> Callable[[Policy], Policy]:
    """Decorator: make a policy known by the name that a recipe gives it. needs: names of `Lane.signals` that it reads.

    Raises UsageError when the name is taken.
    """

    def add(function: Policy) -> Policy:
        claim(POLICIES, name, function, f"buffer policy {name!r}")
        NEEDS[name] = needs
        return function

    return add


def get_policy(name: str) -> Policy:
    """The policy of that name. Raises UsageError with a suggestion."""
    if name not in POLICIES:
        raise UsageError(f"Unknown buffer policy {name!r} (learning.rehearsal.policy)", suggest(name, POLICIES))
    return POLICIES[name]
