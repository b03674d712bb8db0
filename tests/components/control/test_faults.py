"""Every write of every action may fail: whoever comes next brings it to the end that it has undisturbed, or to none.

A kill, a refusal (403) and an outage, before and after each write of registry, ledger and files, once or to the action's end.
Then the same action again, or only a reconcile.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path

import pytest

from components.control.authority import consult
from components.errors import PerdureError, RefusedError, UsageError
from components.registry.client import connect
from components.registry.registry import Registry
from components.workspace import Workspace
from tests.components.control.scenes import SCENES, Scene, settled
from tests.components.control.world import Stores, World, quickly
from tests.components.registry.faults import Faults, Plan, plans
from tests.components.registry.memory import MemoryClient

pytestmark = pytest.mark.integration
#: Kinds of entries that say what was found, and decide nothing: a kill may double them
INFORMATIVE = ("reverted", "repaired")
#: Kinds that stand twice when a person said it twice
TWICE = ("approved", "continued")


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


def end_of(world: World, whole: bool = True) -> End:
    """whole: with wishes, pages and versions that were begun and belong to nothing."""
    state = consult(world.workspace).state
    decisions = [(entry.kind, entry.subject) for entry in world.ledger.entries() if entry.kind not in INFORMATIVE]
    entries = [each for each, before in pairwise([*decisions, None]) if each and (each != before or each[0] not in TWICE)]
    observed = world.registry.observe(state.versions, whole=True)
    aside = re.compile(r"approval\.(at|given)" if whole else r"page|(approval|rollback)\b.*")
    tags = {
        version: {name: value for name, value in tags.items() if not aside.fullmatch(name)}
        for version, tags in observed.tags.items()
        if whole or version in state.versions
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
    assert disturb(name, World(memory_folder / name.replace(" ", "-") / "before", stage, MemoryClient())) >= 20


@pytest.mark.parametrize("name", ["approve", "rollback", "register"])
def test_and_so_it_is_on_mlflow_itself(
    name: str, stage: Stores, memory_folder: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sample."""
    for variable in ("MLFLOW_TRACKING_URI", "PERDURE_LEDGER_URL"):
        monkeypatch.delenv(variable, raising=False)
    root = memory_folder / f"real {name}" / "before"
    root.mkdir(parents=True)
    shutil.copy(migrated, root / "mlflow.db")
    assert disturb(name, World(root, stage, connect(Workspace(root))), every=17) >= 4


def disturb(name: str, before: World, every: int = 1) -> int:
    """Plan every fault of a scene (or every so many of them), and compare the ends; returns how many."""
    folder, scene = before.root.parent, SCENES[name]
    scene.before(before)
    whole, none = before.clone(folder / "whole"), before.clone(folder / "none")
    scene.act(whole, whole.registry)
    settled(whole)
    counting, counted = Faults(), before.clone(folder / "counted")
    with counting.watching():
        scene.act(counted, Registry(counted.workspace, counting.around(counted.client)))
    if name != "accept":  # without it nothing goes on
        settled(none)
    ends = end_of(whole), end_of(none, whole=False) if name != "accept" else None
    assert len(counting.writes) >= 3, counting.writes
    todo = [*product(planned(counting.writes), (True, False))][::every]
    for number, (plan, again) in enumerate(todo):
        if scene.further and again and (plan.at, plan.when) == (len(counting.writes), "after"):
            continue
        world = before.clone(folder / str(number))
        problem = disturbed(world, scene, plan, again, ends)
        assert not problem, f"{name}, {plan} at {counting.writes[plan.at - 1]!r}, again: {again}\n{problem}"
        shutil.rmtree(world.root)
    return len(todo)


def planned(writes: list[str]) -> list[Plan]:
    """Every fault that differs: what is killed after a write is killed before the next, and only MLflow has two ways to fail."""
    todo = [*plans(len(writes)), *plans(len(writes), ("refuse", "down"), lasting=True)]
    return [
        plan
        for plan in todo
        if (plan.how != "kill" or plan.when == "before" or plan.at == len(writes))
        and (plan.how != "down" or writes[plan.at - 1].startswith("registry"))
    ]


def disturbed(world: World, scene: Scene, plan: Plan, again: bool, ends: tuple[End, End | None]) -> str:
    """What is wrong after a fault; "" if nothing is."""
    world.act(lambda registry: scene.act(world, registry), plan)
    if again:
        failed = world.act(lambda registry: scene.act(world, registry))
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
    if scene.parts and not again and end_of(world, whole=False) != ends[1]:
        scene.act(world, world.registry)
    here = end_of(world)
    if here == ends[0] or (not again and end_of(world, whole=False) == ends[1]):
        return ""
    return difference(here, ends[0])


def difference(here: End, there: End) -> str:
    return "\n".join(
        f"{field}:\n   {getattr(here, field)}\n   {getattr(there, field)}"
        for field in vars(here)
        if getattr(here, field) != getattr(there, field)
    )
