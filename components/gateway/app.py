"""The HTTP face of a Serving: /predict, /feedback, /health, /ready, /state and, for the process that started it, /models."""

# No `from __future__ import annotations`: FastAPI resolves annotations, and its own types are imported late, in a function.
import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from components import __version__
from components.errors import PerdureError, RefusedError, UnavailableError, UnexpectedError, UsageError
from components.gateway.doorkeeper import SENDER, Doorkeeper
from components.gateway.feedback import Inbox, vouched
from components.gateway.follow import follow
from components.gateway.limits import Bounds, Limits
from components.gateway.openapi import BODY, DOOR, described, problems
from components.gateway.problem import MEDIA_TYPE, ProblemError, encoded, of
from components.gateway.schema import (
    Accepted,
    Alive,
    FeedbackRequest,
    Prediction,
    PredictRequest,
    PredictResponse,
    Ready,
    State,
    Wanted,
)
from components.gateway.serving import Served, Serving
from components.gateway.tokens import Tokens

if TYPE_CHECKING:
    from fastapi import FastAPI


def create_app(
    serving: Serving,
    *,
    inbox: Inbox | None = None,
    tokens: Tokens | None = None,
    models: bool = False,
    wanted: Callable[[], Wanted] | None = None,
    record: Callable[[Served | None], None] | None = None,
    poll_seconds: float = 5.0,
    bounds: Bounds | None = None,
) -> "FastAPI":
    """The gateway.

    inbox: where feedback is kept (None: it is refused). tokens: what a request must show one of (None: it answers this machine
    alone; see doorkeeper). models: whether it takes POST /models. bounds: how much it takes (see limits).
    wanted: called every `poll_seconds` in a worker thread; returns what should serve.
    record: called with what serves when that has changed, and with None at the end.
    """
    from fastapi import FastAPI, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import Response
    from starlette.exceptions import HTTPException

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

    # its pages (/docs) would load scripts from elsewhere
    about: dict[str, Any] = {"title": "Perdure gateway", "version": __version__, "docs_url": None, "redoc_url": None}
    app = FastAPI(**about, lifespan=lifespan, redirect_slashes=False)
    app.add_middleware(Limits, bounds=bounds or Bounds())
    app.add_middleware(Doorkeeper, tokens=tokens)  # added last: the first to see a request

    def said(problem: ProblemError) -> Response:
        return Response(encoded(problem.body), problem.status, problem.headers, MEDIA_TYPE)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Any:
        first = error.errors()[0]  # without its `input`: what was sent may be personal
        where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        return said(ProblemError(422, UsageError(f"{where}: {first['msg']}", 'POST JSON, for example {"texts": ["..."]}')))

    @app.exception_handler(HTTPException)
    async def no_such(_: Request, error: HTTPException) -> Any:
        hint = "GET /openapi.json describes what there is."
        return said(ProblemError(error.status_code, UsageError(str(error.detail), hint), headers=error.headers))

    @app.exception_handler(PerdureError)
    async def refused(_: Request, error: PerdureError) -> Any:
        return said(of(error))

    @app.exception_handler(ProblemError)
    async def problem(_: Request, error: ProblemError) -> Any:
        return said(error)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Any:
        return said(
            ProblemError(500, UnexpectedError(f"The answer failed ({type(error).__name__})", "The gateway's log says more."))
        )

    @app.post("/predict", responses=problems(*BODY, *DOOR, 500, 503))
    async def predict(body: PredictRequest) -> PredictResponse:
        """Label texts."""
        key = body.subject or body.id or uuid.uuid4().hex
        arm, served, answer = await serving.predict(body.texts, key)
        given = zip(answer.top(), answer.confidence().tolist(), strict=True)
        return PredictResponse(
            predictions=[Prediction(label=a, probability=p, version=served.version) for a, p in given], arm=arm
        )

    @app.post("/feedback", status_code=202, responses=problems(*BODY, *DOOR, 507))
    async def feedback(body: FeedbackRequest, request: Request) -> Accepted:
        """Say what would have been right. Nothing is kept unless the answer is 202.

        `priority: safety` needs a token with the scope `label`. With that scope a label counts as a person's, else as feedback.
        """
        if inbox is None:
            raise RefusedError("This gateway takes no feedback", "Send it to one that was started with a workspace.")
        routing, sender = serving.routing, getattr(request.state, SENDER, None)
        rows = vouched(body.events, sender, lambda event: routing.arm(event.subject or event.id))
        await asyncio.to_thread(inbox.keep, rows, datetime.now(UTC))
        return Accepted(accepted=len(body.events))

    @app.get("/health", responses=problems(503))
    async def health() -> Alive:
        """Whether the process works, whatever it serves."""
        for follower in followers:
            if follower.done():
                cause = type(follower.exception()).__name__
                raise UnavailableError(f"This gateway no longer follows the ledger ({cause})", "Restart it.")
        return Alive()

    @app.get("/ready", responses=problems(503), response_model_exclude_none=True)
    async def ready() -> Ready:
        """Whether a checkpoint answers, and which version it is."""
        arm, served = serving.routing.route("")  # raises while nothing is loaded
        return Ready.model_validate({arm: served.version})

    @app.get("/state", responses=problems(*DOOR))
    async def state() -> State:
        """What serves, how much was answered, what is wrong."""
        return State(**serving.state())

    if models:

        @app.post("/models", responses=problems(*BODY, *DOOR, 503))
        async def load(body: Wanted) -> State:
            """Load checkpoints and make them serve."""
            missing = await serving.serve(body)
            if missing:
                raise UnavailableError("; ".join(f"{arm}: {why}" for arm, why in missing.items()))
            return State(**serving.state())

    def document() -> dict[str, Any]:
        app.openapi_schema = app.openapi_schema or described(app, tokens is not None)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]
    return app
