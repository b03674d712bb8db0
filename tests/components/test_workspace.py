"""The workspace and its lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from components.errors import BusyError, UsageError
from components.workspace import Workspace

pytestmark = pytest.mark.unit

HOLD = """
import sys, time
from pathlib import Path
from components.workspace import Workspace
with Workspace(Path(sys.argv[1])).lock():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_refused_until_the_first_is_gone(workspace: Workspace) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(workspace.root)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(BusyError, match=f"process {process.pid}"), workspace.lock():
            pass
    finally:
        process.kill()
        process.wait()
    with workspace.lock():  # a kill leaves nothing locked
        pass


def test_missing_artefacts_are_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with pytest.raises(UsageError, match="abc"):
        workspace.checkpoint("abc")
    with pytest.raises(UsageError, match="abc"):
        workspace.experience("abc")
