"""One set of weights answers everything."""

from __future__ import annotations

from components.learning.methods import Method, register


@register("routing", "none")
class NoRouting(Method):
    """No routing."""
