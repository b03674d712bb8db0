"""Fixtures for all tiers: quiet processes, and an empty workspace.

Tests run in any number of workers (pytest -n 2). A worker uses one thread, and so do the processes that it starts: two workers
with two threads each take turns on two cores. What an answer must not depend on sets its number of threads itself.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
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


#: Files whose tests take longest: they begin first, so that no worker is left with one at the end
LONGEST = (
    "flows", "components/learning/test_kill_every_method.py", "infra/test_stack.py", "components/cycle/test_line.py",
    "components/cycle/test_line_auto.py", "components/learning/heads/test_heads_line.py", "benchmarks",
    "components/control", "components/learning/regimes", "components/gateway/test_real.py", "components/catalog/test_models.py",
    "components/learning/test_kill.py", "components/registry", "components/learning/networks",
    "components/learning/test_learn.py", "test_readme.py", "components/ingestion",
)  # fmt: skip
HERE = Path(__file__).parent
#: Folders whose files share what is expensive: one worker has them all
TOGETHER = ("flows",)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among workers (pytest -n 2 --dist loadgroup) a file stays whole, and the longest come first."""
    if not hasattr(config, "workerinput"):
        return

    def place(item: pytest.Item) -> int:
        name = item.path.relative_to(HERE).as_posix()
        return next((n for n, longest in enumerate(LONGEST) if name.startswith(longest)), len(LONGEST))

    items.sort(key=place)
    for item in items:
        name = item.path.relative_to(HERE)
        item.add_marker(pytest.mark.xdist_group(name.parts[0] if name.parts[0] in TOGETHER else name.as_posix()))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """shared(name, make) -> a folder that one worker makes and all of them read."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def folder(name: str, make: Callable[[Path], object]) -> Path:
        made, begun = root / name, root / f"{name}.begun"
        with open(root / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.is_dir():
                shutil.rmtree(begun, ignore_errors=True)
                begun.mkdir()
                make(begun)
                begun.rename(made)
        return made

    return folder


@pytest.fixture(scope="session")
def migrated(shared: Callable[..., Path]) -> Path:
    """An empty MLflow database: making one takes seconds, so it is made once and copied."""

    def make(folder: Path) -> None:
        from components.registry.registry import Registry

        Registry(Workspace(folder))

    return shared("empty-registry", make) / "mlflow.db"


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
