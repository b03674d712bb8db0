"""Fixtures for all tiers: quiet processes, and an empty workspace.

Tests run in any number of workers (pytest -n 2). A worker uses one thread, and so do the processes that it starts: two workers
with two threads each take turns on two cores. What an answer must not depend on sets its number of threads itself.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from components.environment import prepare_process
from components.workspace import Workspace

prepare_process()
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # before torch and numpy read it
# hundreds of processes would each compile the project anew
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def write_events(tmp_path: Path) -> Callable[..., Path]:
    """write_events(name, [(text, label), …]) -> a JSONL file."""

    def write(name: str, rows: list[tuple[str, str | None]]) -> Path:
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows), encoding="utf-8")
        return path

    return write
