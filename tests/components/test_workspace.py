"""The workspace and its lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.errors import BusyError, UsageError
from components.workspace import Workspace
from tests.killing import child

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
    with child(HOLD, workspace.root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=f"process {process.pid}"), workspace.lock():
            pass
    with workspace.lock():  # a kill leaves nothing locked
        pass


def test_missing_artefacts_are_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with pytest.raises(UsageError, match="abc"):
        workspace.checkpoint("abc")
    with pytest.raises(UsageError, match="abc"):
        workspace.experience("abc")
