"""The append-only ledger in a database: SQLite (WAL) by default, PostgreSQL by URL.

Triggers refuse UPDATE, DELETE and anything but an append at the end. If somebody removes the triggers first, `verify` detects it.
Appending is serialised in the database (BEGIN IMMEDIATE, an advisory lock), so any number of processes may append.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from components.errors import UnavailableError, UsageError
from components.extras import needs
from components.governance.entries import CHAMPION_KINDS, GENESIS, Entry, from_row, seal, utc, walk

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
_GUARDS = {
    "sqlite": (
        "CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
        "CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
        # INSERT OR REPLACE deletes without asking the trigger above: only a new entry at the end is let in
        """CREATE TRIGGER ledger_at_end BEFORE INSERT ON ledger
           WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM ledger)
             OR EXISTS (SELECT 1 FROM ledger WHERE hash = NEW.hash OR (NEW.key IS NOT NULL AND key = NEW.key))
           BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$""",
        """CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
           FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()""",
    ),
}
_POSTGRES_LOCK = sa.text("SELECT pg_advisory_xact_lock(7301841)")  # any number, the same for every writer of a database


class Ledger:
    """The chain at a database URL. Opening it creates the table if there is none."""

    def __init__(self, url: str) -> None:
        address = sa.make_url(url)
        backend = address.get_backend_name()
        if backend not in _GUARDS:
            raise UsageError(
                f"The ledger cannot be kept in {backend}", "Give a sqlite:/// or postgresql:// URL in PERDURE_LEDGER_URL."
            )
        self._name = address.render_as_string(hide_password=True)
        if backend == "sqlite":
            if address.database:
                Path(address.database).parent.mkdir(parents=True, exist_ok=True)
            self._engine = sa.create_engine(address, poolclass=sa.NullPool, connect_args={"timeout": 60})
            sa.event.listen(self._engine, "connect", _connected)
            sa.event.listen(self._engine, "begin", _begun)
        else:
            needs(address.get_driver_name(), "postgres", f"The ledger {self._name}")
            self._engine = sa.create_engine(address, poolclass=sa.NullPool, connect_args={"connect_timeout": 10})
        with self._reaching():
            if not sa.inspect(self._engine).has_table("ledger"):
                self._create()

    def append(
        self,
        kind: str,
        *,
        actor: str,
        subject: str,
        evidence: Mapping[str, Any],
        reason: str,
        now: datetime,
        key: str | None = None,
    ) -> Entry:
        """Append a decision to the chain. If `key` is already recorded, returns that entry unchanged."""
        with self._writing() as connection:
            if key is not None and (old := connection.execute(sa.select(TABLE).where(TABLE.c.key == key)).mappings().first()):
                return from_row(dict(old))
            last = connection.execute(sa.select(TABLE.c.seq, TABLE.c.hash).order_by(TABLE.c.seq.desc()).limit(1)).first()
            entry = seal(
                {
                    "seq": last.seq + 1 if last else 1,
                    "time": utc(now),
                    "actor": _storable(actor),
                    "kind": kind,
                    "subject": subject,
                    "evidence": dict(evidence),
                    "reason": _storable(reason),
                    "key": key,
                    "previous": last.hash if last else GENESIS,
                }
            )
            connection.execute(sa.insert(TABLE).values(entry.row()))
            return entry

    def entries(self, *, kinds: Sequence[str] = (), newest_first: bool = False) -> Iterator[Entry]:
        """Entries in order, streamed; only those of `kinds`, if given."""
        query = sa.select(TABLE).order_by(TABLE.c.seq.desc() if newest_first else TABLE.c.seq)
        if kinds:
            query = query.where(TABLE.c.kind.in_(kinds))
        for row in self._stream(query):
            yield from_row(row)

    def log(self, limit: int = 50, kind: str | None = None, since: datetime | None = None) -> list[Entry]:
        """The newest entries, newest first; of one kind and not older than `since` when given."""
        query = sa.select(TABLE).order_by(TABLE.c.seq.desc()).limit(limit)
        if kind is not None:
            query = query.where(TABLE.c.kind == kind)
        if since is not None:
            query = query.where(TABLE.c.time >= utc(since))
        return [from_row(row) for row in self._stream(query)]

    def at(self, time: datetime) -> Entry | None:
        """The entry that made the champion of that moment (its subject: the version); None before the first."""
        query = sa.select(TABLE).where(TABLE.c.kind.in_(CHAMPION_KINDS), TABLE.c.time <= utc(time))
        rows = list(self._stream(query.order_by(TABLE.c.seq.desc()).limit(1)))
        return from_row(rows[0]) if rows else None

    def find(self, key: str) -> Entry | None:
        """The entry recorded under a key."""
        rows = list(self._stream(sa.select(TABLE).where(TABLE.c.key == key)))
        return from_row(rows[0]) if rows else None

    def head(self) -> str:
        """Hash of the last entry: kept elsewhere, it makes a truncation visible."""
        rows = list(self._stream(sa.select(TABLE.c.hash).order_by(TABLE.c.seq.desc()).limit(1)))
        return str(rows[0]["hash"]) if rows else GENESIS

    def verify(self, expected_head: str | None = None) -> dict[str, Any]:
        """Walk the chain: {"entries", "valid", "head", "problems"}; `expected_head` is a hash that must be in it."""
        count, head, problems, expected = 0, GENESIS, list[str](), expected_head in (None, GENESIS)
        for finding in walk(self._stream(sa.select(TABLE).order_by(TABLE.c.seq))):
            count, head = finding.count, finding.head
            expected = expected or head == expected_head
            if finding.problem:
                problems.append(finding.problem)
        if not expected:
            gone = f"the entry with hash {str(expected_head)[:12]}, noted elsewhere as the head, is gone"
            problems.append(f"{gone}: entries after {count} were cut off, or the chain was rewritten")
        return {"entries": count, "valid": not problems, "head": head, "problems": problems}

    def _create(self) -> None:
        with self._writing() as connection:
            if not sa.inspect(connection).has_table("ledger"):  # another process may have been first
                TABLE.metadata.create_all(connection)
                for statement in _GUARDS[self._engine.dialect.name]:
                    connection.exec_driver_sql(statement)

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._reaching(), self._engine.connect().execution_options(perdure_write=True) as connection, connection.begin():
            if self._engine.dialect.name == "postgresql":
                connection.execute(_POSTGRES_LOCK)
            yield connection

    def _stream(self, query: sa.Select[Any]) -> Iterator[dict[str, Any]]:
        with self._reaching(), self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=1000).execute(query).mappings():
                yield dict(row)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DatabaseError as error:
            raise UnavailableError(
                f"The ledger at {self._name} cannot be used: {error.orig}",
                "Check that the database is up and writable and the disk has room, then run the command again; nothing was lost.",
            ) from error


def _connected(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself: _begun says how
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")  # an entry once returned survives a power cut


def _begun(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("perdure_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _storable(text: str) -> str:
    """Without what a database or UTF-8 cannot hold: NUL characters and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
