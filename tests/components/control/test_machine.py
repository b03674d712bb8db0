"""10,000 random steps: what serves is always what the ledger says, and always something that may serve."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from components.registry.client import connect
from components.workspace import Workspace
from tests.components.control.machine import Machine, Step, shortest, walk
from tests.components.control.world import Stores, World, quickly
from tests.components.registry.memory import MemoryClient

pytestmark = pytest.mark.integration
WALKS, LENGTH, PARTS = 252, 40, 21
numbers = count()


@pytest.fixture(scope="module")
def stores(memory_folder: Path) -> Iterator[Stores]:
    with quickly():
        yield Stores(memory_folder / "stores")


def failure(steps: list[Step], stores: Stores, database: Path | None = None) -> str:
    """Why a walk fails; "" if it does not, and every step was taken. database: an empty one of MLflow; None: in memory."""
    root = stores.workspace.root / f"walk {next(numbers)}"
    client: Any = MemoryClient()
    if database:
        root.mkdir(parents=True)
        shutil.copy(database, root / "mlflow.db")
        client = connect(Workspace(root))
    machine, taken = Machine(World(root, stores, client)), 0
    try:
        for step in steps:
            machine.take(step)
            taken += 1
        assert machine.world.ledger.verify()["valid"]
    except Exception as error:  # noqa: BLE001 - whatever it is, the walk to it is made shorter
        where = "" if isinstance(error, AssertionError) else traceback.format_exc()
        here = steps[taken] if taken < len(steps) else "the end"
        return "\n".join([*machine.log, f"{here} ->", f"{type(error).__name__}: {error}", where])
    finally:
        shutil.rmtree(root)
    assert taken == len(steps) == len(machine.log)
    return ""


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_happens_the_ledger_says_what_serves(part: int, stores: Stores) -> None:
    assert WALKS * LENGTH >= 10_000
    for seed in range(part, WALKS, PARTS):
        shown(seed, stores)


@pytest.mark.parametrize("seed", range(1000, 1008))
def test_and_so_it_is_on_mlflow_itself(seed: int, stores: Stores, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight walks: 320 steps."""
    for name in ("MLFLOW_TRACKING_URI", "PERDURE_LEDGER_URL"):
        monkeypatch.delenv(name, raising=False)
    shown(seed, stores, migrated)


def shown(seed: int, stores: Stores, database: Path | None = None) -> None:
    """A walk, and its shortest part that fails."""
    steps = walk(seed, LENGTH)
    assert len(steps) == LENGTH
    if failure(steps, stores, database):
        least = shortest(steps, lambda less: bool(failure(less, stores, database)))
        pytest.fail(f"seed {seed}\n{failure(least, stores, database)}")
