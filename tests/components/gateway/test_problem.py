from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any

import pytest

from components.errors import BusyError, IntegrityError, RefusedError, UnavailableError, UsageError
from components.gateway.problem import ProblemError, of

pytestmark = pytest.mark.unit


STATUS = {UsageError: 422, RefusedError: 403, UnavailableError: 503, BusyError: 429, IntegrityError: 500}


@pytest.mark.parametrize(("error", "status"), STATUS.items())
def test_an_error_of_ours_has_its_status(error: type[Any], status: int) -> None:
    problem = of(error("what", "how"))
    assert problem.body == {
        "type": "about:blank", "title": HTTPStatus(status).phrase, "status": status,
        "detail": "what", "hint": "how", "code": error.code,
    }  # fmt: skip


def test_what_is_worth_asking_again_says_when() -> None:
    assert "Retry-After" in of(BusyError("x")).headers
    assert ProblemError(429, BusyError("x"), 31).headers["Retry-After"] == "31"
    assert "Retry-After" not in of(UsageError("x")).headers


def test_it_is_sent_as_what_it_is() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(ProblemError(401, RefusedError("nö"), headers={"WWW-Authenticate": "Bearer"}).send(send))
    headers = dict(sent[0]["headers"])
    assert (sent[0]["status"], headers[b"content-type"]) == (401, b"application/problem+json")
    assert headers[b"www-authenticate"] == b"Bearer"
    assert int(headers[b"content-length"]) == len(sent[1]["body"])
    assert json.loads(sent[1]["body"])["detail"] == "nö"
