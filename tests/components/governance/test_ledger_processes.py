"""Several real processes append to one ledger: nothing is lost, nothing is written twice, the chain holds."""

from __future__ import annotations

import subprocess
import sys

import pytest
import sqlalchemy as sa

from components.governance.ledger import Ledger

pytestmark = pytest.mark.end_to_end

WRITER = """
import sys
from datetime import UTC, datetime
from components.governance.ledger import Ledger
url, name = sys.argv[1:]
ledger = Ledger(url)  # all of them create the table at once
for n in range(40):
    key = f"shared {n}" if n % 4 == 0 else None
    ledger.append("note", actor=name, subject=str(n), evidence={"n": n}, reason="", now=lambda: datetime.now(UTC), key=key)
"""


def write_at_once(url: str, writers: int) -> None:
    running = [subprocess.Popen([sys.executable, "-c", WRITER, url, f"writer {n}"]) for n in range(writers)]
    assert [process.wait(timeout=120) for process in running] == [0] * writers


def check(url: str, writers: int) -> None:
    ledger = Ledger(url)
    report = ledger.verify()
    assert report["problems"] == []
    assert report["entries"] == writers * 30 + 10
    for n in range(writers):
        mine = [int(entry.subject) for entry in ledger.entries() if entry.actor == f"writer {n}" and entry.key is None]
        assert mine == [number for number in range(40) if number % 4]


def test_sqlite(url: str) -> None:
    write_at_once(url, 4)
    check(url, 4)


def test_postgresql(postgres: str) -> None:
    write_at_once(postgres, 4)
    check(postgres, 4)
    engine = sa.create_engine(postgres)
    for statement in ("UPDATE ledger SET reason = 'x'", "DELETE FROM ledger WHERE seq = 3", "TRUNCATE ledger"):
        with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="append-only"):
            connection.exec_driver_sql(statement)
    guard = "the guard ledger_no_change of the table was removed or changed"
    for change, back in (
        ("ALTER TABLE ledger DISABLE TRIGGER ledger_no_change", "ALTER TABLE ledger ENABLE TRIGGER ledger_no_change"),
        ("ALTER TABLE ledger ENABLE REPLICA TRIGGER ledger_no_change", "ALTER TABLE ledger ENABLE TRIGGER ledger_no_change"),
        (BODY.format("RETURN NULL;"), BODY.format("RAISE EXCEPTION 'the ledger is append-only';")),
        (BODY.format("IF false THEN RAISE EXCEPTION 'the ledger is append-only'; END IF; RETURN NULL;"), ""),
        ("DROP TRIGGER ledger_no_change ON ledger; " + FEWER.format("BEFORE UPDATE", ""), ""),
        ("DROP TRIGGER ledger_no_change ON ledger; " + FEWER.format("BEFORE UPDATE OR DELETE OR TRUNCATE", "WHEN (false)"), ""),
        ("DROP TRIGGER ledger_no_change ON ledger; " + FEWER.format("AFTER UPDATE OR DELETE OR TRUNCATE", ""), ""),
    ):
        with engine.begin() as connection:
            connection.exec_driver_sql(change)
        assert Ledger(postgres).unguarded() == [guard], change
        if back:
            with engine.begin() as connection:
                connection.exec_driver_sql(back)
        else:
            Ledger(postgres).guard()
        assert Ledger(postgres).unguarded() == []
    with engine.begin() as connection:  # somebody with the rights to take the guard away
        connection.exec_driver_sql("DROP TRIGGER ledger_no_change ON ledger")
        connection.exec_driver_sql("UPDATE ledger SET reason = 'x' WHERE seq = 5")
    engine.dispose()
    problems = Ledger(postgres).verify()["problems"]
    assert (problems[0], len(problems)) == (guard, 2)
    assert problems[1].startswith("entry 5 was changed: its content (")


BODY = "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} END $$"
FEWER = "CREATE TRIGGER ledger_no_change {} ON ledger FOR EACH STATEMENT {} EXECUTE FUNCTION ledger_refuse()"
