"""kill -9 with many regularizers at once: learning goes on and ends in the digest of an undisturbed run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from components.contracts import Experience
from components.settings import LearningSettings
from components.workspace import Workspace

pytestmark = pytest.mark.end_to_end
CHILD = Path(__file__).parents[1] / "kill_child.py"
KINDS = ["lamaml", "si", "mas", "lwf", "gem", "agem", "l2sp", "online_ewc", "reptile"]


def run_child(where: Workspace, settings: LearningSettings, experiences: list[Experience], kill_after: int | None) -> list[str]:
    """Output lines of the child; killed after its n-th step line."""
    command = [sys.executable, str(CHILD), str(where.root), settings.model_dump_json(), *(e.digest for e in experiences)]
    lines: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for text in child.stdout:
            lines.append(text.strip())
            if len(lines) == kill_after:
                child.kill()  # SIGKILL
                break
    return lines


def test_killed_processes_end_in_the_same_digest(
    experiences: list[Experience],
    workspace: Workspace,
    tmp_path: Path,
    tiny_encoder: Path,
    settings_for: Callable[..., LearningSettings],
) -> None:
    settings = settings_for(
        tiny_encoder,
        regime={"kind": "lora", "rank": 2, "dropout": 0.2},
        head={"kind": "linear"},
        regularizers=[{"kind": kind} for kind in KINDS],
        optimizer={"kind": "sgd", "rate": 0.01, "epochs": 2, "batch": 8},
    )
    undisturbed = run_child(workspace, settings, experiences, None)[-1]
    disturbed = Workspace(tmp_path / "disturbed")
    disturbed.root.mkdir()
    disturbed.experiences.symlink_to(workspace.experiences)
    for kill_after in (3, 8):
        run_child(disturbed, settings, experiences, kill_after)
    last = run_child(disturbed, settings, experiences, None)
    assert undisturbed.startswith("digests")
    assert last[-1] == undisturbed
    assert len(last) < 17, "it went on from a snapshot, not from the start"
