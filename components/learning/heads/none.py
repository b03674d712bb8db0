"""No head: causal LMs answer by writing."""

from __future__ import annotations

from collections.abc import Iterable

from components.errors import UsageError
from components.learning.axes import Head
from components.learning.method import register


@register("head", "none")
class NoHead(Head):
    """Replaces the head that the recipe names if the base model is a causal LM."""

    def grow(self, labels: Iterable[str], width: int) -> None:
        """Raises UsageError: an encoder needs a head."""
        raise UsageError("learning.head: an encoder needs a head, and kind is 'none'", "Use kind linear or analytic.")
