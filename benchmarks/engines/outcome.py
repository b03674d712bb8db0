"""What every engine reads and prints: its job, the times of its steps, and one JSON object. No torch, nothing of this project."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any


class Steps:
    """When the steps of each experience ended, in wall time and in CPU time (all threads together)."""

    def __init__(self) -> None:
        self.ends: list[list[tuple[float, float]]] = []
        self.ready: list[float] = []  # wall time of the preparation before the first step of each experience
        self.ready_cpu: list[float] = []
        self._began = (0.0, 0.0)

    def begin(self) -> None:
        """An experience begins: the work from here to `first` is counted with its steps."""
        self.ends.append([])
        self._began = (time.perf_counter(), time.process_time())

    def first(self) -> None:
        """The first step begins."""
        self.ready.append(time.perf_counter() - self._began[0])
        self.ready_cpu.append(time.process_time() - self._began[1])

    def end(self) -> None:
        """A step ended."""
        self.ends[-1].append((time.perf_counter(), time.process_time()))

    def speeds(self) -> dict[str, float | None]:
        """Steps per second, without the first step of each experience (a warm-up), but with the preparation before it."""
        counted = [i for i, own in enumerate(self.ends) if len(own) > 1]
        steps = sum(len(self.ends[i]) - 1 for i in counted)
        spent, used, alone = 0.0, 0.0, 0.0
        for i in counted:
            own = self.ends[i]
            alone += own[-1][0] - own[0][0]
            spent += own[-1][0] - own[0][0] + self.ready[i]
            used += own[-1][1] - own[0][1] + self.ready_cpu[i]
        values = {"steps_per_second": spent, "steps_per_cpu_second": used, "steps_per_second_once_ready": alone}
        return {name: steps / value if value else None for name, value in values.items()}


def started() -> float:
    """Seconds since this process began: what its imports took, until now. 0 where the system does not tell (no Linux)."""
    stat = Path("/proc/self/stat")
    if not stat.is_file():
        return 0.0
    ticks = int(stat.read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def result(
    engine: str, matrix: list[list[float | None]], steps: Steps, seconds: float, begun: float, **more: Any
) -> dict[str, Any]:
    """What an engine prints. seconds: everything except scoring and what was imported before; begun: `started` at that time.

    An engine may import its libraries before the clock starts or while it runs, so only their sum compares engines.
    """
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    fields = {"engine": engine, "matrix": matrix, "steps": sum(map(len, steps.ends)), "seconds": seconds, "peak_mb": peak}
    fields["whole_seconds"] = begun + seconds
    return {**fields, "stored_bytes": None, **steps.speeds(), **more}


def read_job(folder: str) -> tuple[Path, dict[str, Any]]:
    """The folder of a job and what is in its job.json."""
    path = Path(folder)
    return path, json.loads((path / "job.json").read_text(encoding="utf-8"))
