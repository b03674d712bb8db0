"""Feedback from users, kept as events in the inbox, where they wait for a cycle (components/ingestion/queue.py)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from components.gateway.schema import FeedbackEvent
from components.storage import write_text


def keep(events: Sequence[FeedbackEvent], inbox: Path, now: datetime) -> Path:
    """Write the events of one call as a JSONL file of its own in the inbox, whole or not at all; returns its path.

    One file per call: events appended to a file that is being gathered would be lost. A call that a client repeats is a second
    file; its events are taken once if they have an id.
    """
    rows = [{**event.model_dump(exclude_none=True), "timestamp": now.isoformat()} for event in events]
    path = inbox / f"feedback-{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:12]}.jsonl"
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path
