"""Rounds: the engines one after another on one method and one seed, each in its own process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components import __version__
from components.contracts import Experience
from components.errors import PerdureError
from components.settings import LearningSettings
from components.storage import digest_json, read_json, write_json

#: engine -> its module; the first one writes the plan for the others
ENGINES = {"perdure": "ours", "loop": "loop", "avalanche": "avalanche_worker"}
ROOT = Path(__file__).resolve().parent.parent.parent
Round = dict[str, dict[str, Any]]


def interpreters(engines: Sequence[str]) -> dict[str, Path]:
    """The Python of each engine; creates Avalanche's environment if it is needed."""
    from benchmarks.engines.environment import avalanche_python

    asked = [engine for engine in ENGINES if engine == "perdure" or engine in engines]
    return {engine: avalanche_python() if engine == "avalanche" else Path(sys.executable) for engine in asked}


def one_round(method: str, settings: LearningSettings, experiences: Sequence[Experience], seed: int, pythons: Mapping[str, Path],
              work: Path, jobs: int) -> Round:  # fmt: skip
    """What each engine printed, or the result of an earlier identical run in `work`. `jobs`: rounds at once."""
    key = [method, settings.model_dump(mode="json"), [e.digest for e in experiences], seed, sorted(pythons), jobs, __version__]
    file = work / "rounds" / f"{digest_json(key)[:24]}.json"
    if not file.is_file():
        folder = work / "plans" / file.stem
        shutil.rmtree(folder, ignore_errors=True)
        write_job(folder, method, settings, experiences, seed)
        results = {engine: run_engine(engine, python, folder) for engine, python in pythons.items()}
        shutil.rmtree(folder)
        write_json(file, results)
    kept = read_json(file)
    return {engine: kept[engine] for engine in pythons}


def write_job(folder: Path, method: str, settings: LearningSettings, experiences: Sequence[Experience], seed: int) -> None:
    """Write job.json, the input of every engine."""
    folder.mkdir(parents=True)
    job = {
        "method": method, "settings": settings.model_dump(mode="json"), "seed": seed,
        "rank": settings.regime["rank"], "blocks": settings.regime.get("blocks", 0),
        "experiences": [str(e.path.resolve()) for e in experiences],
    }  # fmt: skip
    write_json(folder / "job.json", job)


def run_engine(engine: str, python: Path, folder: Path) -> dict[str, Any]:
    """Run one engine on a job."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [str(python), "-m", f"benchmarks.engines.{ENGINES[engine]}", str(folder)]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PerdureError(f"The engine {engine} failed on {folder}: {done.stderr[-3000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))
