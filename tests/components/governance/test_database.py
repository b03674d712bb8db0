"""How a ledger's database is opened: what guards it, what reading leaves behind, and copies that can only be read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from components.errors import UnavailableError, UsageError
from components.governance.database import GUARDS
from components.governance.entries import Entry
from components.governance.ledger import Ledger

Add = Callable[..., Entry]
FILE = "sqlite:///"


def change(url: str, *statements: str) -> None:
    """What somebody does who may write the file."""
    with closing(sqlite3.connect(url.removeprefix(FILE), isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.unit
@pytest.mark.parametrize("guard", GUARDS["sqlite"])
@pytest.mark.parametrize(
    "instead",
    ["", "CREATE TRIGGER {} BEFORE UPDATE ON ledger WHEN 0 BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"],
)
def test_a_guard_that_was_removed_or_changed_is_reported_and_put_back(
    ledger: Ledger, url: str, add: Add, guard: str, instead: str
) -> None:
    add(ledger)
    assert ledger.unguarded() == []
    change(url, f"DROP TRIGGER {guard}", *([instead.format(guard)] if instead else []))
    problem = f"the guard {guard} of the table was removed or changed"
    assert Ledger(url).unguarded() == [problem]
    report = ledger.verify()
    assert (report["valid"], report["problems"]) == (False, [problem])
    ledger.guard()
    assert ledger.verify()["valid"]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        change(url, "DELETE FROM ledger")


@pytest.mark.unit
def test_a_row_before_the_first_is_found(ledger: Ledger, url: str, add: Add) -> None:
    add(ledger)
    forged = "SELECT {}, time, actor, kind, subject, evidence, reason, 'k', previous, 'h' FROM ledger WHERE seq = 1"
    for seq in (0, -5):
        change(url, "DROP TRIGGER IF EXISTS ledger_at_end", "DROP TRIGGER IF EXISTS ledger_no_delete")
        change(url, f"INSERT INTO ledger {forged.format(seq)}")
        ledger.guard()
        assert f"entry {seq} was inserted before the first" in ledger.verify()["problems"]
        change(url, "DROP TRIGGER ledger_no_delete", f"DELETE FROM ledger WHERE seq = {seq}")
    ledger.guard()
    assert ledger.verify()["valid"]


@pytest.mark.unit
def test_an_empty_file_is_no_ledger_yet(tmp_path: Path, add: Add) -> None:
    (tmp_path / "ledger.db").touch()
    ledger = Ledger(f"{FILE}{tmp_path / 'ledger.db'}")
    assert ledger.verify()["entries"] == 0
    assert add(ledger).seq == 1


@pytest.mark.unit
@pytest.mark.parametrize("url", ["mysql://localhost/x", "mssql://localhost/x"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(UsageError, match=url.partition(":")[0]):
        Ledger(url)


@pytest.mark.unit
@pytest.mark.parametrize("closed", ["file", "folder"])
def test_what_cannot_be_written_is_read(ledger: Ledger, url: str, add: Add, monkeypatch: pytest.MonkeyPatch, closed: str) -> None:
    written = [add(ledger, minute=minute) for minute in range(3)]
    file = Path(url.removeprefix(FILE))
    before = sorted(file.parent.iterdir())
    real = os.access
    shut = file if closed == "file" else file.parent
    monkeypatch.setattr(os, "access", lambda path, mode: False if Path(path) == shut and mode == os.W_OK else real(path, mode))
    copy = Ledger(url)
    assert list(copy.entries()) == written
    assert copy.verify()["valid"]
    assert copy.unguarded() == []
    with pytest.raises(UnavailableError, match="can only be read here"):
        add(copy)
    with pytest.raises(UnavailableError, match="can only be read here"):
        copy.guard()
    assert sorted(file.parent.iterdir()) == before


READER = """
import os, sys
import sqlalchemy as sa
from components.governance.ledger import Ledger
with sa.create_engine("sqlite://").connect():  # everything is imported: nobody may not read this Python
    os.setgid(65534)
    os.setuid(65534)
ledger = Ledger(sys.argv[1])
print(ledger.verify()["entries"], [entry.subject for entry in ledger.entries()], ledger.name)
"""


@pytest.mark.end_to_end
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_auditor_reads_a_copy_that_is_not_theirs(ledger: Ledger, url: str, add: Add, tmp_path: Path) -> None:
    """Copied while it is in use: the newest entry may stand in the file beside it."""
    add(ledger, subject="1")
    with closing(sqlite3.connect(url.removeprefix(FILE))) as open_elsewhere:
        open_elsewhere.execute("PRAGMA wal_autocheckpoint = 0")
        open_elsewhere.execute("SELECT COUNT(*) FROM ledger").fetchone()
        add(ledger, subject="2")
        copy = Path("/tmp") / f"auditors-{os.getpid()}"
        try:
            shutil.copytree(Path(url.removeprefix(FILE)).parent, copy)
            assert (copy / "ledger.db-wal").stat().st_size > 0
            for path in (copy, *copy.iterdir()):
                path.chmod(0o555 if path.is_dir() else 0o444)
            before = sorted(copy.iterdir())
            told = subprocess.run(
                [sys.executable, "-c", READER, f"{FILE}{copy / 'ledger.db'}"], capture_output=True, text=True,
                cwd=Path(__file__).parents[3],
            )  # fmt: skip
            assert told.stdout == f"2 ['1', '2'] {FILE}{copy / 'ledger.db'}\n", told.stderr
            assert sorted(copy.iterdir()) == before
        finally:
            shutil.rmtree(copy, ignore_errors=True)
