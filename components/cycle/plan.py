"""Running a stream: one cycle an experience, each continuing from the champion that the one before left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from components.contracts import Progress
from components.cycle.run import open_cycle, run_cycle
from components.settings import Settings
from components.storage import digest_file
from components.workspace import Workspace


@dataclass(frozen=True)
class Planned:
    """A cycle to be: its id, its experience's name, its file of events, and the cycle that it continues from."""

    cycle: str
    name: str
    events: Path
    after: str | None
    learn_from: str | None = None  # a checkpoint to learn from instead of the champion


def plan(stream: str, parts: Sequence[tuple[str, Path]]) -> list[Planned]:
    """One cycle a part, in order, each after the one before: trec-1-desc, trec-2-enty, …"""
    planned: list[Planned] = []
    for number, (name, path) in enumerate(parts, start=1):
        after = planned[-1].cycle if planned else None
        planned.append(Planned(f"{stream}-{number}-{name}", name, path, after))
    return planned


def single(file: Path) -> Planned:
    """The cycle over one file of events, named by the file and its content: the same file twice is the same cycle."""
    return Planned(f"{file.stem}-{digest_file(file)[:8]}", file.stem, file, None)


def run_planned(
    planned: Planned, workspace: Workspace, settings: Settings, *, now: datetime, progress: Progress | None = None,
    on_step: Callable[[str], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Open the cycle and walk its steps; what is already there is skipped."""
    open_cycle(
        workspace,
        settings,
        cycle=planned.cycle,
        name=planned.name,
        events=[planned.events],
        after=planned.after,
        learn_from=planned.learn_from,
    )
    return run_cycle(planned.cycle, workspace, settings, now=now, progress=progress, on_step=on_step)
