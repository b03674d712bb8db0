"""Every write of every action may fail: whoever comes next brings it to the end that it has undisturbed, or to none.

A kill, a refusal (403) and an outage, before and after each write of registry, ledger and files, once or until the action is over.
Then the same action again, or only a reconcile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.control.authority import consult
from components.errors import PerdureError, RefusedError, UsageError
from components.governance.state import LedgerState
from tests.components.control.scenes import SCENES, Scene, settled
from tests.components.control.world import Stores, World, quickly
from tests.components.registry.faults import Faults, Plan, plans
from tests.components.registry.memory import MemoryClient
from components.registry.registry import Registry

pytestmark = pytest.mark.integration
#: Kinds of entries that say what was found, and decide nothing: a kill may double them
INFORMATIVE = ("reverted", "repaired")


@dataclass(frozen=True)
class End:
    """How things stand: compared between a disturbed run and an undisturbed one."""

    champions: tuple[tuple[str, str], ...]
    outcomes: dict[str, str | None]
    revoked: dict[str, str]
    kinds: list[tuple[str, str]]
    aliases: dict[str, str]
    tags: dict[str, dict[str, str]]
    suites: list[str]


def end_of(world: World, wishes: bool = True) -> End:
    state = consult(world.workspace).state
    entries = [(entry.kind, entry.subject) for entry in world.ledger.entries() if entry.kind not in INFORMATIVE]
    observed = world.registry.observe(state.versions, whole=True)
    kept = re.compile(r"approval\.at" if wishes else r"(approval|rollback)\b.*")
    tags = {
        version: {name: value for name, value in tags.items() if not kept.fullmatch(name)}
        for version, tags in observed.tags.items()
    }
    return End(
        tuple((each.version, each.checkpoint) for each in state.champions),
        {version: known.outcome for version, known in state.versions.items()},
        dict(state.revoked), entries, dict(observed.aliases), tags,
        sorted(path.name for path in world.workspace.suites.rglob("*") if path.is_file()),
    )  # fmt: skip


@pytest.fixture(scope="module")
def fast() -> Iterator[None]:
    with quickly():
        yield


@pytest.fixture(scope="module")
def stage(fast: None, memory_folder: Path) -> Stores:
    return Stores(memory_folder / "stores")


@pytest.mark.parametrize("name", SCENES)
def test_every_fault_leads_to_the_undisturbed_end_or_to_none(name: str, stage: Stores, memory_folder: Path) -> None:
    folder, scene = memory_folder / name.replace(" ", "-"), SCENES[name]
    before = World(folder / "before", stage, MemoryClient())
    scene.before(before)
    whole, none = before.clone(folder / "whole"), before.clone(folder / "none")
    counting = Faults()
    with counting.watching():
        scene.act(whole, Registry(whole.workspace, counting.around(whole.client)))
    settled(whole)
    if name != "accept":  # without it nothing goes on
        settled(none)
    ends = end_of(whole), end_of(none, wishes=False) if name != "accept" else None
    assert len(counting.writes) > 3, counting.writes
    todo = [*plans(len(counting.writes)), *plans(len(counting.writes), ("refuse", "down"), lasting=True)]
    for number, plan in enumerate(todo):
        for again in (True, False):
            world = before.clone(folder / f"{number} {again}")
            problem = disturbed(world, scene, plan, again, ends)
            assert not problem, f"{name}, {plan} at {counting.writes[plan.at - 1]!r}, again: {again}\n{problem}"


def disturbed(world: World, scene: Scene, plan: Plan, again: bool, ends: tuple[End, End | None]) -> str:
    """What is wrong after a fault; "" if nothing is."""
    world.act(lambda registry: scene.act(world, registry), plan)
    if again:
        failed = world.act(lambda registry: (scene.again or scene.act)(world, registry))
        if isinstance(failed, BaseException) and not isinstance(failed, (UsageError, RefusedError)):
            return f"again: {failed!r}"
    try:
        first = settled(world)
    except PerdureError as error:
        return "" if ends[1] is None and not again else f"reconcile: {error!r}"
    head = world.ledger.head()
    second = settled(world)
    if second.done or world.ledger.head() != head:
        return f"a second reconcile did something: {first} {second}"
    if not world.ledger.verify(world.registry.noted_head())["valid"]:
        return "verify"
    here = end_of(world)
    if here == ends[0] or (not again and end_of(world, wishes=False) == ends[1]):
        return ""
    return difference(here, ends[0])


def difference(here: End, there: End) -> str:
    return "\n".join(
        f"{field}:\n   {getattr(here, field)}\n   {getattr(there, field)}"
        for field in vars(here)
        if getattr(here, field) != getattr(there, field)
    )
