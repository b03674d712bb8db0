"""A ledger in a temporary SQLite file, and one in a PostgreSQL server of this test run's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from components.governance.entries import Entry
from components.governance.ledger import Ledger

START = datetime(2027, 5, 3, 14, 0, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'deep' / 'ledger.db'}"


@pytest.fixture
def ledger(url: str) -> Ledger:
    return Ledger(url)


@pytest.fixture
def add() -> Callable[..., Entry]:
    """add(ledger, kind, subject, minute, **evidence): an entry `minute` minutes after START."""

    def append(ledger: Ledger, kind: str = "note", subject: str = "1", minute: int = 0, **evidence: object) -> Entry:
        now = START + timedelta(minutes=minute)
        return ledger.append(kind, actor="ada", subject=subject, evidence=evidence, reason=f"reason {minute}", now=lambda: now)

    return append


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a fresh PostgreSQL database, on a socket in a temporary folder."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not binaries:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    user = "nobody" if os.geteuid() == 0 else None  # the server refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if user:
        shutil.chown(folder, user)
    data = folder / "data"

    def run(tool: str, *words: str) -> None:
        subprocess.run([binaries[-1].with_name(tool), *words], check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "-D", str(data), "-U", "ledger", "-A", "trust", "--no-sync", "-E", "UTF8")
        run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-w", "-o", f"-k {folder} -c listen_addresses=''", "start")
        try:
            yield f"postgresql://ledger@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
