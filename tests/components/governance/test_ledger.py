"""The chain: what is appended stays, in order, and what was touched is found."""

from __future__ import annotations

import json
import random
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import IntegrityError, UnavailableError, UsageError
from components.governance.database import TABLE
from components.governance.entries import GENESIS, Entry, seal, utc, walk
from components.governance.ledger import Ledger
from tests.examples import examples

pytestmark = pytest.mark.unit

Add = Callable[..., Entry]
NOW = datetime(2027, 5, 3, 14, 0, tzinfo=UTC)


def unguarded(url: str) -> sqlite3.Connection:
    """A connection of somebody who may write the file and has taken the triggers away."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    return connection


def test_an_empty_ledger_is_valid(ledger: Ledger) -> None:
    assert ledger.verify() == {"entries": 0, "valid": True, "head": GENESIS, "problems": [], "accepted": []}
    assert ledger.head() == GENESIS
    assert ledger.at(NOW) is None
    assert (ledger.row(1), ledger.find("key"), list(ledger.entries()), ledger.unguarded()) == (None, None, [], [])
    assert ledger.holds(GENESIS)
    assert not ledger.holds("a" * 64)


def test_reading_creates_nothing(ledger: Ledger, tmp_path: Path) -> None:
    ledger.verify()
    ledger.log()
    assert list(tmp_path.iterdir()) == []


def test_entries_chain_and_come_back_as_they_were(ledger: Ledger, url: str) -> None:
    first = ledger.append(
        "learned",
        actor="perdure",
        subject="ab" * 32,
        evidence={"x": 0.1, "ok": True, "none": None},
        reason="naïve — ‘why’",
        now=lambda: NOW,
    )
    second = ledger.append("note", actor="ada", subject="1", evidence={}, reason="", now=lambda: NOW)
    assert (first.seq, first.previous, second.seq, second.previous) == (1, GENESIS, 2, first.hash)
    again = Ledger(url)
    assert list(again.entries()) == [first, second]
    assert again.verify() == {"entries": 2, "valid": True, "head": second.hash, "problems": [], "accepted": []}
    assert json.loads(first.to_json())["evidence"] == {"x": 0.1, "ok": True, "none": None}


def test_time_is_utc_and_sorts_as_text(ledger: Ledger) -> None:
    assert utc(datetime(2027, 5, 3, 16, 0, tzinfo=timezone(timedelta(hours=2)))) == utc(NOW) == "2027-05-03T14:00:00.000000+00:00"
    with pytest.raises(ValueError, match="no time zone"):
        ledger.append("note", actor="a", subject="1", evidence={}, reason="", now=lambda: datetime(2027, 1, 1))


def test_a_key_is_recorded_once(ledger: Ledger) -> None:
    first = ledger.append("note", actor="a", subject="1", evidence={"n": 1}, reason="first", now=lambda: NOW, key="step")
    again = ledger.append("note", actor="b", subject="2", evidence={"n": 2}, reason="again", now=lambda: NOW, key="step")
    assert again == first == ledger.find("step")
    assert ledger.find("other") is None
    assert ledger.verify()["entries"] == 1


def test_log_and_at(ledger: Ledger, add: Add) -> None:
    for minute, (kind, subject) in enumerate(
        [
            ("registered", "1"),
            ("promoted", "1"),
            ("held", "2"),
            ("promoted", "2"),
            ("rolled_back", "1"),
            ("candidate_rolled_back", "3"),
        ]
    ):
        add(ledger, kind, subject, minute)
    assert [entry.kind for entry in ledger.log(limit=2)] == ["candidate_rolled_back", "rolled_back"]
    assert [entry.subject for entry in ledger.log(kind="promoted")] == ["2", "1"]
    assert [entry.seq for entry in ledger.log(since=NOW + timedelta(minutes=4))] == [6, 5]
    champions = [ledger.at(NOW + timedelta(minutes=minute)) for minute in range(6)]
    assert [entry.subject if entry else None for entry in champions] == [None, "1", "1", "2", "1", "1"]


ROW = "time, {actor}, kind, subject, evidence, reason, {key}, previous, {hash} FROM ledger WHERE seq = 1"
FORGED = ROW.format(actor="'eve'", key="key", hash="hash")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET reason = 'x' WHERE seq = 1",
        "DELETE FROM ledger WHERE seq = 2",
        "INSERT INTO ledger SELECT 9, " + ROW.format(actor="actor", key="'k9'", hash="'h9'"),
        f"INSERT OR REPLACE INTO ledger SELECT 1, {FORGED}",
        f"INSERT OR REPLACE INTO ledger SELECT 3, {FORGED}",
    ],
)
def test_the_database_refuses_everything_but_an_append(ledger: Ledger, url: str, add: Add, statement: str) -> None:
    add(ledger)
    add(ledger)
    with (
        closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(statement)
    assert ledger.verify()["valid"]


def fields(seq: int, previous: str) -> dict[str, object]:
    """An entry's content, without its hash."""
    return {
        "seq": seq, "time": utc(NOW), "actor": f"a{seq}", "kind": "note", "subject": str(seq), "reason": f"r{seq}",
        "evidence": {"n": seq, "d": ["x" * 2000]}, "key": f"k{seq}" if seq % 2 else None, "previous": previous,
    }  # fmt: skip


def chain(count: int) -> Iterator[dict[str, object]]:
    """Rows of a valid chain."""
    head = GENESIS
    for seq in range(1, count + 1):
        entry = seal(fields(seq, head))
        head = entry.hash
        yield entry.row()


def sealed(count: int) -> list[dict[str, object]]:
    return list(chain(count))


def problems(rows: list[dict[str, object]]) -> list[str]:
    return [finding.problem for finding in walk(rows) if finding.problem]


FIELDS = ("time", "actor", "kind", "subject", "evidence", "reason", "key", "previous", "hash")


@examples(80)
@given(
    st.integers(1, 7),
    st.integers(0, 6),
    st.sampled_from(FIELDS),
    st.one_of(st.text(max_size=40), st.none(), st.binary(max_size=4), st.integers()),
)
def test_any_field_of_any_entry_that_is_changed_is_found(count: int, where: int, field: str, value: object) -> None:
    rows = sealed(count)
    row = rows[where % count]
    if row[field] == value:
        return
    row[field] = value
    assert any(f"entry {row['seq']} " in problem for problem in problems(rows))


@examples(30)
@given(st.integers(2, 8), st.randoms(use_true_random=False))
def test_removed_inserted_and_reordered_entries_are_found(count: int, rng: random.Random) -> None:
    assert problems(sealed(count)) == []
    removed = sealed(count)
    gone = rng.randrange(count - 1)  # not the last: that is a truncation
    del removed[gone]
    assert any(f"entry {gone + 1} is missing" in problem for problem in problems(removed))

    swapped = sealed(count)
    one, other = sorted(rng.sample(range(count), 2))
    swapped[one], swapped[other] = {**swapped[other], "seq": one + 1}, {**swapped[one], "seq": other + 1}
    assert any(f"entry {one + 1} " in problem for problem in problems(swapped))

    renumbered = [{**row, "seq": n} for n, row in enumerate(removed, start=1)]
    assert any(f"entry {gone + 1} " in problem for problem in problems(renumbered))

    inserted = sealed(count)
    after = inserted[gone]
    forged = seal(fields(gone + 2, str(after["hash"])))
    inserted = [*inserted[: gone + 1], forged.row(), *({**row, "seq": int(str(row["seq"])) + 1} for row in inserted[gone + 1 :])]
    assert any(f"entry {gone + 3} " in problem for problem in problems(inserted))


def test_tampering_with_the_file_is_named(ledger: Ledger, url: str, add: Add) -> None:
    for minute in range(6):
        add(ledger, minute=minute)
    head = ledger.head()
    with closing(unguarded(url)) as connection:
        connection.execute("UPDATE ledger SET actor = 'eve' WHERE seq = 2")
        connection.execute("DELETE FROM ledger WHERE seq = 4")
        connection.execute(
            "INSERT INTO ledger SELECT -1, time, actor, kind, subject, evidence, reason, NULL, 'x', 'y' FROM ledger WHERE seq = 1"
        )
    report = ledger.verify(expected_head=head)
    assert not report["valid"]
    assert report["entries"] == 6
    assert any("entry -1 was inserted" in problem for problem in report["problems"])
    assert any("entry 2 was changed" in problem for problem in report["problems"])
    assert any("entry 4 is missing" in problem for problem in report["problems"])
    assert not any("entry 6" in problem for problem in report["problems"])
    assert sum("guard" in problem for problem in report["problems"]) == 3


def test_a_cut_off_end_is_found_by_a_head_noted_elsewhere(ledger: Ledger, url: str, add: Add) -> None:
    noted = [add(ledger, minute=minute).hash for minute in range(4)]
    assert all(ledger.verify(expected_head=head)["valid"] for head in noted)  # the chain may have grown since
    with closing(unguarded(url)) as connection:
        connection.execute("DELETE FROM ledger WHERE seq > 2")
    ledger.guard()
    assert ledger.verify()["valid"]
    cut = ledger.verify(expected_head=noted[-1])
    assert not cut["valid"]
    assert noted[-1][:12] in cut["problems"][0]
    assert [ledger.holds(head) for head in noted] == [True, True, False, False]


def test_a_changed_entry_is_an_integrity_error_when_read(ledger: Ledger, url: str, add: Add) -> None:
    add(ledger)
    with closing(unguarded(url)) as connection:
        connection.execute("UPDATE ledger SET evidence = '{'")
    with pytest.raises(IntegrityError, match="Entry 1"):
        list(ledger.entries())


def test_what_a_database_cannot_hold_is_left_out(ledger: Ledger) -> None:
    entry = ledger.append("note", actor="a\0b", subject="1", evidence={"t": "\0"}, reason="bad \udce4 surrogate", now=lambda: NOW)
    assert (entry.actor, entry.reason) == ("ab", "bad ? surrogate")
    assert ledger.verify()["valid"]


def test_faults_are_explained(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is no database, it is a sentence of some length" * 20)
    broken = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    for use in (broken.verify, broken.unguarded, broken.log):
        with pytest.raises(UnavailableError, match=r"ledger\.db"):
            use()
    with pytest.raises(UnavailableError, match="cannot be used") as caught:
        Ledger("postgresql://ledger:secret@127.0.0.1:1/none").log()
    assert "secret" not in str(caught.value)
    with pytest.raises(UsageError, match="mysql"):
        Ledger("mysql://localhost/x")


def test_verify_streams(ledger: Ledger, url: str) -> None:
    ledger.guard()  # makes the table
    with closing(unguarded(url)) as connection:
        places = ", ".join(f":{name}" for name in TABLE.c.keys())  # noqa: SIM118 - the columns' names
        connection.execute("BEGIN")
        connection.executemany(f"INSERT INTO ledger VALUES ({places})", chain(2500))
        connection.execute("COMMIT")
    ledger.guard()
    tracemalloc.start()
    report = ledger.verify()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (report["entries"], report["valid"]) == (2500, True)
    assert peak < 4_000_000  # 1,000 rows at a time; all of them take three times as much
