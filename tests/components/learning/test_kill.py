"""kill -9 at any step: learning goes on from the last snapshot and ends in the digest of an undisturbed run."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from components.contracts import Experience
from components.learning.learn import learn
from components.settings import LearningSettings
from components.workspace import Workspace

pytestmark = pytest.mark.end_to_end
CHILD = Path(__file__).parent / "kill_child.py"


def run_child(
    workspace: Workspace, settings: LearningSettings, experiences: list[Experience], kill_after: int | None, wait: float
) -> list[str]:
    """Output lines of the child; killed `wait` seconds after its n-th step line, if `kill_after` says so."""
    command = [sys.executable, str(CHILD), str(workspace.root), settings.model_dump_json(), *(e.digest for e in experiences)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        lines: list[str] = []
        for line in child.stdout:
            lines.append(line.strip())
            if kill_after is not None and len(lines) >= kill_after:
                time.sleep(wait)
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
        regularizers=[{"kind": "ewc", "samples": 8}],
        optimizer={"kind": "adamw", "rate": 0.01, "epochs": 3, "batch": 8},
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as in the child
    undisturbed: list[str] = []
    for experience in experiences:
        parent = workspace.checkpoint(undisturbed[-1]) if undisturbed else None
        undisturbed.append(learn(experience, parent, settings, seed=3, workspace=workspace).checkpoint)
    torch.set_num_threads(threads)
    disturbed = Workspace(tmp_path / "disturbed")
    disturbed.root.mkdir()
    disturbed.experiences.symlink_to(workspace.experiences)
    dice = random.Random(time.time_ns())
    plan = [(dice.randint(1, 8), dice.random() * 0.05) for _ in range(3)]
    for kill_after, wait in plan:
        run_child(disturbed, settings, experiences, kill_after, wait)
    last = run_child(disturbed, settings, experiences, None, 0)
    assert last[-1].split()[1:] == undisturbed, f"killed at {json.dumps(plan)}"
    assert len(last) < 2 * 12 + 1, "it went on from a snapshot, not from the start"
    assert not list(disturbed.scratch.rglob("*.safetensors"))
