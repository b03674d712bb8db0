"""kill -9 at any moment: learning goes on from the last snapshot and ends in the digest of an undisturbed run.

Here every life is a new interpreter, and the kill comes whenever it comes; test_kill_every_method.py is about the methods.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from components.contracts import Experience
from components.learning.learn import learn
from components.settings import LearningSettings
from components.workspace import Workspace
from tests.killing import beside, lines_of

pytestmark = pytest.mark.end_to_end

LEARN = """
import json, sys
from pathlib import Path
import torch
from components.learning.learn import learn
from components.settings import LearningSettings
from components.workspace import Workspace

torch.set_num_threads(1)
workspace = Workspace(Path(sys.argv[1]))
settings = LearningSettings.model_validate(json.loads(sys.argv[2]))
digests = []
for digest in sys.argv[3:]:
    parent = workspace.checkpoint(digests[-1]) if digests else None
    tell = lambda done, total, text: print(f"step {len(digests)}.{done}", flush=True)
    digests.append(learn(workspace.experience(digest), parent, settings, seed=3, workspace=workspace, progress=tell,
                         snapshot_seconds=0.0).checkpoint)
print("digests", *digests, flush=True)
"""


def test_killed_processes_end_in_the_same_digest(
    experiences: list[Experience],
    workspace: Workspace,
    tmp_path: Path,
    tiny_encoder: Path,
    settings_for: Callable[..., LearningSettings],
    one_thread: None,
) -> None:
    settings = settings_for(
        tiny_encoder,
        regime={"kind": "lora", "rank": 2, "dropout": 0.2},
        head={"kind": "linear"},
        regularizers=[{"kind": "ewc", "samples": 8}],
        optimizer={"kind": "adamw", "rate": 0.01, "epochs": 3, "batch": 8},
    )
    undisturbed: list[str] = []
    for experience in experiences:
        parent = workspace.checkpoint(undisturbed[-1]) if undisturbed else None
        undisturbed.append(learn(experience, parent, settings, seed=3, workspace=workspace).checkpoint)
    disturbed = beside(workspace, tmp_path / "disturbed")
    arguments = [disturbed.root, settings.model_dump_json(), *(e.digest for e in experiences)]
    dice = random.Random(time.time_ns())
    plan = [(dice.randint(1, 8), dice.random() * 0.05) for _ in range(3)]
    for kill_after, wait in plan:
        lines_of(LEARN, *arguments, kill_after=kill_after, wait=wait)
    last = lines_of(LEARN, *arguments)
    assert last[-1].split()[1:] == undisturbed, f"killed at {plan}"
    assert len(last) < 2 * 12 + 1, "it went on from a snapshot, not from the start"
    assert not list(disturbed.scratch.rglob("*.safetensors"))
