from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion.queue import Arrived, age, due, groups_of
from components.settings import InboxSettings

pytestmark = pytest.mark.unit

NOW = datetime(2027, 5, 3, 14, 3, tzinfo=UTC)


def file(name: str, days: float, **rows: int) -> Arrived:
    """A file that has waited for some days. rows: by task; `none` for events without one."""
    return Arrived(name, NOW - timedelta(days=days), {"" if task == "none" else task: n for task, n in rows.items()})


def asked(*files: Arrived, everything: bool = False, **settings: float) -> tuple[list[str], str]:
    answer = due(files, InboxSettings.model_validate(settings), 20, NOW, everything)
    return [group.task for group in answer.due], answer.reason


TRUTH = [  # rows that wait, days that the oldest has waited, asked for everything -> due
    (0, 9, False, False), (0, 9, True, False),
    (19, 9, False, False), (19, 9, True, False),  # an experience of these would be refused
    (20, 1, False, False), (20, 6.9, False, False), (20, 7, False, True), (20, 1, True, True),
    (99, 1, False, False), (100, 0, False, True),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "days", "everything", "is_due"), TRUTH)
def test_what_is_due(rows: int, days: float, everything: bool, is_due: bool) -> None:
    tasks, reason = asked(file("a", days, none=rows), everything=everything)
    assert (bool(tasks), bool(reason)) == (is_due, not is_due)


def test_why_nothing_is_due_is_said_in_numbers() -> None:
    assert asked() == ([], "Nothing waits in the inbox.")
    assert asked(file("a", 2.5, none=30), file("b", 0, none=7))[1] == "37 of 100 events wait, the oldest for 2 days."
    assert asked(file("a", 0, none=1), everything=True)[1] == "1 of 20 events waits, the oldest for less than a minute."
    apart = asked(file("a", 1, x=3, y=0), file("b", 0.1, z=5))[1]
    assert (
        apart
        == "3 of 100 events of task 'x' wait, the oldest for 1 day; 5 of 100 events of task 'z' wait, the oldest for 2 hours."
    )


def test_each_task_is_due_for_itself_and_the_oldest_comes_first() -> None:
    assert asked(file("a", 1, x=60, y=100), file("b", 2, x=40, z=120), file("c", 3, w=5)) == (["x", "z", "y"], "")


def test_less_than_an_experience_needs_is_never_due_whatever_the_settings_say() -> None:
    assert asked(file("a", 9, none=19), min_rows=5, max_age_days=0)[0] == []
    assert asked(file("a", 0, none=20), min_rows=5, max_age_days=9)[0] == [""]


@given(st.lists(st.tuples(st.integers(0, 60), st.floats(-3, 30)), max_size=6), st.booleans())
def test_more_events_or_more_time_never_make_it_less_due(files: list[tuple[int, float]], everything: bool) -> None:
    waits = [file(str(n), days, none=rows) for n, (rows, days) in enumerate(files)]
    before, _ = asked(*waits, everything=everything)
    later, _ = asked(*waits, file("more", 0, none=1), everything=everything)
    assert len(later) >= len(before)
    group = groups_of(waits)
    assert sum(each.rows for each in group) == sum(rows for rows, _ in files)


def test_a_clock_that_was_put_back_is_no_age() -> None:
    assert age(timedelta(days=-3)) == "less than a minute"
    assert age(timedelta(minutes=61)) == "1 hour"
