from __future__ import annotations

import json
from collections import namedtuple
from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.errors import RefusedError
from components.gateway import feedback
from components.gateway.feedback import Inbox, vouched
from components.gateway.problem import ProblemError
from components.gateway.schema import FeedbackEvent
from components.gateway.tokens import Sender
from components.rollout.split import Arm

pytestmark = pytest.mark.unit

NOW = datetime(2026, 5, 3, tzinfo=UTC)
ROW = {"text": "fine", "label": "good"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def refused(inbox: Inbox, events: int = 1) -> ProblemError:
    before = sorted(inbox.folder.glob("*"))
    with pytest.raises(ProblemError) as error:
        inbox.keep([ROW] * events, NOW)
    assert sorted(inbox.folder.glob("*")) == before, "nothing is kept of what is refused"
    return error.value


@pytest.mark.parametrize(
    ("scopes", "arm", "expected"),
    [
        (None, "champion", {"provenance": "feedback"}),
        (None, "candidate", {"provenance": "canary"}),
        (None, None, {"provenance": "feedback"}),
        (("feedback",), "champion", {"provenance": "feedback", "sent_by": "me"}),
        (("feedback",), "candidate", {"provenance": "canary", "sent_by": "me"}),
        (("feedback", "label"), "candidate", {"provenance": "human", "sent_by": "me"}),
    ],
)
def test_the_gateway_says_who_gave_a_label(scopes: tuple[str, ...] | None, arm: Arm | None, expected: dict[str, str]) -> None:
    sender = Sender("me", frozenset(scopes)) if scopes else None
    event = FeedbackEvent(text="fine", label="good")
    assert vouched([event], sender, lambda _: arm) == [{**event.model_dump(exclude_none=True), **expected}]


def test_safety_needs_the_scope() -> None:
    events = [FeedbackEvent(text="fine", label="good"), FeedbackEvent(text="fire", label="alarm", priority="safety")]
    for sender in (None, Sender("me", frozenset({"feedback", "admin"}))):
        with pytest.raises(RefusedError, match="scope `label`"):
            vouched(events, sender, lambda _: "champion")
    assert vouched(events, Sender("me", frozenset({"feedback", "label"})), lambda _: None)[1]["priority"] == "safety"


def test_a_call_is_one_file(tmp_path: Path) -> None:
    path = Inbox(tmp_path / "inbox").keep([ROW, ROW], NOW)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["text"], row["timestamp"]) for row in rows] == [("fine", NOW.isoformat())] * 2


def test_only_so_many_events_in_a_minute(tmp_path: Path) -> None:
    clock = Clock()
    inbox = Inbox(tmp_path, per_minute=60, clock=clock)
    inbox.keep([ROW] * 60, NOW)
    problem = refused(inbox, 30)
    assert (problem.status, problem.headers["Retry-After"]) == (429, "31")
    clock.now = 29.0
    assert refused(inbox, 30).status == 429
    clock.now = 30.0
    inbox.keep([ROW] * 30, NOW)
    clock.now = 10_000.0
    inbox.keep([ROW] * 60, NOW)
    assert refused(inbox).status == 429, "what was not used does not add up"


def test_only_so_much_waits(tmp_path: Path) -> None:
    (tmp_path / "of another.csv").write_bytes(b"x" * 800)
    inbox = Inbox(tmp_path, bytes=1000)
    problem = refused(inbox, 5)
    assert (problem.status, "inbox is full" in problem.error.message) == (507, True)
    inbox.keep([ROW], NOW)
    assert refused(Inbox(tmp_path, files=2)).status == 507


def test_the_disk_is_not_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(feedback.shutil, "disk_usage", lambda _: usage(10**12, 10**12 - 10**8, 10**8))
    problem = refused(Inbox(tmp_path))
    assert (problem.status, "disk is nearly full" in problem.error.message) == (507, True)
    Inbox(tmp_path, free=10**7).keep([ROW], NOW)
