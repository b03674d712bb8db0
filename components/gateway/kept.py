"""The gateway process that this process keeps for its rollouts: starting one costs seconds, so it outlives the cycle."""

from __future__ import annotations

import atexit

from components.gateway.process import Gateway, start_gateway

_kept: list[Gateway] = []  # the one that was started last, or none


def kept_gateway(base: str) -> Gateway:
    """The kept gateway. Where there is none, or it died or was stopped in trouble, one is started that reads this base first.

    It is stopped when this process exits; returns at once, so `wait` before asking it anything.
    """
    if not _kept or not _kept[-1].alive():
        _kept[:] = [start_gateway(base=base)]
        atexit.register(_kept[-1].stop)
    return _kept[-1]
