"""10,000 random steps: what serves is always what the ledger says, and always something that may serve."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.control.machine import Machine, Step, shortest, walk
from tests.components.control.world import Stores, World, quickly
from tests.components.registry.memory import MemoryClient

pytestmark = pytest.mark.integration
WALKS, LENGTH = 200, 52
_steps = 0


@pytest.fixture(scope="module")
def stores(memory_folder: Path) -> Iterator[Stores]:
    with quickly():
        yield Stores(memory_folder / "stores")


def failure(steps: list[Step], stores: Stores, root: Path) -> str:
    """Why a walk fails; "" if it does not."""
    global _steps
    machine = Machine(World(root, stores, MemoryClient()))
    for number, step in enumerate(steps):
        try:
            machine.take(step)
        except Exception as error:  # noqa: BLE001 - whatever it is, the walk that leads to it is made smaller
            where = traceback.format_exc() if not isinstance(error, AssertionError) else ""
            return "\n".join([*machine.log, f"{step} ->", f"{type(error).__name__}: {error}", where])
        _steps += 1
    if not machine.world.ledger.verify()["valid"]:
        return "\n".join([*machine.log, "verify"])
    return ""


@pytest.mark.parametrize("part", range(20))
def test_whatever_happens_the_ledger_says_what_serves(part: int, stores: Stores, memory_folder: Path) -> None:
    for seed in range(part * WALKS // 20, (part + 1) * WALKS // 20):
        steps, tried = walk(seed, LENGTH), iter(range(10**9))
        if failure(steps, stores, memory_folder / f"walk {seed}"):
            least = shortest(steps, lambda less: bool(failure(less, stores, memory_folder / f"walk {seed} {next(tried)}")))
            pytest.fail(f"seed {seed}\n" + failure(least, stores, memory_folder / f"walk {seed} least"))
