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

from components.contracts import Clock
from components.errors import UnavailableError
from components.governance import database
from components.governance.database import TABLE
from components.governance.entries import CHAMPION_KINDS, GENESIS, Entry, after, from_row, seal, unchanged, utc, walk
from components.storage import touch

_POSTGRES_LOCK = sa.text("SELECT pg_advisory_xact_lock(7301841)")  # any number, the same for every writer of a database


class Ledger:
    """The chain at a database URL. Opening and reading it creates nothing: the first append does."""

    def __init__(self, url: str) -> None:
        address = sa.make_url(url)
        self.name = address.render_as_string(hide_password=True)
        self._engine, self._read_only = database.connect(address)
        self._is_there = False

    def append(
        self,
        kind: str,
        *,
        actor: str,
        subject: str,
        evidence: Mapping[str, Any],
        reason: str,
        now: Clock,
        key: str | None = None,
    ) -> Entry:
        """Append a decision to the chain. If `key` is already recorded, returns that entry unchanged.

        The clock is asked at the moment of writing, and never obeyed when it went back. Personal data in the reason give way to
        placeholders: nothing can be erased from a ledger.
        """
        from components.privacy.replace import redact

        with self._writing() as connection:
            if key is not None and (old := connection.execute(sa.select(TABLE).where(TABLE.c.key == key)).mappings().first()):
                return from_row(dict(old))
            last = connection.execute(sa.select(TABLE).order_by(TABLE.c.seq.desc()).limit(1)).first()
            time, clock = after(last.time if last else "", now())
            entry = seal(
                {
                    "seq": last.seq + 1 if last else 1,
                    "time": time,
                    "actor": _storable(actor),
                    "kind": kind,
                    "subject": subject,
                    "evidence": {**evidence, **clock},
                    "reason": redact(_storable(reason)),
                    "key": key,
                    "previous": last.hash if last else GENESIS,
                }
            )
            connection.execute(sa.insert(TABLE).values(entry.row()))
            return entry

    def rows(self, after: int = 0, until: int | None = None) -> Iterator[dict[str, Any]]:
        """The rows after entry `after` as they are in the database, not verified; up to and including entry `until`.

        From the start (after 0), rows that were inserted before the first entry are among them.
        """
        query = sa.select(TABLE).order_by(TABLE.c.seq)
        query = query.where(TABLE.c.seq > after) if after else query
        yield from self._stream(query if until is None else query.where(TABLE.c.seq <= until))

    def row(self, seq: int) -> dict[str, Any] | None:
        """One row, not verified."""
        return next(iter(self._stream(sa.select(TABLE).where(TABLE.c.seq == seq))), None)

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

    def holds(self, head: str) -> bool:
        """Whether an entry has this hash."""
        return head == GENESIS or any(True for _ in self._stream(sa.select(TABLE.c.seq).where(TABLE.c.hash == head)))

    def head(self) -> str:
        """Hash of the last entry: kept elsewhere, it makes a truncation visible."""
        rows = list(self._stream(sa.select(TABLE.c.hash).order_by(TABLE.c.seq.desc()).limit(1)))
        return str(rows[0]["hash"]) if rows else GENESIS

    def unguarded(self) -> list[str]:
        """A problem for each trigger that is missing or was changed."""
        with self._reaching():
            if not self._there():
                return []
            with self._engine.connect() as connection:
                return [f"the guard {name} of the table was removed or changed" for name in database.unguarded(connection)]

    def guard(self) -> None:
        """Put back missing guards."""
        with self._writing() as connection:
            database.guard(connection)

    def verify(self, expected_head: str | None = None) -> dict[str, Any]:
        """Walk the chain: {"entries", "valid", "head", "problems", "accepted"}; `expected_head` is a hash that must be in it.

        accepted: problems that an entry of kind `continued` names, which somebody appended knowing them.
        """
        count, head, problems, expected = 0, GENESIS, list[str](), expected_head in (None, GENESIS)
        continued: list[Mapping[str, Any]] = []
        for finding in walk(_noting(self.rows(), continued)):
            count, head = finding.count, finding.head
            expected = expected or head == expected_head
            if finding.problem:
                problems.append(finding.problem)
        if not expected:
            problems.append(cut_off(str(expected_head)))
        named = {problem for row in continued if unchanged(row) for problem in from_row(row).evidence["problems"]}
        open_ones = [*self.unguarded(), *(problem for problem in problems if problem not in named)]
        accepted = [problem for problem in problems if problem in named]
        return {"entries": count, "valid": not open_ones, "head": head, "problems": open_ones, "accepted": accepted}

    def _there(self) -> bool:
        self._is_there = self._is_there or database.there(self._engine)
        return self._is_there

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        if self._read_only:
            raise UnavailableError(
                f"The ledger {self.name} can only be read here", "Run the command where the workspace can be written."
            )
        file = self._engine.url.database if self._engine.dialect.name == "sqlite" else None
        if file and file != ":memory:":
            touch(Path(file))  # SQLite gives what it keeps beside a file the mode of that file
        with self._reaching(), self._engine.connect().execution_options(perdure_write=True) as connection, connection.begin():
            if self._engine.dialect.name == "postgresql":
                connection.execute(_POSTGRES_LOCK)
            if not sa.inspect(connection).has_table("ledger"):
                database.create(connection)
            yield connection

    def _stream(self, query: sa.Select[Any]) -> Iterator[dict[str, Any]]:
        with self._reaching():
            if not self._there():
                return
            with self._engine.connect() as connection:
                for row in connection.execution_options(yield_per=1000).execute(query).mappings():
                    yield dict(row)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DatabaseError as error:
            raise UnavailableError(
                f"The ledger at {self.name} cannot be used: {error.orig}",
                "Check that the database is up and writable and the disk has room, then run the command again; nothing was lost.",
            ) from error


def _noting(rows: Iterator[dict[str, Any]], continued: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows; those of kind `continued` are put into the list as well."""
    for row in rows:
        if row["kind"] == "continued":
            continued.append(row)
        yield row


def cut_off(head: str) -> str:
    """The problem that a noted head is not in the chain."""
    return (
        f"the entry with hash {head[:12]}, noted elsewhere as the head, is gone: entries were cut off, or the chain was rewritten"
    )


def _storable(text: str) -> str:
    """Without what a database or UTF-8 cannot hold: NUL characters and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
