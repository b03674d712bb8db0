"""Names that a recipe chooses by: each stands for one class or function, and nobody takes another's."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, TypeVar

from components.errors import UsageError

K = TypeVar("K")


def claim(known: MutableMapping[K, Any], name: K, newcomer: Any, what: str) -> None:
    """Enter a class or function under a name. Importing it anew replaces it; UsageError when the name is another's.

    what: how a message calls it, e.g. "buffer policy 'ring'".
    """
    taken = known.get(name)
    if taken is not None and full_name(taken) != full_name(newcomer):
        raise UsageError(f"{full_name(newcomer)}: {what} is taken by {full_name(taken)}", "Register it under another name.")
    known[name] = newcomer


def full_name(thing: Any) -> str:
    """MODULE.NAME of a class or function."""
    return f"{thing.__module__}.{thing.__qualname__}"
