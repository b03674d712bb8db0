"""The rule of the inbox: given what waits, which events make the next experience, or why none is due. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from components.settings import InboxSettings

#: The group of events without a task, and of all events where tasks are gathered together
NO_TASK = ""


@dataclass(frozen=True)
class Arrived:
    """A file that waits: when it arrived, and how many events of each group one can learn from (they have a label or completion).

    A group is there with 0 when only events without a target belong to it: they come along, and make nothing due.
    """

    name: str
    arrived: datetime
    rows: Mapping[str, int]


@dataclass(frozen=True)
class Group:
    """The events that would make one experience: how many one can learn from, and since when the oldest file waits."""

    task: str
    rows: int
    oldest: datetime


@dataclass(frozen=True)
class Answer:
    """The groups that are due, those that wait longest first; the reason is empty when there is one."""

    due: tuple[Group, ...]
    reason: str = ""


def groups_of(files: Sequence[Arrived]) -> list[Group]:
    """What waits, by group, the oldest first."""

    def found() -> Iterator[Group]:
        for task in {task for file in files for task in file.rows}:
            holding = [file for file in files if task in file.rows]
            yield Group(task, sum(file.rows[task] for file in holding), min(file.arrived for file in holding))

    return sorted(found(), key=lambda group: (group.oldest, group.task))


def due(files: Sequence[Arrived], settings: InboxSettings, least: int, now: datetime, everything: bool = False) -> Answer:
    """Which groups are due now.

    A group is due when `settings.min_rows` of its events wait, or when its oldest has waited `settings.max_age_days`; with
    `everything`, at once. `least`: an experience with fewer rows is refused, so a group with fewer is never due.
    """
    groups = groups_of(files)
    if not groups:
        return Answer((), "Nothing waits in the inbox.")
    chosen = tuple(group for group in groups if _is_due(group, settings, least, now, everything))
    if chosen:
        return Answer(chosen)
    wanted = least if everything else max(settings.min_rows, least)
    told = [group for group in groups if group.rows] or groups[:1]
    return Answer((), "; ".join(_said(group, wanted, now) for group in told) + ".")


def _is_due(group: Group, settings: InboxSettings, least: int, now: datetime, everything: bool) -> bool:
    if group.rows < least:
        return False
    aged = now - group.oldest >= timedelta(days=settings.max_age_days)
    return everything or aged or group.rows >= settings.min_rows


def _said(group: Group, wanted: int, now: datetime) -> str:
    of = f" of task {group.task!r}" if group.task != NO_TASK else ""
    verb = "waits" if group.rows == 1 else "wait"
    return f"{group.rows} of {wanted} events{of} {verb}, the oldest for {age(now - group.oldest)}"


def age(waited: timedelta) -> str:
    """How long something has waited, for people. A clock that was put back since counts as no time."""
    minutes = max(0, int(waited.total_seconds() // 60))
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            number = minutes // size
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"
