"""Learn two experiences in a process of its own; the test kills it at random moments. Prints the digests at the end."""

import json
import sys
from pathlib import Path

import torch

from components.learning.learn import learn
from components.settings import LearningSettings
from components.workspace import Workspace

torch.set_num_threads(1)
workspace = Workspace(Path(sys.argv[1]))
settings = LearningSettings.model_validate(json.loads(sys.argv[2]))
digests: list[str] = []


def tell(done: int, total: int, text: str) -> None:
    """One line a step, so that the test knows where the process is."""
    print(f"step {len(digests)}.{done}", flush=True)


for digest in sys.argv[3:]:
    parent = workspace.checkpoint(digests[-1]) if digests else None
    learned = learn(
        workspace.experience(digest), parent, settings, seed=3, workspace=workspace, progress=tell, snapshot_seconds=0.0
    )
    digests.append(learned.checkpoint)
print("digests", *digests, flush=True)
