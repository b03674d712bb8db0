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
from typing import Any

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
    "flows", "components/learning/test_kill_every_method.py", "infra/test_stack.py", "fuzz", "components/cycle/test_line.py",
    "components/cycle/test_line_auto.py", "components/learning/heads/test_heads_line.py", "benchmarks",
    "components/control", "components/learning/regimes", "components/gateway/test_real.py", "components/catalog/test_models.py",
    "components/learning/test_kill.py", "components/registry", "components/learning/networks",
    "components/learning/test_learn.py", "test_readme.py", "components/ingestion",
)  # fmt: skip
HERE = Path(__file__).parent
#: Folders whose files share what is expensive: one worker has them all
TOGETHER = ("tests/flows",)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a worker the longest files come first."""
    if hasattr(config, "workerinput"):
        names = {item.path: item.path.relative_to(HERE).as_posix() for item in items}
        first = {path: [n for n, longest in enumerate(LONGEST) if name.startswith(longest)] for path, name in names.items()}
        items.sort(key=lambda item: first[item.path] or [len(LONGEST)])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many inputs the fuzzers tried: each test says it with `record_property("inputs", number)`."""
    passed = terminalreporter.stats.get("passed", [])
    tried = {report.nodeid: number for report in passed for name, number in report.user_properties if name == "inputs"}
    if tried:
        terminalreporter.section(f"fuzzed: {sum(tried.values()):,} inputs")
        for test, number in sorted(tried.items()):
            terminalreporter.write_line(f"{number:>7,}  {test}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand whole files to the workers, in the order above: a file's tests share fixtures, and some build on each other."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            name = nodeid.split("::", 1)[0]
            return next((folder for folder in TOGETHER if name.startswith(folder)), name)

    config.option.loadscopereorder = False
    return ByFile(config, log)


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
