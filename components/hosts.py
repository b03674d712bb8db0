"""The check of Host and Origin in front of a web page that asks nobody for a password.

A page of another site can send requests to servers on this machine; some servers (Prefect's is one) even take JSON that has no
content type, which a browser sends without asking first. And a name of the attacker's that resolves to 127.0.0.1 makes the two
one site (DNS rebinding). The first is known by its Origin, the second by its Host.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

FRAMES = "frame-ancestors 'self'"


def loopback(port: int | str = "*") -> tuple[str, ...]:
    """The names of this machine for itself, with a port (`*`: any)."""
    return tuple(f"{name}:{port}" for name in LOOPBACK)


def objection(host: str, origin: str | None, hosts: Sequence[str]) -> str | None:
    """Why a request is refused, or None. hosts: `name:port`, `name:*` for any port, or `name` for the default port.

    A page of the same origin has the Host as its Origin. The names of the loopback are one name. `null` is no origin.
    """
    if not any(_fits(host.lower(), each) for each in hosts):
        return f"This server does not answer to the host {host[:200]!r}"
    if origin is not None:
        place = urlsplit(origin.lower()).netloc if "://" in origin else ""
        if not place or (_one_name(place) != _one_name(host.lower()) and place not in hosts):
            return f"This server takes no requests from pages of {origin[:200]!r}"
    return None


def _fits(host: str, allowed: str) -> bool:
    if allowed.endswith(":*"):
        return host == allowed[:-2] or (host.startswith(allowed[:-1]) and host[len(allowed) - 1 :].isdigit())
    return host == allowed


def _one_name(place: str) -> str:
    for name in LOOPBACK:
        if place == name or place.startswith(f"{name}:"):
            return f"loopback{place[len(name) :]}"
    return place


def of(scope: Scope, name: bytes) -> list[str]:
    """The values of a header of a request, as text."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


class KnownHosts:
    """ASGI: 403 for other hosts and for pages of other origins, WebSockets included; no other site may frame the pages.

    policy: the Content-Security-Policy of every answer.
    """

    def __init__(self, app: App, hosts: Sequence[str], policy: str = FRAMES) -> None:
        self._app, self._hosts = app, [host.strip().lower() for host in hosts]
        self._more = [(b"x-frame-options", b"SAMEORIGIN"), (b"content-security-policy", policy.encode())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        named, origins = of(scope, b"host"), of(scope, b"origin")
        if len(named) != 1 or len(origins) > 1:
            refused: str | None = "A request names one host, and at most one origin"
        else:
            refused = objection(named[0], origins[0] if origins else None, self._hosts)
        if refused is None:
            await self._app(scope, receive, self._framed(send) if scope["type"] == "http" else send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
        else:
            body = refused.encode("utf-8", "replace")
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    def _framed(self, send: Send) -> Send:
        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._more]
            await send(message)

        return with_headers
