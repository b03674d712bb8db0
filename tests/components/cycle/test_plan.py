from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from components.cycle.outputs import Opened
from components.cycle.plan import Planned, attempt, attempts, named, single
from components.errors import UsageError
from components.storage import digest_file
from tests.components.cycle.conftest import Line

pytestmark = pytest.mark.unit


def opened(line: Line, planned: Planned, decided: bool = True) -> None:
    """As if a cycle had been opened with files, and decided."""
    line.open(planned.name)
    before = line.records.opened(planned.name)
    line.cycle(planned.cycle) if decided else line.open(planned.cycle)
    files = tuple(digest_file(path) for path in planned.events)
    line.records.open(planned.cycle, replace(before, events=tuple(map(str, planned.events)), files=files))


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    file = tmp_path / "monday.jsonl"
    file.write_text('{"text": "one", "label": "a"}\n')
    return single(file)


def test_a_cycle_that_never_opened_is_its_own_first_attempt(line: Line, planned: Planned) -> None:
    assert attempts(planned.cycle, line.records) == []
    assert attempt(planned, line.records, again=False) == attempt(planned, line.records, again=True) == planned


def test_attempts_are_numbered_and_only_a_decided_one_is_followed_by_another(line: Line, planned: Planned) -> None:
    made = [planned.cycle]
    opened(line, planned)
    assert attempt(planned, line.records, again=False).cycle == planned.cycle, "a decision stands"
    for number in (2, 3):
        following = attempt(planned, line.records, again=True)
        assert following == replace(planned, cycle=f"{planned.cycle}.{number}")
        opened(line, following, decided=False)
        made.append(following.cycle)
        for again in (False, True):  # killed: it is continued, by whatever name it is called
            for name in made:
                assert attempt(replace(planned, cycle=name), line.records, again=again).cycle == following.cycle
        line.cycle(following.cycle)
        opened_with = line.records.opened(planned.cycle)
        line.records.open(following.cycle, opened_with)
    assert attempts(planned.cycle, line.records) == made
    assert attempt(planned, line.records, again=False).cycle == made[-1]


def test_a_cycle_that_only_happens_to_be_called_so_is_no_attempt(line: Line, planned: Planned) -> None:
    opened(line, planned)
    line.cycle(f"{planned.cycle}.2")  # by hand, with other events
    assert attempts(planned.cycle, line.records) == [planned.cycle]
    assert attempt(planned, line.records, again=True).cycle == f"{planned.cycle}.3"
    assert attempt(Planned(f"{planned.cycle}.2", "x", ()), line.records, again=True).cycle == f"{planned.cycle}.2.2"


def test_a_cycle_named_by_its_id_has_the_events_that_it_opened_with(line: Line, planned: Planned) -> None:
    opened(line, planned)
    assert named(planned.cycle, line.records) == replace(planned, name="monday")
    assert named(str(planned.events[0]), line.records) == planned
    planned.events[0].write_text('{"text": "changed", "label": "a"}\n')
    with pytest.raises(UsageError, match=r"monday\.jsonl is gone or was changed"):
        named(planned.cycle, line.records)
    planned.events[0].unlink()
    with pytest.raises(UsageError, match=r"monday\.jsonl is gone or was changed"):
        named(planned.cycle, line.records)


def test_an_undecided_cycle_named_by_its_id_goes_on_where_it_was(line: Line) -> None:
    line.cycle("one")
    line.open("two", "one", "one")
    before: Opened = line.records.opened("two")
    found = attempt(named("two", line.records), line.records, again=True)
    assert (found.cycle, found.after, list(map(str, found.events))) == ("two", "one", list(before.events))


@pytest.mark.parametrize("target", ["absent.jsonl", "no/such/file.jsonl", "..", ""])
def test_what_is_neither_a_file_nor_a_cycle_is_refused(line: Line, target: str) -> None:
    with pytest.raises(UsageError, match="No such file"):
        named(target, line.records)
