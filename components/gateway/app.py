"""The HTTP face of a Serving: /predict, /feedback, /health, /ready, /state and, for the process that started it, /models."""

# No `from __future__ import annotations`: FastAPI resolves annotations, and its own types are imported late, in a function.
import asyncio
import hmac
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.errors import PerdureError, RefusedError, UnavailableError, UsageError
from components.gateway.feedback import keep
from components.gateway.follow import follow
from components.gateway.schema import MAX_BYTES, FeedbackRequest, Prediction, PredictRequest, PredictResponse, Wanted
from components.gateway.serving import Served, Serving

if TYPE_CHECKING:
    from fastapi import FastAPI

TOKEN_HEADER = "X-Perdure-Token"


def create_app(
    serving: Serving,
    *,
    inbox: Path | None = None,
    token: str | None = None,
    wanted: Callable[[], Wanted] | None = None,
    record: Callable[[Served | None], None] | None = None,
    poll_seconds: float = 5.0,
) -> "FastAPI":
    """The gateway.

    inbox: the folder for feedback (None: feedback is refused). token: a request with it may POST /models (None: no such route).
    wanted: called every `poll_seconds` in a worker thread; returns what should serve.
    record: called with what serves when that has changed, and with None at the end.
    """
    from fastapi import FastAPI, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse

    followers: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if wanted:
            followers.append(asyncio.create_task(follow(serving, wanted, poll_seconds, record)))
        yield
        for follower in followers:
            follower.cancel()
        await asyncio.gather(*followers, return_exceptions=True)
        serving.close()

    app = FastAPI(title="Perdure gateway", lifespan=lifespan, openapi_url=None)

    @app.middleware("http")
    async def bounded(request: Request, call_next: Callable[..., Any]) -> Any:
        length = request.headers.get("content-length", "")
        if request.method == "POST" and not length.isdigit():
            return _problem(JSONResponse, 411, UsageError("The request has no Content-Length", "Send the body in one piece."))
        if length.isdigit() and int(length) > MAX_BYTES:
            return _problem(
                JSONResponse, 413, UsageError(f"The body is larger than {MAX_BYTES:,} bytes", "Send fewer texts per call.")
            )
        return await call_next(request)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Any:
        first = error.errors()[0]  # without its `input`: what was sent may be personal
        where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        return _problem(JSONResponse, 422, UsageError(f"{where}: {first['msg']}", 'POST JSON, for example {"texts": ["..."]}'))

    @app.exception_handler(PerdureError)
    async def refused(_: Request, error: PerdureError) -> Any:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
        return _problem(JSONResponse, status, error)

    @app.post("/predict")
    async def predict(body: PredictRequest) -> PredictResponse:
        key = body.subject or body.id or uuid.uuid4().hex
        arm, served, answer = await serving.predict(body.texts, key)
        given = zip(answer.top(), answer.confidence().tolist(), strict=True)
        return PredictResponse(
            predictions=[Prediction(label=a, probability=p, version=served.version) for a, p in given], arm=arm
        )

    @app.post("/feedback", status_code=202)
    async def feedback(body: FeedbackRequest) -> dict[str, int]:
        if inbox is None:
            raise RefusedError("This gateway takes no feedback", "Send it to one that was started with a workspace.")
        await asyncio.to_thread(keep, body.events, inbox, datetime.now(UTC))
        return {"accepted": len(body.events)}

    @app.get("/health")
    async def health() -> dict[str, str]:
        for follower in followers:
            if follower.done():
                cause = type(follower.exception()).__name__
                raise UnavailableError(f"This gateway no longer follows the ledger ({cause})", "Restart it.")
        return {"status": "alive"}

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        arm, served = serving.routing.route("")  # raises while nothing is loaded
        return {"status": "ready", arm: served.version}

    @app.get("/state")
    async def state() -> dict[str, Any]:
        return serving.state()

    if token is not None:

        @app.post("/models")
        async def models(body: Wanted, request: Request) -> dict[str, Any]:
            if not hmac.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), token.encode()):
                raise RefusedError("Only the process that started this gateway changes its models")
            problems = await serving.serve(body)
            if problems:
                raise UnavailableError("; ".join(f"{arm}: {problem}" for arm, problem in problems.items()))
            return serving.state()

    return app


_STATUS = {UsageError: 422, RefusedError: 403, UnavailableError: 503}


def _problem(response: Callable[..., Any], status: int, error: PerdureError) -> Any:
    return response({"error": error.message, "hint": error.hint}, status_code=status)
