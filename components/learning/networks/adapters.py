"""What adapters are called in a model that holds several: the one in training, the one that answers, those of the past."""

from __future__ import annotations

OWN, MERGED, PAST = "default", "merged", "experience_"


def nth(number: int) -> str:
    """Name of the adapter of the line's n-th experience that had one."""
    return f"{PAST}{number:04d}"


def is_past(name: str) -> bool:
    """Whether an adapter is that of an experience before, or of this one once it has ended."""
    return name.startswith(PAST)
