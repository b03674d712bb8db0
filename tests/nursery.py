"""A process that has every library loaded and forks learners from itself (tests/killing.py starts it).

A job comes as one JSON line on stdin: workspace, settings, experiences (digests), finished (digests of the checkpoints that are
there), kill ([experience, step, seconds to wait] or null). A learner is forked and learns what is not finished; the kill is a
SIGKILL. Answer, one JSON line on stdout: finished, steps (the [experience, step] pairs that it reported), error.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import accelerate  # noqa: F401
import pandas  # noqa: F401  (pyarrow looks for it)
import peft  # noqa: F401
import pyarrow.parquet  # noqa: F401
import torch
import transformers
import transformers.models.bert.modeling_bert
import transformers.models.llama.modeling_llama

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


def live(job: dict[str, Any]) -> dict[str, Any]:
    """One learner from fork to death."""
    read, write = os.pipe()
    finished, steps, error = list(job["finished"]), [], ""
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
    try:
        with os.fdopen(read, encoding="utf-8") as lines:
            for line in lines:
                word, rest = line.rstrip("\n").split(" ", 1)
                if word == "step":
                    steps.append([int(part) for part in rest.split()])
                    if job["kill"] and steps[-1] == job["kill"][:2]:
                        time.sleep(job["kill"][2])
                        os.kill(pid, signal.SIGKILL)
                elif word == "checkpoint":
                    finished.append(rest)
                else:
                    error = json.loads(rest)
    finally:
        os.kill(pid, signal.SIGKILL)  # it waits to be reaped, so the number is still its own
        os.waitpid(pid, 0)
    return {"finished": finished, "steps": steps, "error": error}


def main() -> None:
    """Serve jobs until stdin closes."""
    for line in sys.stdin:
        print(json.dumps(live(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
