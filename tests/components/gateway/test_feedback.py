from __future__ import annotations

import json
from collections import namedtuple
from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.gateway import feedback
from components.gateway.feedback import Inbox
from components.gateway.problem import ProblemError
from components.gateway.schema import FeedbackEvent

pytestmark = pytest.mark.unit

NOW = datetime(2026, 5, 3, tzinfo=UTC)
EVENT = FeedbackEvent(text="fine", label="good")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def refused(inbox: Inbox, events: int = 1) -> ProblemError:
    before = sorted(inbox.folder.glob("*"))
    with pytest.raises(ProblemError) as error:
        inbox.keep([EVENT] * events, NOW)
    assert sorted(inbox.folder.glob("*")) == before, "nothing is kept of what is refused"
    return error.value


def test_a_call_is_one_file(tmp_path: Path) -> None:
    path = Inbox(tmp_path / "inbox").keep([EVENT, EVENT], NOW)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["text"], row["timestamp"]) for row in rows] == [("fine", NOW.isoformat())] * 2


def test_only_so_many_events_in_a_minute(tmp_path: Path) -> None:
    clock = Clock()
    inbox = Inbox(tmp_path, per_minute=60, clock=clock)
    inbox.keep([EVENT] * 60, NOW)
    problem = refused(inbox, 30)
    assert (problem.status, problem.headers["Retry-After"]) == (429, "31")
    clock.now = 29.0
    assert refused(inbox, 30).status == 429
    clock.now = 30.0
    inbox.keep([EVENT] * 30, NOW)
    clock.now = 10_000.0
    inbox.keep([EVENT] * 60, NOW)
    assert refused(inbox).status == 429, "what was not used does not add up"


def test_only_so_much_waits(tmp_path: Path) -> None:
    (tmp_path / "of another.csv").write_bytes(b"x" * 800)
    inbox = Inbox(tmp_path, bytes=1000)
    problem = refused(inbox, 5)
    assert (problem.status, "inbox is full" in problem.error.message) == (507, True)
    inbox.keep([EVENT], NOW)
    assert refused(Inbox(tmp_path, files=2)).status == 507


def test_the_disk_is_not_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(feedback.shutil, "disk_usage", lambda _: usage(10**12, 10**12 - 10**8, 10**8))
    problem = refused(Inbox(tmp_path))
    assert (problem.status, "disk is nearly full" in problem.error.message) == (507, True)
    Inbox(tmp_path, free=10**7).keep([EVENT], NOW)
