"""The limits over ASGI, without a server: what comes in is read here, what goes out is kept."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from components.gateway.limits import LARGE, SMALL, Allowance, Bounds, Limits

pytestmark = pytest.mark.unit

PATHS = {"/slow": Allowance(seconds=0.05), "/large": Allowance(4 * SMALL)}
QUICK = Bounds(PATHS, body_seconds=0.05, requests=2, large_bytes=3 * SMALL)


class App:
    """Reads the body and answers 200, on /slow never, on /wait when told to."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.cancelled = 0
        self.go = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.bodies.append((await receive())["body"])
        try:
            if scope["path"] == "/slow":
                await asyncio.sleep(60)
            if scope["path"] in ("/wait", "/large"):
                await self.go.wait()
            if scope["path"] == "/fails":
                raise RuntimeError("out of range")
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})


class Client:
    def __init__(self, app: App, bounds: Bounds = QUICK) -> None:
        self.limits = Limits(app, bounds)

    async def ask(self, path: str, *chunks: bytes, method: str = "POST", hang_up: bool = False, **headers: str) -> Any:
        """(status, headers, body) of the answer, or None without one. Chunks end the body; none: it never comes."""
        sent: list[Any] = []
        messages = [{"type": "http.request", "body": chunk, "more_body": n < len(chunks)} for n, chunk in enumerate(chunks, 1)]
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

        async def receive() -> Any:
            if messages:
                return messages.pop(0)
            if hang_up:
                return {"type": "http.disconnect"}
            return await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "headers": raw}
        await self.limits(scope, receive, send)
        if not sent:
            return None
        return sent[0]["status"], dict(sent[0]["headers"]), b"".join(message["body"] for message in sent[1:])


def run(*steps: Any, bounds: Bounds = QUICK) -> tuple[App, list[Any]]:
    async def all_of_it() -> tuple[App, list[Any]]:
        app = App()
        client = Client(app, bounds)
        answers = [await step(client, app) for step in steps]
        assert client.limits._bytes == client.limits._requests == 0, "what was held is given back"
        return app, answers

    return asyncio.run(all_of_it())


def one(path: str, *chunks: bytes, **more: Any) -> tuple[App, Any]:
    app, (answer,) = run(lambda client, _: client.ask(path, *chunks, **more))
    return app, answer


def test_a_body_is_read_whole_before_the_work_begins() -> None:
    app, answer = one("/predict", b"ab", b"", b"cd", content_length="4")
    assert (answer[0], app.bodies) == (200, [b"abcd"])
    assert one("/state", method="GET")[1][0] == 200


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (411, {}), (411, {"content_length": "2", "transfer_encoding": "chunked"}), (400, {"content_length": "-1"}),
        (400, {"content_length": "1e3"}), (400, {"content_length": "²"}), (400, {"content_length": ""}),
        (413, {"content_length": str(SMALL + 1)}), (413, {"content_length": "9" * 5000}),
    ],
)  # fmt: skip
def test_what_a_body_must_say_of_itself(status: int, headers: dict[str, str]) -> None:
    app, answer = one("/predict", b"{}", **headers)
    assert (answer[0], app.bodies) == (status, [])
    assert json.loads(answer[2])["status"] == status


def test_each_path_has_its_own_limit() -> None:
    assert one("/large", b"{}", content_length=str(4 * SMALL + 1))[1][0] == 413
    assert LARGE > 64 * 20_000, "the largest request of plain text fits"


def test_a_body_that_does_not_come_is_given_up() -> None:
    app, (status, headers, _) = one("/predict", content_length="2")
    assert (status, headers[b"connection"], app.bodies) == (408, b"close", [])


def test_a_client_that_hangs_up_while_it_sends_gets_nothing_done() -> None:
    assert one("/predict", hang_up=True, content_length="2")[1] is None


def test_work_stops_when_its_client_has_gone() -> None:
    app, answer = one("/wait", b"{}", hang_up=True, content_length="2")
    assert (answer, app.cancelled) == (None, 1)


def test_an_answer_has_a_deadline() -> None:
    app, (status, headers, body) = one("/slow", b"{}", content_length="2")
    assert (status, app.cancelled) == (503, 1)
    assert int(headers[b"retry-after"]) > 0
    assert "too long" in json.loads(body)["detail"]


def test_a_failure_passes() -> None:
    with pytest.raises(RuntimeError, match="out of range"):
        one("/fails", b"{}", content_length="2")


async def crowd(client: Client, app: App) -> list[Any]:
    waiting = [asyncio.ensure_future(client.ask("/wait", b"{}", content_length="2")) for _ in range(2)]
    while len(app.bodies) < 2:
        await asyncio.sleep(0)
    more, probe = await client.ask("/wait", b"{}", content_length="2"), await client.ask("/health", method="GET")
    app.go.set()
    return [more, probe, *(await asyncio.gather(*waiting)), await client.ask("/wait", b"{}", content_length="2")]


def test_only_so_many_are_at_work_and_probes_are_always_answered() -> None:
    _, ((more, probe, *others),) = run(crowd)
    assert more[0] == 429
    assert int(more[1][b"retry-after"]) > 0
    assert json.loads(more[2])["code"] == "busy"
    assert {answer[0] for answer in (probe, *others)} == {200}


async def large(client: Client, app: App) -> list[Any]:
    waiting = asyncio.ensure_future(client.ask("/large", b"x" * 2 * SMALL, content_length=str(2 * SMALL)))
    while not app.bodies:
        await asyncio.sleep(0)
    second = await client.ask("/large", b"x" * 2 * SMALL, content_length=str(2 * SMALL))
    small = asyncio.ensure_future(client.ask("/large", b"{}", content_length="2"))
    while len(app.bodies) < 2:
        await asyncio.sleep(0)
    app.go.set()
    return [second, await small, await waiting]


def test_memory_for_large_bodies_is_bounded_and_small_ones_need_none() -> None:
    _, ((second, small, first),) = run(large)
    assert (second[0], small[0], first[0]) == (429, 200, 200)


def test_a_large_body_has_more_time() -> None:
    usual = Bounds(paths={"/slow": Allowance(4 * SMALL, seconds=0.0, each=1.0)})

    async def timed(client: Client, app: App) -> float:
        began = asyncio.get_running_loop().time()
        assert (await client.ask("/slow", b"x" * 2 * SMALL, content_length=str(2 * SMALL)))[0] == 503
        return asyncio.get_running_loop().time() - began

    _, (seconds,) = run(timed, bounds=usual)
    assert seconds >= 0.12
