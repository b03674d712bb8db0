"""Memory that is free goes back to the system: the C library would keep it, in pieces that fit the next tensors less and less."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Give it back, where the C library can (glibc). Takes some hundredths of a second: call it after seconds of work."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
