"""The registry's database: made whole, whatever happens on the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from components.registry.registry import Registry
from components.workspace import Workspace

pytestmark = pytest.mark.integration

DIES = """
import os, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from components.registry.client import connect
from components.workspace import Workspace

left = int(sys.argv[2])

@event.listens_for(Engine, "before_cursor_execute")
def count(*given):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), 9)

connect(Workspace(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("statements", [40, 250])
def test_killed_while_it_makes_its_tables_it_makes_them_again(
    statements: int, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    killed = subprocess.run([sys.executable, "-c", DIES, str(workspace.root), str(statements)], capture_output=True, text=True)
    assert killed.returncode == -9, f"ended by itself: {killed.stderr}"
    assert Registry(workspace).observe(()).champion is None
    assert (workspace.root / "mlflow.db").is_file()


def test_two_processes_make_one_database(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    command = [sys.executable, "-c", DIES, str(workspace.root), str(1_000_000)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate()[1][-500:] for process in both if process.wait()] == []
    assert Registry(workspace).aliases() == {}
    assert [path.name for path in Path(workspace.root).glob("*mlflow.db*")] == ["mlflow.db"]
