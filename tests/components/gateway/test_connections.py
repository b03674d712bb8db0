"""Slow and broken clients on a real server in this process, which goes on answering the others."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from components.gateway import connections
from components.gateway.connections import Connection
from components.gateway.limits import Allowance, Bounds, Limits

pytestmark = pytest.mark.integration


async def hello(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


class Quick(Connection):
    header_seconds, most = 0.4, 20


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    import uvicorn

    app = Limits(hello, Bounds(paths={"/large": Allowance(8 * 2**20)}, body_seconds=0.4))
    quiet = {"ws": "none", "lifespan": "off", "log_level": "critical"}
    config = uvicorn.Config(app, http=Quick, h11_max_incomplete_event_size=connections.HEADER_BYTES, **quiet)
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def connect(port: int) -> Iterator[Callable[[bytes], socket.socket]]:
    with ExitStack() as stack:

        def opened(first: bytes) -> socket.socket:
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.settimeout(20)
            connection.sendall(first)
            return connection

        yield opened


def answered(port: int) -> bool:
    return httpx.post(f"http://127.0.0.1:{port}/", json={}, timeout=20, trust_env=False).text == "ok"


def rest_of(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    got = b""
    try:
        while data := connection.recv(65536):
            got += data
    except ConnectionResetError:
        pass
    return got


HEAD = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: "


HEADS = {"nothing": b"", "line": b"POST / HT", "head": HEAD, "headers": b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 40}


@pytest.mark.parametrize("first", HEADS.values(), ids=HEADS)
def test_a_head_that_does_not_end_is_closed(port: int, connect: Callable[..., socket.socket], first: bytes) -> None:
    slow = connect(first)
    assert answered(port)
    assert rest_of(slow) == b""


def test_a_byte_now_and_then_buys_no_time(connect: Callable[..., socket.socket]) -> None:
    slow = connect(b"POST / HTTP/1.1\r\n")

    def drip() -> None:
        for _ in range(200):
            slow.sendall(b"A")
            time.sleep(0.05)

    with pytest.raises(OSError, match=r"reset|pipe|Errno"):
        drip()


def test_the_next_head_on_a_connection_has_its_time_too(connect: Callable[..., socket.socket]) -> None:
    kept = connect(HEAD + b"2\r\n\r\n{}")
    assert kept.recv(65536).endswith(b"ok")
    kept.sendall(b"POST / HT")
    assert rest_of(kept) == b""


def test_a_body_that_does_not_end_is_told_so(connect: Callable[..., socket.socket]) -> None:
    said = rest_of(connect(HEAD + b"100\r\n\r\n{"))
    assert said.startswith(b"HTTP/1.1 408")
    assert json.loads(said.partition(b"\r\n\r\n")[2])["status"] == 408


def test_a_body_that_nobody_reads_is_not_waited_for(connect: Callable[..., socket.socket]) -> None:
    said = rest_of(connect(HEAD + b"999999999\r\n\r\n{"))
    assert said.startswith(b"HTTP/1.1 413")


NO_HTTP = {
    "tls": b"\x16\x03\x01\x02\x00\x01\x00", "no host": b"GET / HTTP/1.1\r\n\r\n", "target": b"GET /\xff HTTP/1.1\r\n\r\n",
    "a long line": b"A" * 40_000, "a long header": b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 40_000,
    "length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("bytes_", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_is_told_so(port: int, connect: Callable[..., socket.socket], bytes_: bytes) -> None:
    said = rest_of(connect(bytes_))
    assert said == b"" or said.startswith(b"HTTP/1.1 400")  # it is closed with bytes unread: the answer may be lost
    assert answered(port)


def test_a_400_is_a_problem(connect: Callable[..., socket.socket]) -> None:
    head, _, body = rest_of(connect(b"GET / HTTP/1.1\r\n\r\n")).partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "usage"


def test_a_flood_of_connections_makes_room_for_one_that_gets_on_with_it(port: int, connect: Callable[..., socket.socket]) -> None:
    held = [connect(b"POST / HT") for _ in range(60)]
    for _ in range(5):
        assert answered(port)
    assert [rest_of(one) for one in held] == [b""] * 60


def test_the_usual_bounds() -> None:
    assert (Connection.header_seconds, Connection.most) == (connections.HEADER_SECONDS, connections.CONNECTIONS)
