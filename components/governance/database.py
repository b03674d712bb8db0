"""The database of a ledger: its table, the triggers that keep it append-only, and how SQLite and PostgreSQL are opened.

A SQLite file that cannot be written, such as an auditor's copy, is read from a temporary copy: it needs no files beside it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from components.errors import UsageError
from components.extras import needs

TABLE = sa.Table(
    "ledger",
    sa.MetaData(),
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("time", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False, index=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("key", sa.Text, unique=True),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
)
#: Trigger -> the statement that makes it
GUARDS = {
    "sqlite": {
        "ledger_no_update": """CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
           BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
        "ledger_no_delete": """CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
           BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
        # INSERT OR REPLACE deletes without asking the trigger above: only a new entry at the end is let in
        "ledger_at_end": """CREATE TRIGGER ledger_at_end BEFORE INSERT ON ledger
           WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM ledger)
             OR EXISTS (SELECT 1 FROM ledger WHERE hash = NEW.hash OR (NEW.key IS NOT NULL AND key = NEW.key))
           BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    },
    "postgresql": {
        "ledger_no_change": """CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
           FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()""",
    },
}
_BEFORE = {
    "sqlite": (),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$""",
    ),
}
_FOUND = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger'",
    # 58: before each statement that updates, deletes or truncates
    "postgresql": """SELECT t.tgname, CASE WHEN t.tgenabled IN ('O', 'A') AND t.tgtype = 58 AND t.tgqual IS NULL
             AND t.tgattr::text = '' AND btrim(p.prosrc) = $$BEGIN RAISE EXCEPTION 'the ledger is append-only'; END$$ THEN 1 END
        FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgrelid = to_regclass('ledger') AND NOT t.tgisinternal""",
}


def connect(url: sa.URL) -> tuple[sa.Engine, bool]:
    """An engine for a ledger's database, and whether it can only be read. Creates nothing. Raises UsageError."""
    backend = url.get_backend_name()
    if backend not in GUARDS:
        raise UsageError(
            f"The ledger cannot be kept in {backend}", "Give a sqlite:/// or postgresql:// URL in PERDURE_LEDGER_URL."
        )
    if backend == "postgresql":
        needs(url.get_driver_name(), "postgres", f"The ledger {url.render_as_string(hide_password=True)}")
        return sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": 10}), False
    read_only = bool(url.database) and not _writable(Path(str(url.database)))
    if read_only:
        url = url.set(database=str(_copied(Path(str(url.database)))))
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"timeout": 60})
    sa.event.listen(engine, "connect", _connected)
    sa.event.listen(engine, "begin", _begun)
    return engine, read_only


def there(engine: sa.Engine) -> bool:
    """Whether the database has a ledger. Makes no file."""
    database = engine.url.database
    if engine.dialect.name == "sqlite" and database and not Path(database).exists():
        return False
    return sa.inspect(engine).has_table("ledger")


def create(connection: sa.Connection) -> None:
    """Make the table and its guards, in the transaction of a connection."""
    TABLE.metadata.create_all(connection)
    guard(connection)


def guard(connection: sa.Connection) -> None:
    """Put back the guards that are missing or were changed."""
    dialect = connection.dialect.name
    for statement in _BEFORE[dialect]:
        connection.exec_driver_sql(statement)
    for name in unguarded(connection):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}" + (" ON ledger" if dialect == "postgresql" else ""))
        connection.exec_driver_sql(GUARDS[dialect][name])


def unguarded(connection: sa.Connection) -> list[str]:
    """Guards that are missing or were changed."""
    dialect = connection.dialect.name
    found = {str(name): sql for name, sql in connection.exec_driver_sql(_FOUND[dialect])}
    if dialect == "postgresql":
        return [name for name in GUARDS[dialect] if not found.get(name)]
    return [name for name, sql in GUARDS[dialect].items() if _flat(found.get(name) or "") != _flat(sql)]


def _flat(sql: str) -> str:
    return " ".join(sql.split())


def _writable(file: Path) -> bool:
    """Whether SQLite can write a file and what it keeps beside it; true for a file that can be made."""
    if file.exists():
        return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)
    nearest = next(folder for folder in file.absolute().parents if folder.exists())
    return os.access(nearest, os.W_OK)


def _copied(file: Path) -> Path:
    """A copy of a database with what has not been written back to it yet. It is removed when the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="perdure-ledger-")
    _copies.append(folder)
    for suffix in ("", "-wal"):
        source = file.with_name(file.name + suffix)
        if source.exists():
            shutil.copyfile(source, Path(folder.name) / source.name)
    return Path(folder.name) / file.name


_copies: list[tempfile.TemporaryDirectory[str]] = []  # until the process ends


def _connected(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself: _begun says how
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")  # an entry once returned survives a power cut


def _begun(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("perdure_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
