"""The times of a ledger: taken at the act, never going back, and what a clock that went back leaves behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import IntegrityError
from components.governance.entries import after, from_row, seal, unchanged, utc
from components.governance.ledger import Ledger
from tests.components.governance.story import START
from tests.examples import examples

pytestmark = pytest.mark.unit

moments = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC))


@examples(50)
@given(st.lists(moments, min_size=1, max_size=12))
def test_times_increase_whatever_the_clock_does(clock: list[datetime]) -> None:
    last = ""
    for moment in clock:
        time, said = after(last, moment)
        assert time > last
        if utc(moment) > last:
            assert (time, said) == (utc(moment), {})
        else:
            assert said == {"clock": utc(moment)}
        last = time


def test_times_of_all_zones_have_one_width_and_order() -> None:
    east = START.astimezone(timezone(timedelta(hours=9)))
    assert utc(east) == utc(START)
    assert utc(START) < utc(east + timedelta(microseconds=1))
    with pytest.raises(ValueError, match="no time zone"):
        after("", datetime(2027, 1, 1))


def test_a_clock_that_goes_back_is_recorded_and_not_obeyed(ledger: Ledger) -> None:
    def append(minutes: int, kind: str = "promoted") -> None:
        evidence = {"n": minutes}
        ledger.append(
            kind, actor="a", subject=str(minutes), evidence=evidence, reason="", now=lambda: START + timedelta(minutes=minutes)
        )

    for minutes in (10, -90, 5, 11):
        append(minutes)
    entries = list(ledger.entries())
    assert [entry.time for entry in entries] == sorted({entry.time for entry in entries})
    assert [entry.evidence.get("clock") for entry in entries] == [
        None,
        utc(START - timedelta(minutes=90)),
        utc(START + timedelta(minutes=5)),
        None,
    ]
    assert entries[1].time == utc(START + timedelta(minutes=10, microseconds=1))
    served = ledger.at(START + timedelta(minutes=10, seconds=1))
    assert served is not None
    assert served.subject == "5"  # the third: the order of the acts, not of the clock
    assert ledger.verify()["valid"]


def test_the_clock_is_asked_when_the_entry_is_written(ledger: Ledger) -> None:
    asked: list[int] = []

    def clock() -> datetime:
        asked.append(ledger.verify()["entries"])
        return START

    with pytest.raises(ZeroDivisionError):
        ledger.append("note", actor="a", subject="1", evidence={}, reason="", now=lambda: START + timedelta(days=1 // 0))
    assert ledger.verify()["entries"] == 0
    ledger.append("note", actor="a", subject="1", evidence={}, reason="", now=lambda: START, key="k")
    ledger.append("note", actor="a", subject="1", evidence={}, reason="", now=clock)
    ledger.append("note", actor="a", subject="1", evidence={}, reason="", now=clock, key="k")  # recorded: no time is needed
    assert asked == [1]


def test_a_row_is_unchanged_only_with_every_column_as_written() -> None:
    fields = {
        "seq": 1, "time": utc(START), "actor": "a", "kind": "note", "subject": "1", "evidence": {"n": 1}, "reason": "",
        "key": None, "previous": "0" * 64,
    }  # fmt: skip
    row = seal(fields).row()
    assert unchanged(row)
    for column in row:
        assert not unchanged({**row, column: "another"})
    assert not unchanged({**row, "evidence": '{"n": 1}'})  # the same object, but not as it was written
    assert not unchanged({**row, "reason": b""})
    with pytest.raises(IntegrityError, match="Entry 1 of the ledger was changed"):
        from_row({**row, "evidence": "[]"})
