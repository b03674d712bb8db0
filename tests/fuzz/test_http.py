"""Requests that nobody's client would send, to the gateway in this process and, byte for byte, to its server."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.gateway.app import create_app
from components.gateway.connections import Connection
from components.gateway.feedback import Inbox
from components.gateway.limits import Bounds
from components.gateway.schema import MAX_CHARS, MAX_TEXTS, Target, Wanted
from components.gateway.serving import Serving
from components.gateway.tokens import SCOPES, Tokens
from tests.components.gateway.tiny import WordsLoader, make_words
from tests.examples import seeded

pytestmark = pytest.mark.integration

TOKEN, HIDDEN = "t" * 32, "xyzzy-hidden"
PATHS = ["/predict", "/feedback", "/state", "/health", "/ready", "/openapi.json", "/models", "/docs"]
METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE"]
#: What an answer may be: 500 is never one
STATUSES = {200, 202, 400, 401, 403, 404, 405, 408, 411, 413, 422, 429, 503, 507}


words = st.sampled_from([HIDDEN, "fine", "", "\x00", "\ud800", "é", "a" * (MAX_CHARS + 1), "\u202e", "🙂" * 50]) | st.text(
    max_size=9
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6
)
texts = st.lists(words, max_size=3) | st.just(["fine"] * (MAX_TEXTS + 1)) | values
FIELDS = ["text", "label", "id", "task", "subject", "consent", "source", "priority"]
events = st.lists(st.dictionaries(st.sampled_from(FIELDS), words | values), max_size=3) | values
fine = st.sampled_from([{"texts": ["fine", "awful"]}, {"events": [{"text": "fine", "label": "good"}]}])
asked = st.fixed_dictionaries({}, optional={"texts": texts, "events": events, "id": values, "subject": values}) | fine
DEEP = [
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"texts": ["' + b"\\ud800" * 99 + b'"]}',
    b'{"texts": [' + b"9" * 5000 + b"]}",
    b"\xff\xfe{",
    b"NaN",
]


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


bodies = asked.map(encoded) | fine.map(encoded) | values.map(encoded) | st.binary(max_size=40) | st.sampled_from(DEEP)
types = st.sampled_from(
    [
        "application/json",
        "application/json",
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "",
        "a/b; c=\x01",
    ]
)
names = st.sampled_from(
    [
        "host",
        "origin",
        "authorization",
        "content-length",
        "content-type",
        "transfer-encoding",
        "expect",
        "cookie",
        "x-forwarded-host",
        "upgrade",
        "connection",
        "range",
        "accept-encoding",
    ]
)
odd = st.sampled_from(
    [
        "",
        "null",
        "http://evil.example",
        "127.0.0.1:8080",
        "localhost",
        "chunked",
        "-1",
        "1e3",
        "9" * 400,
        "Bearer",
        f"Basic {TOKEN}",
        "websocket",
        "é",
    ]
) | st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00"), max_size=12)
more = st.lists(st.tuples(names, odd), max_size=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz-http")


@pytest.fixture(scope="module", params=["open", "tokens"])
def app(request: pytest.FixtureRequest, folder: Path) -> Any:
    serving = Serving(WordsLoader())
    checkpoint = make_words(folder / "checkpoints", "a")
    assert asyncio.run(serving.serve(Wanted(champion=Target(version="1", path=str(checkpoint))))) == {}
    tokens = Tokens.of([f"{','.join(SCOPES)}:{TOKEN}"], "here") if request.param == "tokens" else None
    inbox = Inbox(folder / "inbox", per_minute=1e9, files=10**6)
    return create_app(serving, inbox=inbox, tokens=tokens, bounds=Bounds(body_seconds=0.2))


async def ask(
    app: Any, method: str, path: str, headers: list[tuple[str, str]], chunks: list[bytes]
) -> tuple[int, dict[str, str], bytes]:
    """One request over ASGI, as a server would hand it over."""
    messages = [{"type": "http.request", "body": chunk, "more_body": n < len(chunks)} for n, chunk in enumerate(chunks, 1)]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0) if messages else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    raw, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http", "path": raw,
        "raw_path": raw.encode("utf-8", "replace"), "query_string": query.encode("utf-8", "replace"), "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers], "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080), "state": {},
    }  # fmt: skip
    await app(scope, receive, send)
    assert [message["type"] for message in sent[:1]] == ["http.response.start"]
    assert all(message["type"] == "http.response.body" for message in sent[1:])
    got = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return sent[0]["status"], got, b"".join(message.get("body", b"") for message in sent[1:])


def fair(status: int, headers: dict[str, str], body: bytes, method: str) -> None:
    """What every answer is: one of ours, described as what it is, and silent about what was sent."""
    assert status in STATUSES
    kind = "application/json" if status < 400 else "application/problem+json"
    assert headers["content-type"] == kind
    if method != "HEAD":
        said = json.loads(body)
        assert status < 400 or (said["status"] == status and said["detail"])
        assert status < 400 or HIDDEN not in body.decode()
    if status in (429, 503, 507):
        assert int(headers["retry-after"]) > 0


def test_requests(app: Any, record_property: Callable[[str, object], None]) -> None:
    seen: dict[int, int] = {}

    @seeded(1500)
    @given(
        st.sampled_from(METHODS) | st.just("POST"),
        st.sampled_from(PATHS) | st.sampled_from(PATHS[:2]) | st.text(max_size=9).map(lambda text: f"/{text}"),
        types, bodies, more, st.integers(0, 3), st.booleans(),
    )  # fmt: skip
    def one(method: str, path: str, kind: str, body: bytes, extra: list[tuple[str, str]], cuts: int, right: bool) -> None:
        headers = [("host", "127.0.0.1:8080"), ("content-type", kind), ("authorization", f"Bearer {TOKEN}")]
        headers += [("content-length", str(len(body)))] if method != "GET" else []
        headers = headers if right else [*(pair for pair in headers if pair[0] not in dict(extra)), *extra]
        size = max(1, len(body) // (cuts + 1))
        chunks = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
        status, got, answer = asyncio.run(ask(app, method, path, headers, chunks))
        fair(status, got, answer, method)
        seen[status] = seen.get(status, 0) + 1

    one()
    assert {200, 202, 400, 403, 404, 405, 411, 422} <= set(seen), "the inputs are too tame or too odd"
    record_property("inputs", sum(seen.values()))


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """The gateway without tokens, on its own server."""
    import uvicorn

    class Quick(Connection):
        header_seconds = 0.3

    app = create_app(Serving(WordsLoader()), inbox=Inbox(folder / "raw", per_minute=1e9), bounds=Bounds(body_seconds=0.2))
    quiet = {"ws": "none", "lifespan": "off", "log_level": "critical", "access_log": False}
    server = uvicorn.Server(uvicorn.Config(app, http=Quick, h11_max_incomplete_event_size=16 * 2**10, **quiet))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(20)


GOOD = (
    b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n"
    + b'{"texts": ["fine"]}'
)
ODD = [
    b"\r\n",
    b"\n",
    b"\x00",
    b" ",
    b":",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"HTTP/1.0",
    b"HTTP/2.0",
    b"PRI * ",
    b"Host: b\r\n",
    b"X: " + b"y" * 20_000,
    b"0\r\n\r\n",
    b"\xff",
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"Upgrade: websocket\r\nConnection: upgrade\r\n",
    b"Expect: 100-continue\r\n",
]


@st.composite
def spliced(draw: st.DrawFn) -> bytes:
    """A good request with some places cut out, doubled, or replaced by something odd; perhaps another one after it."""
    text = GOOD * draw(st.integers(1, 2))
    for _ in range(draw(st.integers(0, 3))):
        a = draw(st.integers(0, len(text)))
        b = min(len(text), a + draw(st.integers(0, 30)))
        text = text[:a] + draw(st.sampled_from([*ODD, b"", text[a:b] * 2]) | st.binary(max_size=4)) + text[b:]
    return text


def test_bytes(port: int, record_property: Callable[[str, object], None]) -> None:
    seen: dict[bytes, int] = {}

    @seeded(700)
    @given(spliced() | st.binary(max_size=60))
    def one(content: bytes) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.settimeout(20)
            got = b""
            try:
                connection.sendall(content)
                connection.shutdown(socket.SHUT_WR)
                while data := connection.recv(65536):
                    got += data
            except (ConnectionResetError, BrokenPipeError):
                pass  # it was closed with bytes of ours unread
        status = got[9:12]
        assert got == b"" or int(status) in STATUSES | {100}
        seen[status] = seen.get(status, 0) + 1

    one()
    assert {b"503", b"400"} <= set(seen), "the inputs are too tame or too odd"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(GOOD)
        assert connection.recv(65536).startswith(b"HTTP/1.1 503"), "it goes on answering"
    record_property("inputs", sum(seen.values()))
