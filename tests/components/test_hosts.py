from __future__ import annotations

import asyncio
from typing import Any

import pytest

from components.hosts import KnownHosts, loopback, objection

pytestmark = pytest.mark.unit

KNOWN = [
    ("127.0.0.1:4200", None), ("localhost:4200", None), ("[::1]:4200", None), ("LOCALHOST:4200", None),
    ("127.0.0.1:4200", "http://127.0.0.1:4200"), ("127.0.0.1:4200", "http://localhost:4200"),
    ("localhost:4200", "https://LOCALHOST:4200"), ("prefect:4200", None), ("prefect:4200", "http://prefect:4200"),
    ("any.example:1", None), ("any.example:1", "https://any.example:1"), ("127.0.0.1:4200", "http://prefect:4200"),
]  # fmt: skip
FOREIGN = [
    ("evil.example:4200", None), ("localhost.evil.example:4200", None), ("127.0.0.1:4201", None), ("127.0.0.1", None), ("", None),
    ("127.0.0.1:4200", "http://evil.example"), ("127.0.0.1:4200", "null"), ("127.0.0.1:4200", ""),
    ("127.0.0.1:4200", "http://127.0.0.1:3000"), ("127.0.0.1:4200", "http://localhost:42000"),
    ("127.0.0.1:4200", "http://localhost"), ("127.0.0.1:4200", "http://user@127.0.0.1:4200"),
    ("127.0.0.1:4200", "http://127.0.0.1:4200.evil.example"), ("any.example:1", "http://any.example:2"),
    ("any.example:x", None), ("any.examples:1", None),
]  # fmt: skip
HOSTS = (*loopback(4200), "prefect:4200", "any.example:*")


@pytest.mark.parametrize(("host", "origin"), KNOWN)
def test_known(host: str, origin: str | None) -> None:
    assert objection(host, origin, HOSTS) is None


@pytest.mark.parametrize(("host", "origin"), FOREIGN)
def test_foreign(host: str, origin: str | None) -> None:
    assert objection(host, origin, HOSTS)


def test_a_place_with_its_port_may_ask_a_host_under_any_name() -> None:
    assert objection("any.example:1", "http://127.0.0.1:4200", HOSTS) is None, "the page of 127.0.0.1:4200 is this server's own"


def call(kind: str, *headers: tuple[bytes, bytes]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start" if kind == "http" else "websocket.accept", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(KnownHosts(app, HOSTS)({"type": kind, "headers": list(headers)}, receive, send))
    return sent


def test_both_kinds_of_connection_are_checked() -> None:
    good, bad = (b"host", b"localhost:4200"), (b"origin", b"http://evil.example")
    assert call("http", good)[0]["status"] == 200
    assert (b"x-frame-options", b"SAMEORIGIN") in call("http", good)[0]["headers"]
    assert call("http", good, bad)[0]["status"] == 403
    assert call("websocket", good)[0]["type"] == "websocket.accept"
    assert call("websocket", good, bad)[0]["type"] == "websocket.close"


@pytest.mark.parametrize("headers", [[], [b"localhost:4200", b"localhost:4200"], [b"localhost:4200", b"evil.example"]])
def test_one_host_and_no_other(headers: list[bytes]) -> None:
    assert call("http", *((b"host", value) for value in headers))[0]["status"] == 403


def test_what_is_no_connection_passes() -> None:
    assert call("lifespan")
