"""What the gateway takes and gives, validated. Error messages never repeat what was sent: it may be personal."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_TEXTS = 64
MAX_CHARS = 20_000

Text = Annotated[str, Field(min_length=1, max_length=MAX_CHARS)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Message(BaseModel):
    """A body: unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PredictRequest(Message):
    """Texts to label. The subject (else the id) decides which arm answers, the same one each time."""

    texts: Annotated[list[Text], Field(min_length=1, max_length=MAX_TEXTS)]
    id: Name | None = None
    subject: Name | None = None


class Prediction(Message):
    label: str
    probability: float
    version: str


class PredictResponse(Message):
    predictions: list[Prediction]
    arm: Literal["champion", "candidate"]


class FeedbackEvent(Message):
    """The right answer according to whoever sends it; an event as in the README (PII is screened when it is ingested)."""

    text: Text
    label: Name
    id: Name | None = None
    task: Name | None = None
    subject: Name | None = None
    consent: bool | None = None
    source: Literal["feedback", "correction", "incident"] = "feedback"
    priority: Literal["normal", "safety"] = "normal"


class FeedbackRequest(Message):
    events: Annotated[list[FeedbackEvent], Field(min_length=1, max_length=MAX_TEXTS)]


class Target(Message):
    """A checkpoint that should serve: its directory and the version named in answers."""

    version: str
    path: str


class Wanted(Message):
    """What should serve. `share` of the requests goes to the candidate; without a champion it gets them all."""

    champion: Target | None = None
    candidate: Target | None = None
    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    salt: str = ""


class Accepted(Message):
    accepted: int


class Alive(Message):
    status: Literal["alive"] = "alive"


class Ready(Message):
    """The version that answers, under the name of its arm."""

    status: Literal["ready"] = "ready"
    champion: str | None = None
    candidate: str | None = None


class Arms(Message):
    """What serves on an arm, and how much it has answered."""

    version: str
    checkpoint: str
    requests: int
    texts: int
    errors: int


class State(Message):
    champion: Arms | None
    candidate: Arms | None
    share: float
    problems: dict[str, str]


class ProblemDetails(Message):
    """A problem (RFC 9457). `code`: see docs/errors.md."""

    type: str
    title: str
    status: int
    detail: str
    hint: str
    code: str
