"""`learning.texts: never`: the texts that were learned leave an experience, and everything else of it stays.

An experience is named by its manifest, which names every file with its SHA-256. So a file may go without the name becoming wrong:
what was learned can still be proven by whoever has the events. train.parquet and unlabelled.parquet go; heldout.parquet stays,
because the gates need its cases, and digests.parquet, by which later ingestion knows repeated and held-out texts. A record beside
the experience, DIGEST.removed.json, says when and why, and which files.

Invariants: the record is written before any file goes, so that a file that is missing without a record is damage; removing twice
is harmless; when the same events are ingested again, the files come back and the record goes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from components.contracts import Experience
from components.storage import read_manifest, write_json

#: The files of an experience that hold texts which may be learned
LEARNED = ("train.parquet", "unlabelled.parquet")


def remove_texts(experience: Experience, copies: Iterable[Path], now: datetime, reason: str) -> None:
    """Remove the texts of an experience and of the copies of its directory."""
    files = {name: digest for name, digest in experience.manifest["files"].items() if name in LEARNED}
    if not experience.removed.is_file():
        write_json(experience.removed, {"removed": now.isoformat(), "reason": reason, "files": files})
    for folder in (*copies, experience.path):  # the experience last: as long as it has its files, this is not done
        for name in files:
            (folder / name).unlink(missing_ok=True)


def have_texts(experience: Experience) -> bool:
    """Whether any of its texts is still there."""
    return any((experience.path / name).is_file() for name in LEARNED)


def restore_texts(experience: Experience, built: Path) -> None:
    """Take back what is missing from a directory with the same files, which ingestion has just built."""
    if not experience.removed.is_file():
        return
    for name in read_manifest(experience.path)["files"]:
        if not (experience.path / name).is_file():
            os.replace(built / name, experience.path / name)
    experience.removed.unlink()
