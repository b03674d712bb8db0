"""Following what should serve: ask, compare, swap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from components.errors import PerdureError
from components.gateway.schema import Wanted
from components.gateway.serving import Served, Serving

RETRY_POLLS = 12  # a checkpoint that could not be loaded is tried again after this many polls


async def follow(
    serving: Serving,
    wanted: Callable[[], Wanted],
    poll_seconds: float,
    record: Callable[[Served | None], None] | None = None,
) -> None:
    """Until cancelled: ask `wanted` in a worker thread, serve its answer whenever that changes, and record what serves.

    While the ledger cannot be reached or trusted, the gateway serves what it has; /state reports it under `problems.ledger`.
    Any other failure ends it, and /health then says so.
    """
    recorder = _Recorder(serving, record)
    try:
        await _follow(serving, wanted, poll_seconds, recorder)
    finally:
        await recorder.end()


class _Recorder:
    """Tells `record` what serves, once for each change; what could not be recorded is tried again, and said."""

    def __init__(self, serving: Serving, record: Callable[[Served | None], None] | None) -> None:
        self._serving, self._record = serving, record
        self._told: tuple[str, str] | None = None

    async def tell(self) -> None:
        served = self._serving.routing.champion
        now = (served.version, served.path.name) if served else None
        if self._record is None or now == self._told:
            return
        try:
            await asyncio.to_thread(self._record, served)
        except PerdureError as error:
            self._serving.problems = {**self._serving.problems, "record": error.message}
        else:
            self._serving.problems.pop("record", None)
            self._told = now

    async def end(self) -> None:
        if self._record and self._told:
            with suppress(PerdureError):  # an interval without an end says that the gateway was cut off
                await asyncio.to_thread(self._record, None)


async def _follow(serving: Serving, wanted: Callable[[], Wanted], poll_seconds: float, recorder: _Recorder) -> None:
    last: Wanted | None = None
    polls = 0
    while True:
        try:
            now = await asyncio.to_thread(wanted)
        except PerdureError as error:
            serving.problems = {**serving.problems, "ledger": error.message}
        else:
            serving.problems.pop("ledger", None)
            polls += 1
            if now != last or (serving.problems and polls % RETRY_POLLS == 0):
                await serving.serve(now)
                last = now
            await recorder.tell()
        await asyncio.sleep(poll_seconds)
