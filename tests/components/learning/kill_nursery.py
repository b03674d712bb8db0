"""A process that has every library loaded and forks learners from itself, so that a kill costs no new start of Python.

A job comes as one JSON line on stdin: workspace, settings, experiences (digests), kills ([experience, step], ...). For each
kill a learner is forked and gets SIGKILL when it says that it has done that step; then one more is forked, which goes on to
the end. Answer, one JSON line on stdout: digests (of the checkpoints), lives (per learner, the [experience, step] pairs that it
did), error.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import accelerate  # noqa: F401
import peft  # noqa: F401
import pyarrow.parquet  # noqa: F401
import torch
import transformers

from components.learning import learn as learning
from components.learning.method import discover
from components.settings import LearningSettings
from components.workspace import Workspace

torch.set_num_threads(1)
transformers.utils.logging.set_verbosity_error()
discover()


def learner(job: dict[str, Any], finished: list[str], out: int) -> None:
    """Learn what is not finished yet; tells every step and every checkpoint."""
    workspace, settings = Workspace(Path(job["workspace"])), LearningSettings.model_validate(job["settings"])
    for number in range(len(finished), len(job["experiences"])):

        def tell(done: int, total: int, text: str, number: int = number) -> None:
            os.write(out, f"step {number} {done}\n".encode())

        experience = workspace.experience(job["experiences"][number])
        parent = workspace.checkpoint(finished[-1]) if finished else None
        learned = learning.learn(experience, parent, settings, seed=3, workspace=workspace, progress=tell, snapshot_seconds=0.0)
        finished.append(learned.checkpoint)
        os.write(out, f"checkpoint {learned.checkpoint}\n".encode())


def live(job: dict[str, Any], finished: list[str], kill: tuple[int, int] | None) -> tuple[list[list[int]], str]:
    """One learner from fork to death: the steps it did, and its error."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read)
            learner(job, list(finished), write)
            os._exit(0)
        except BaseException:  # noqa: BLE001  (a fork: it must end here, whatever happens)
            os.write(write, f"error {json.dumps(traceback.format_exc())}\n".encode())
            os._exit(1)
    os.close(write)
    steps: list[list[int]] = []
    error = ""
    with os.fdopen(read, encoding="utf-8") as lines:
        for line in lines:
            word, rest = line.rstrip("\n").split(" ", 1)
            if word == "step":
                steps.append([int(part) for part in rest.split()])
                if kill is not None and tuple(steps[-1]) == kill:
                    os.kill(pid, signal.SIGKILL)
            elif word == "checkpoint":
                finished.append(rest)
            else:
                error = json.loads(rest)
    os.waitpid(pid, 0)
    return steps, error


def main() -> None:
    """Serve jobs until stdin closes."""
    for line in sys.stdin:
        job = json.loads(line)
        digests: list[str] = []
        lives = []
        for kill in [*job["kills"], None]:
            steps, error = live(job, digests, tuple(kill) if kill else None)
            lives.append(steps)
            if error:
                break
        print(json.dumps({"digests": digests, "lives": lives, "error": error}), flush=True)


if __name__ == "__main__":
    main()
