"""Feedback from users, kept as events in the inbox, where they wait for a cycle (components/ingestion/queue.py). Bounded."""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from components.errors import BusyError, RefusedError, UnavailableError
from components.gateway.problem import ProblemError
from components.gateway.schema import FeedbackEvent
from components.gateway.tokens import Sender
from components.provenance import PROVENANCE, SENT_BY
from components.rollout.split import Arm
from components.storage import write_text

#: The scope of those whose labels count as a person's
LABEL = "label"


def vouched(
    events: Sequence[FeedbackEvent], sender: Sender | None, arm: Callable[[FeedbackEvent], Arm | None]
) -> list[dict[str, Any]]:
    """The events with what the gateway knows of them: who gave their labels, which token sent them. A client cannot say it.

    arm: which arm answers the person of an event, None where that is not known. Raises RefusedError for `priority: safety`
    from a sender who may not say so.
    """
    trusted = sender is not None and LABEL in sender.scopes
    if not trusted and any(event.priority == "safety" for event in events):
        raise RefusedError(
            "`priority: safety` needs a token with the scope `label`: nothing of this call was kept",
            "Send it without `priority`, or start the gateway with tokens and give one of them the scopes feedback,label.",
        )
    rows = []
    for event in events:
        who = "human" if trusted else "canary" if arm(event) == "candidate" else "feedback"
        by = {SENT_BY: sender.name} if sender else {}
        rows.append({**event.model_dump(exclude_none=True), PROVENANCE: who, **by})
    return rows


@dataclass
class Inbox:
    """The folder where feedback waits. Used by several threads.

    per_minute: events that are taken, after a first burst of as many. bytes, files: of everything that waits, from whom ever.
    free: bytes of the disk that feedback leaves to others.
    """

    folder: Path
    per_minute: float = 600.0
    bytes: int = 256 * 2**20
    files: int = 10_000
    free: int = 512 * 2**20
    clock: Callable[[], float] = time.monotonic
    _left: float = field(init=False)
    _since: float = field(init=False)
    _lock: Lock = field(init=False, default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        self._left, self._since = self.per_minute, self.clock()

    def keep(self, rows: Sequence[Mapping[str, Any]], now: datetime) -> Path:
        """Write the events of one call (`vouched`) as a JSONL file of its own, whole or not at all; returns its path.

        One file per call: events appended to a file that is being gathered would be lost. A call that a client repeats is a
        second file; its events are taken once if they have an id. Raises ProblemError: 429 too many at once, 507 no room.
        """
        text = "".join(json.dumps({**row, "timestamp": now.isoformat()}, ensure_ascii=False) + "\n" for row in rows)
        with self._lock:
            self._refuse_without_room(len(text.encode()))
            self._spend(len(rows))
        path = self.folder / f"feedback-{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}.jsonl"
        write_text(path, text)
        return path

    def _refuse_without_room(self, size: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        sizes = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # gathered meanwhile
                    sizes.append(entry.stat(follow_symlinks=False).st_size)
        if sum(sizes) + size > self.bytes or len(sizes) >= self.files:
            what, hint = "The inbox is full", "`perdure cycle --inbox` gathers what waits there."
        elif shutil.disk_usage(self.folder).free - size < self.free:
            what, hint = "The disk is nearly full", "Free some space on the disk of the workspace."
        else:
            return
        raise ProblemError(507, UnavailableError(f"{what}: nothing of this call was kept", hint))

    def _spend(self, events: int) -> None:
        now = self.clock()
        self._left = min(self.per_minute, self._left + (now - self._since) * self.per_minute / 60)
        self._since = now
        if events > self._left:
            seconds = int((events - self._left) * 60 / self.per_minute) + 1
            said = f"More than {self.per_minute:g} events in a minute: nothing of this call was kept"
            raise ProblemError(429, BusyError(said, f"Send it again in {seconds} s."), seconds)
        self._left -= events
