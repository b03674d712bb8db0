"""Names of the adapters in a model that holds several: the one in training, the one that answers, those of the past."""

from __future__ import annotations

OWN, MERGED, PAST = "default", "merged", "experience_"


def nth(number: int) -> str:
    """Name of the n-th adapter that the experiences have trained."""
    return f"{PAST}{number:04d}"


def is_past(name: str) -> bool:
    """Whether an adapter belongs to an earlier experience, or to this one after it has ended."""
    return name.startswith(PAST)
