"""`learning.texts: never` at the end of a cycle: what it learned is kept nowhere in the workspace from then on."""

from __future__ import annotations

from datetime import datetime

from components.contracts import Experience
from components.cycle.names import STEPS
from components.cycle.records import Records
from components.ingestion.removal import LEARNED, have_texts, remove_texts
from components.settings import Settings


def must_go(cycle: str, records: Records, settings: Settings) -> bool:
    """Whether a cycle has come to its end and the texts that it learned are still there.

    They stay while another cycle, such as another attempt at the same events, is still at work on the experience.
    """
    if settings.learning.texts != "never" or not _ended(cycle, records):
        return False
    digest = records.ingested(cycle).experience
    copy = records.folder(cycle).experience
    if not have_texts(_experience(digest, records)) and not any((copy / name).is_file() for name in LEARNED):
        return False
    return all(_ended(each, records) for each in _using(digest, records))


def go(cycle: str, records: Records, now: datetime) -> None:
    """Remove them, with the copies in the folders of cycles. Safe to run again."""
    digest = records.ingested(cycle).experience
    copies = [records.folder(each).experience for each in _using(digest, records)]
    remove_texts(_experience(digest, records), copies, now, f"learning.texts: never; cycle {cycle} has come to its end")


def _using(digest: str, records: Records) -> list[str]:
    """The cycles that work, or worked, on an experience."""
    return [each for each in records.cycles() if records.done(each, "ingest") and records.ingested(each).experience == digest]


def _ended(cycle: str, records: Records) -> bool:
    return all(records.done(cycle, step) for step in STEPS)


def _experience(digest: str, records: Records) -> Experience:
    return records.workspace.experience(digest)
