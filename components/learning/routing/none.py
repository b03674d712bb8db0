"""One set of weights answers everything."""

from __future__ import annotations

from components.learning.method import Method, register


@register("routing", "none")
class NoRouting(Method):
    """No routing."""
