"""How many examples a property gets: the number that its test names, or ten times as many.

`PERDURE_EXAMPLES=thorough python -m pytest -m unit` is for a change to what a property guards; CONTRIBUTING says so.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings

PROFILES = {"quick": 1, "thorough": 10}
FACTOR = PROFILES[os.environ.get("PERDURE_EXAMPLES", "quick")]


def examples(number: int, **options: Any) -> settings:
    """Hypothesis settings for a property that `number` examples are enough for in daily work. Nothing is timed."""
    return settings(max_examples=number * FACTOR, deadline=None, **options)


def seeded(number: int) -> settings:
    """Hypothesis settings for a fuzzer: the same `number` of inputs in every run, and the same ones."""
    return settings(max_examples=number, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
