"""Peak resident memory of a fresh process that learns a stream of long texts with the default recipe, experience by experience.

    python -m benchmarks.memory --learning --write      few and many rows per experience, each in its own process
    python -m benchmarks.footprint STREAM ROWS          one of them: prints one JSON object

ROWS: at most this many rows per experience; some are held out. Target: at most 1,500 MB, and flat in rows and experiences.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.common import finish, table
from benchmarks.lines import Clock
from benchmarks.streams import prepare
from components.environment import prepare_process
from components.settings import LearningSettings
from components.workspace import Workspace

STATUS, REFS = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def measure(stream: str, rows: int) -> dict[str, Any]:
    """{"peaks_mb": one per experience, "rows": training rows each, "longest": characters, "seconds", "steps"}."""
    clock, parent, peaks, trained, longest = Clock(), None, [], [], 0
    with tempfile.TemporaryDirectory() as root:
        home = Workspace(root)
        for experience in prepare(stream, home, rows=rows):
            texts = experience.table("train", ["text"])["text"].to_pylist()
            trained.append(len(texts))
            longest = max(longest, *map(len, texts))
            _begin()
            parent = home.checkpoint(clock.learn(experience, parent, LearningSettings(), seed=0, workspace=home))
            peaks.append(_peak())
            print(f"{experience.name}: {peaks[-1]:.0f} MB, {clock.seconds[-1]:.0f} s", file=sys.stderr, flush=True)
    seconds = {"seconds": sum(clock.seconds), "cpu_seconds": clock.cpu, "steps": clock.steps}
    return {"stream": stream, "rows": trained, "longest": longest, "peaks_mb": peaks, **seconds}


def _begin() -> None:
    """Forget the peak so far, where the system allows it; elsewhere peaks are those since the start of the process."""
    if REFS.exists():
        REFS.write_text("5")


def _peak() -> float:
    """MB since `_begin`."""
    if REFS.exists():
        return int(STATUS.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def compare(given: argparse.Namespace) -> dict[str, Any]:
    """Peak memory with each of `given.each` rows per experience, each in its own process."""
    runs = []
    for rows in given.each:
        command = [sys.executable, "-m", "benchmarks.footprint", given.stream, str(rows)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        runs.append(dict(json.loads(done.stdout.splitlines()[-1])))
    result = {"target_mb": 1500, "peak_mb": max(max(run["peaks_mb"]) for run in runs), "runs": runs}
    rows = [
        [f"{run['stream']}, {sum(run['rows'])} training rows of at most {run['longest']} characters", len(run["rows"]),
         f"{max(run['peaks_mb']):.0f}", " ".join(f"{peak:.0f}" for peak in run["peaks_mb"]), f"{run['cpu_seconds']:.0f}"]
        for run in runs
    ]  # fmt: skip
    header = ["stream", "experiences", "peak MB (target 1500)", "by experience", "CPU seconds"]
    return finish("memory-learning", result, table(header, rows), given)


if __name__ == "__main__":
    prepare_process()
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
