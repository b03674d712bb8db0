"""The cycles to run: one per experience of a stream, or one for a single file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components.storage import digest_file


@dataclass(frozen=True)
class Planned:
    """A cycle to run: its id, the name of its experience, its files of events, and the cycle that it continues from."""

    cycle: str
    name: str
    events: tuple[Path, ...]
    after: str | None = None  # None: it continues from what serves
    learn_from: str | None = None  # a checkpoint to learn from instead of the champion


def plan(stream: str, parts: Sequence[tuple[str, Path]]) -> list[Planned]:
    """One cycle per part, each after the one before: trec-1-desc, trec-2-enty, …"""
    planned: list[Planned] = []
    for number, (name, path) in enumerate(parts, start=1):
        after = planned[-1].cycle if planned else None
        planned.append(Planned(f"{_plain(stream)}-{number}-{_plain(name)}", name, (path,), after))
    return planned


def single(file: Path) -> Planned:
    """The cycle for one file of events. Its id comes from the file's name and content: the same file twice is the same cycle."""
    return Planned(f"{_plain(file.stem)}-{digest_file(file)[:8]}", file.stem, (file,))


def _plain(name: str) -> str:
    """A name as part of an id, which names a folder: other characters than letters, digits, spaces, dots, - and _ become -."""
    return re.sub(r"[^\w .-]+", "-", name).strip(" .-_")[:50] or "events"
