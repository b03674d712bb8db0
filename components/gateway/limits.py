"""How much is let in: the size and the time of a body, the requests and bytes at work, the time of an answer.

A body is read whole before the work on it begins. Work stops when its time is up or its client has gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from components.errors import BusyError, UnavailableError, UsageError
from components.gateway.problem import ProblemError
from components.hosts import App, Receive, Scope, Send, of

SMALL = 64 * 2**10  # bodies up to this size never wait for memory
LARGE = 8 * 2**20  # more than schema.MAX_TEXTS texts of schema.MAX_CHARS plain characters would ever need
WITH_BODY = ("POST", "PUT", "PATCH")


@dataclass(frozen=True)
class Allowance:
    """The largest body of a path, and how long its answer may take: `seconds`, and `each` for every MiB of the body."""

    bytes: int = SMALL
    seconds: float = 60.0
    each: float = 0.0


@dataclass(frozen=True)
class Bounds:
    """What each path may take; seconds for a body to arrive; requests, and bytes of large bodies, that may be at work at once."""

    paths: Mapping[str, Allowance] = field(
        default_factory=lambda: {
            "/predict": Allowance(LARGE, each=120.0),  # four of the largest at once took 48 s on two cores
            "/feedback": Allowance(2 * 2**20),
            "/models": Allowance(seconds=600.0),  # it reads base models
        }
    )
    body_seconds: float = 30.0
    requests: int = 256
    large_bytes: int = 8 * LARGE


class Limits:
    """ASGI: 408, 411, 413, 429 or 503, or the request goes on with its body read."""

    def __init__(self, app: App, bounds: Bounds) -> None:
        self._app, self._bounds = app, bounds
        self._requests = 0
        self._bytes = 0  # of large bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        allowed, held = self._bounds.paths.get(scope["path"], Allowance()), 0
        try:
            size = _size(scope, allowed.bytes)
            held = self._hold(size)
            body = await self._read(receive, size)
            if body is not None:
                await self._work(scope, body, receive, send, allowed.seconds + allowed.each * size / 2**20)
        except ProblemError as problem:
            await problem.send(send)
        finally:
            self._bytes -= held

    def _hold(self, size: int) -> int:
        """Memory for a large body. Raises ProblemError when there is none."""
        if size <= SMALL:
            return 0
        if self._bytes + size > self._bounds.large_bytes:
            raise ProblemError(429, BusyError("Too many large requests are at work", "Ask again later, or for less."))
        self._bytes += size
        return size

    async def _read(self, receive: Receive, size: int) -> bytes | None:
        """The body; None if the client has gone. Raises ProblemError when it does not come in time."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._bounds.body_seconds):
                more = size > 0
                while more:
                    message = await receive()
                    if message["type"] != "http.request":
                        return None
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
        except TimeoutError:
            slow = UsageError(f"The body did not come within {self._bounds.body_seconds:g} s", "Send it in one piece.")
            raise ProblemError(408, slow, headers={"Connection": "close"}) from None
        return bytes(body)

    async def _work(self, scope: Scope, body: bytes, receive: Receive, send: Send, seconds: float) -> None:
        """Let the application answer. Raises ProblemError when too many are at work, or when it takes too long."""
        counted = scope["method"] in WITH_BODY
        if counted and self._requests >= self._bounds.requests:
            raise ProblemError(429, BusyError("Too many requests are at work", "Ask again later."))
        gone, started = asyncio.Event(), asyncio.Event()
        given = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def read() -> dict[str, Any]:
            for message in given:
                return message
            await gone.wait()
            return {"type": "http.disconnect"}

        async def answer(message: Any) -> None:
            started.set()
            await send(message)

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            gone.set()

        self._requests += counted
        work = asyncio.ensure_future(self._app(scope, read, answer))
        tasks = work, asyncio.ensure_future(watch())
        try:
            done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if work in done:
                work.result()
            elif not done and not started.is_set():
                raise ProblemError(503, UnavailableError("The answer took too long", "Ask again later, or for less."))
        finally:
            self._requests -= counted
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError, Exception):  # what it says after its end is of no use
                    await task


def _size(scope: Scope, most: int) -> int:
    """What Content-Length says. Raises ProblemError without one, or if it is larger than `most`."""
    lengths = of(scope, b"content-length")
    if of(scope, b"transfer-encoding") or (scope["method"] in WITH_BODY and not lengths):
        raise ProblemError(411, UsageError("The request has no Content-Length", "Send the body in one piece."))
    if not all(length.isascii() and length.isdigit() for length in lengths) or len(set(lengths)) > 1:
        raise ProblemError(400, UsageError("Content-Length is not a number", "Send the body in one piece."))
    size = int(lengths[0][:20]) if lengths else 0
    if size > most:
        raise ProblemError(413, UsageError(f"The body is larger than {most:,} bytes", "Send less per call."))
    return size
