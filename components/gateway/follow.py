"""Following what should serve: ask, compare, swap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from components.errors import PerdureError
from components.gateway.schema import Wanted
from components.gateway.serving import Serving

RETRY_POLLS = 12  # a checkpoint that could not be loaded is tried again after this many polls


async def follow(serving: Serving, wanted: Callable[[], Wanted], poll_seconds: float) -> None:
    """Until cancelled: ask `wanted` in a worker thread, and serve its answer whenever that changes.

    While the registry cannot be reached, the gateway serves what it has; /state reports it under `problems.registry`.
    Any other failure ends it, and /health then says so.
    """
    last: Wanted | None = None
    polls = 0
    while True:
        try:
            now = await asyncio.to_thread(wanted)
        except PerdureError as error:
            serving.problems = {**serving.problems, "registry": error.message}
        else:
            serving.problems.pop("registry", None)
            polls += 1
            if now != last or (serving.problems and polls % RETRY_POLLS == 0):
                await serving.serve(now)
                last = now
        await asyncio.sleep(poll_seconds)
