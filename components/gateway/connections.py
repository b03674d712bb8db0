"""Connections that do not get on with it: one that sends its headers slowly is closed, and makes room when there are too many."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from components.errors import UsageError
from components.gateway.problem import MEDIA_TYPE, ProblemError, encoded

if TYPE_CHECKING:
    from components.hosts import App

HEADER_SECONDS = 10.0  # for the whole head of a request, from its first byte, and for a first byte
HEADER_BYTES = 16 * 2**10
CONNECTIONS = 1000


class Connection(H11Protocol):
    """uvicorn's connection, which waits for headers as long as it takes, with a limit. (Its h11 limits their size.)"""

    header_seconds, most = HEADER_SECONDS, CONNECTIONS
    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look()
        if len(self.connections) > self.most:
            _oldest_that_waits(self.connections, self).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def send_400_response(self, msg: str) -> None:
        if self.conn.our_state is not h11.IDLE:  # in the middle of an answer: there is nothing to say
            self.transport.close()
            return
        problem = ProblemError(400, UsageError(msg, "Send HTTP/1.1, with less than 16 KiB of headers."))
        body = encoded(problem.body)
        headers = [("content-type", MEDIA_TYPE), ("content-length", str(len(body))), ("connection", "close")]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    @property
    def waits(self) -> float | None:
        """When its time is up, if it is waiting for headers, or for the rest of a body that nobody reads."""
        return self._end.when() if self._end else None

    def _look(self) -> None:
        """Start the clock when the client is to send something that only this class waits for; else stop it."""
        theirs, ours = self.conn.their_state, self.conn.our_state
        head = theirs is h11.IDLE and self.timeout_keep_alive_task is None
        rest = theirs is h11.SEND_BODY and ours not in (h11.IDLE, h11.SEND_RESPONSE, h11.SEND_BODY)
        if not (head or rest):
            self._unset()
        elif self._end is None:
            self._end = self.loop.call_later(self.header_seconds, self.transport.abort)

    def _unset(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None


def _oldest_that_waits(connections: Iterable[Any], new: Connection) -> Connection:
    """The connection that waits for its client longest; the new one if no other does."""
    waiting = [each for each in connections if isinstance(each, Connection) and each is not new and each.waits is not None]
    return min(waiting, key=lambda each: each.waits or 0.0, default=new)


def listen(app: App, listening: socket.socket, log_level: str = "warning") -> None:
    """Answer on a listening socket until a signal ends it. No access log; no header that names the server."""
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        h11_max_incomplete_event_size=HEADER_BYTES,
        log_level=log_level,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    uvicorn.Server(config).run(sockets=[listening])
