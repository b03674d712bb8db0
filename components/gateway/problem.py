"""What a request that fails is told: a problem in JSON (RFC 9457), with our hint and the code that docs/errors.md explains."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from components.errors import BusyError, PerdureError, RefusedError, UnavailableError, UsageError
from components.hosts import Send

MEDIA_TYPE = "application/problem+json"
_STATUS = {UsageError: 422, RefusedError: 403, UnavailableError: 503, BusyError: 429}
_AGAIN = {429: 1, 503: 5, 507: 60}  # after how many seconds it is worth asking again, unless said otherwise


class ProblemError(Exception):
    """An answer that is no answer: a status and an error. `seconds`: when to ask again; `headers`: more of them."""

    def __init__(
        self, status: int, error: PerdureError, seconds: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(error.message)
        self.status, self.error = status, error
        seconds = _AGAIN.get(status) if seconds is None else seconds
        again = {} if seconds is None else {"Retry-After": str(seconds)}
        self.headers = {**again, **(headers or {})}

    @property
    def body(self) -> dict[str, Any]:
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.error.message,
            "hint": self.error.hint,
            "code": self.error.code,
        }

    async def send(self, send: Send) -> None:
        """The answer over ASGI."""
        body = encoded(self.body)
        headers = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), **self.headers}
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


def of(error: PerdureError) -> ProblemError:
    """The problem that an error of ours is."""
    return ProblemError(next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500), error)


def encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=True).encode()
