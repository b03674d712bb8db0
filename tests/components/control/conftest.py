"""The registry of the registry's own tests: what happens to versions is done on real MLflow. And a ledger without MLflow."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from components.contracts import GateStatus, Outcome
from components.control.actions import conclude
from components.governance.entries import GENESIS, Entry, from_row, seal
from components.governance.ledger import Ledger
from components.governance.wishes import Observed
from components.registry.registry import Registry
from components.workspace import Workspace
from tests.components.registry.conftest import add_version, registry
from tests.components.registry.making import AddVersion, minute

__all__ = ["add_version", "memory_folder", "registry"]

Tell = Callable[..., Entry]


@pytest.fixture(scope="module")
def memory_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder where syncing costs nothing, if the machine has one."""
    shared = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=shared)) if shared.is_dir() else tmp_path_factory.mktemp("memory")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def tell(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """tell(kind, subject, evidence): an entry of the workspace's ledger, one minute after the last."""
    for name in ("MLFLOW_TRACKING_URI", "PERDURE_LEDGER_URL", "PERDURE_MODEL"):
        monkeypatch.delenv(name, raising=False)
    workspace.root.mkdir(parents=True, exist_ok=True)
    told = 0

    def append(kind: str = "note", subject: str = "1", evidence: dict[str, Any] | None = None) -> Entry:
        nonlocal told
        told += 1
        ledger = Ledger(workspace.ledger_url)
        return ledger.append(kind, actor="perdure", subject=subject, evidence=evidence or {}, reason="told", now=minute(told))

    return append


@pytest.fixture
def champions(tell: Tell) -> list[Entry]:
    """Versions 1 and 2 were registered and promoted, without MLflow: version N holds the checkpoint N * 64."""
    made = []
    for version, against in (("1", None), ("2", "1" * 64)):
        evidence = {"checkpoint": version * 64, "gate": "pass", "parent": against, "judged_against": against}
        made.append(tell("registered", version, evidence))
        made.append(tell("promoted", version, {"checkpoint": version * 64}))
    return made


class Intruder:
    """Somebody who may write the ledger's file, takes its guards away and puts them back when told to."""

    def __init__(self, workspace: Workspace) -> None:
        self.url = workspace.ledger_url

    def run(self, *statements: str, guards: bool = False) -> None:
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
        if guards:
            Ledger(self.url).guard()

    def rewrite(self, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
        """Every entry anew from the first, with hashes that fit; `change` gives the fields of each (None: left out)."""
        entries, head = list(Ledger(self.url).entries()), GENESIS
        self.run("DELETE FROM ledger")
        with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            seq = 0
            for entry in entries:
                fields = from_row(entry.row()).__dict__
                changed = change({name: value for name, value in fields.items() if name != "hash"})
                if changed is None:
                    continue
                seq += 1
                sealed = seal({**changed, "seq": seq, "previous": head})
                head = sealed.hash
                row = sealed.row()
                connection.execute(
                    f"INSERT INTO ledger ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())
                )
        Ledger(self.url).guard()


@pytest.fixture
def intruder(workspace: Workspace) -> Intruder:
    return Intruder(workspace)


@pytest.fixture
def champion(registry: Registry, add_version: AddVersion) -> Callable[..., tuple[str, str]]:
    """champion(name) -> (version, checkpoint): one more version, judged against what serves, is promoted."""

    def promoted(name: str, **changes: Any) -> tuple[str, str]:
        version, checkpoint = add_version(name, against=serves(registry)[1], **changes)
        conclude(registry, version, "promoted", actor="perdure", reason="passed", now=minute(1), page=page)
        return version, checkpoint

    return promoted


@pytest.fixture
def hold(registry: Registry, add_version: AddVersion) -> Callable[..., tuple[str, str]]:
    """hold(name, gate=..., against=...) -> (version, checkpoint): a held version, judged against what serves."""

    def held(name: str, gate: GateStatus = "inconclusive", against: str | None = "", **changes: Any) -> tuple[str, str]:
        version, checkpoint = add_version(name, gate, serves(registry)[1] if against == "" else against, **changes)
        conclude(registry, version, "held", actor="perdure", reason="uncertain", now=minute(1), page=page)
        return version, checkpoint

    return held


def page(outcome: Outcome, reason: str) -> str:
    """Stands for the evidence page of a decision."""
    return f"{outcome}: {reason}. The gates were inconclusive."


def serves(registry: Registry) -> tuple[str | None, str | None]:
    """Version and checkpoint that serve, by the ledger."""
    from components.control.authority import serving

    statement = serving(registry.workspace)
    return (statement.version, statement.checkpoint) if statement else (None, None)


def ledger_of(registry: Registry) -> Ledger:
    return Ledger(registry.workspace.ledger_url)


def kinds(registry: Registry) -> list[str]:
    """The kinds of all entries."""
    return [entry.kind for entry in ledger_of(registry).entries()]


def everything(registry: Registry) -> Observed:
    """All that MLflow shows."""
    return registry.observe((), whole=True)
