"""A small world to act in: a workspace, MLflow's registry, a clock, and things to register that cost nothing.

On the registry in memory an act takes milliseconds: checkpoints and experiences are shared by all worlds, versions are made bare,
and a ledger's connection is kept. What is under test is the real thing: ledger, rules, movers, mirror.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from components.contracts import Experience, GateStatus
from components.errors import PerdureError
from components.governance import database
from components.governance.ledger import Ledger
from components.registry.client import answering, connect
from components.registry.registration import Registration
from components.registry.registry import Registry
from components.storage import building, publish, read_manifest
from components.workspace import Workspace
from tests.components.registry.faults import Faults, Killed, Plan
from tests.components.registry.making import NOW, make_experience, registration
from tests.components.registry.memory import MemoryClient

Act = Callable[[Registry], object]


@dataclass
class Ticking:
    """A clock that goes on a little whenever it is read, and jumps when told."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def jump(self, minutes: int) -> None:
        self.moment += timedelta(minutes=minutes)


class Stores:
    """Experiences and checkpoints that all worlds share; each is made once."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root)
        self.experience: Callable[[str], Experience] = cache(lambda name: make_experience(self.workspace, name))
        self.checkpoint: Callable[..., Path] = cache(self._checkpoint)

    def _checkpoint(self, experience: str, parent: str | None = None, rows: int = 3) -> Path:
        """Nobody can load it, but its digest and its lineage are real, with all that its ancestors learned."""
        learned = self.experience(experience).digest
        before = read_manifest(self.workspace.checkpoint(parent))["experiences"] if parent else []
        with building(self.workspace.checkpoints) as scratch:
            (scratch / "head.safetensors").write_bytes(f"{learned} {rows}".encode())
            fields = {
                "kind": "checkpoint", "parent": parent, "experience": learned, "base": {"name": "minilm", "kind": "encoder"},
                "experiences": [*(each for each in before if each != learned), learned],
            }  # fmt: skip
            return self.workspace.checkpoint(publish(scratch, self.workspace.checkpoints, fields))

    def registration(
        self, experience: str, parent: str | None, gate: GateStatus, against: str | None, cycle: str, rows: int = 3
    ) -> Registration:
        """A checkpoint that learned an experience on a parent, as judged by a cycle. Other rows: another checkpoint."""
        made = self.checkpoint(experience, parent, rows)
        return registration(made, self.experience(experience), gate, against, cycle=cycle)


@dataclass
class World:
    """One workspace and its MLflow."""

    root: Path
    stores: Stores
    client: Any
    now: Ticking = field(default_factory=Ticking)

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        for store in ("experiences", "checkpoints"):
            (self.stores.workspace.root / store).mkdir(parents=True, exist_ok=True)
            if not (self.root / store).exists():
                (self.root / store).symlink_to(self.stores.workspace.root / store)
        self.workspace = Workspace(self.root)
        self.registry = Registry(self.workspace, self.client)
        self.ledger = Ledger(self.workspace.ledger_url)

    def clone(self, root: Path) -> World:
        """The same once more."""
        shutil.copytree(self.root, root, symlinks=True)
        in_memory = isinstance(self.client, MemoryClient)
        client = copy.deepcopy(self.client) if in_memory else connect(Workspace(root))
        return World(root, self.stores, client, copy.copy(self.now))

    def act(self, do: Act, plan: Plan | None = None) -> object:
        """Do something, with a fault if one is planned. Returns what it gave or what it raised."""
        faults = Faults(plan)
        try:
            if plan is None:
                return do(self.registry)
            with faults.watching():
                return do(Registry(self.workspace, faults.around(self.client)))
        except (Killed, PerdureError) as error:
            return error

    def tags(self, version: str) -> dict[str, str]:
        return dict(self.client.get_model_version(self.registry.model, version).tags)


def bare_version(registry: Registry, known: Registration, again: str | None = None) -> str:
    """What `make_version` does, without a run, a logged model and artefacts."""
    verdict = {"gate.status": known.verdict.status, "judged_against": known.judged_against or ""}
    if again:
        registry.tag(again, verdict)
        return again
    tags = {
        **verdict, "checkpoint": known.checkpoint.name, "experience": known.experience.digest, "cycle": known.cycle,
    }  # fmt: skip
    source = known.checkpoint.as_uri()
    with answering(registry.uri):
        return str(registry.client.create_model_version(registry.model, source, tags=tags, await_creation_for=0).version)


@contextmanager
def quickly() -> Iterator[None]:
    """Bare versions, and one connection to each ledger; a table that was there stays."""
    engines: dict[str, tuple[sa.Engine, bool]] = {}
    connect, there = database.connect, database.there
    made: set[str] = set()

    def known(engine: sa.Engine) -> bool:
        if str(engine.url) not in made and there(engine):
            made.add(str(engine.url))
        return str(engine.url) in made

    def kept(url: sa.URL) -> tuple[sa.Engine, bool]:
        if str(url) not in engines:
            if len(engines) > 4:
                engines.pop(next(iter(engines)))[0].dispose()
            engine, read_only = connect(url)
            engine.pool = sa.pool.StaticPool(engine.pool._creator)
            engines[str(url)] = engine, read_only
        return engines[str(url)]

    with (
        patch.object(database, "connect", kept),
        patch.object(database, "there", known),
        patch("components.control.register.make_version", bare_version),
    ):
        yield
    for engine, _ in engines.values():
        engine.dispose()


@cache
def lineage_of(checkpoint: Path) -> tuple[str | None, str]:
    """Parent and experience of a checkpoint, by its manifest."""
    manifest = read_manifest(checkpoint)
    return manifest.get("parent"), manifest["experience"]
