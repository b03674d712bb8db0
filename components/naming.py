"""Names that a recipe can choose: each stands for one class or function, and a taken name cannot be taken again."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, TypeVar

from components.errors import UsageError

K = TypeVar("K")


def claim(known: MutableMapping[K, Any], name: K, newcomer: Any, what: str) -> None:
    """Enter a class or function under a name. Importing it again replaces it. Raises UsageError if the name is taken.

    what: its name in a message, e.g. "buffer policy 'ring'".
    """
    taken = known.get(name)
    if taken is not None and full_name(taken) != full_name(newcomer):
        raise UsageError(f"{full_name(newcomer)}: {what} is taken by {full_name(taken)}", "Register it under another name.")
    known[name] = newcomer


def full_name(thing: Any) -> str:
    """MODULE.NAME of a class or function."""
    return f"{thing.__module__}.{thing.__qualname__}"
