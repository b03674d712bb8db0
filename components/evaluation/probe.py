"""Which cases of a past task are scored: drawn by the hash of their digests. How many is `tasks.first_look`. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def sample(digests: Sequence[str], quota: int, seed: int) -> list[int]:
    """Indices of `quota` cases, in order, drawn by the hash of their digest.

    Equal seeds give equal cases, and a larger quota keeps those of a smaller one.
    """
    if quota >= len(digests):
        return list(range(len(digests)))
    order = sorted(range(len(digests)), key=lambda i: hashlib.sha256(f"{seed}:{digests[i]}".encode()).digest())
    return sorted(order[:quota])
