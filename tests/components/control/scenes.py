"""Every action that changes versions or the champion, each with what comes before it. `test_faults` disturbs them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from components.control.accept import accept
from components.control.actions import ask, conclude, rollback
from components.control.authority import consult
from components.control.reconcile import Reconciled, reconcile
from components.control.register import register
from components.cycle.basis import ACTOR
from components.governance.wishes import claimed
from components.registry.registry import Registry
from tests.components.control.world import World

WHO = claimed("ada")


@dataclass(frozen=True)
class Scene:
    """An action, and what was before it. further: done to its end and done again, it goes further.

    parts: it decides two things, and may stop between them until it is done again.
    """

    before: Callable[[World], None]
    act: Callable[[World, Registry], object]
    further: bool = False
    parts: bool = False


def settled(world: World, registry: Registry | None = None) -> Reconciled:
    """Reconcile."""
    return reconcile(world.workspace, world.now, registry or world.registry)


def enter(world: World, name: str, gate: Any = "pass", registry: Registry | None = None, rows: int = 3) -> str:
    """Register what learned experience `name` from what serves, judged against it."""
    serves = consult(world.workspace).state.serving
    parent = serves.checkpoint if serves else None
    known = world.stores.registration(name, parent, gate, parent, f"cycle {name}", rows)
    return register(registry or world.registry, known, world.now)


def end(world: World, version: str, outcome: Any, registry: Registry | None = None) -> object:
    """Conclude a version."""
    return conclude(
        registry or world.registry, version, outcome, actor=ACTOR, reason=f"it is {outcome}", now=world.now,
        page=lambda outcome, reason: f"# {version}: {outcome}, {reason}",
    )  # fmt: skip


def three(world: World) -> None:
    """Versions 1, 2 and 3 were promoted one after the other."""
    for name in "abc":
        end(world, enter(world, name), "promoted")


def held(world: World) -> None:
    """And version 4 is held."""
    three(world)
    end(world, enter(world, "d", "inconclusive"), "held")


def refused_before(world: World) -> None:
    """Version 4 is held. Its approval was refused as stale, and would not be refused now: version 3 serves again."""
    held(world)
    end(world, enter(world, "e"), "promoted")
    decide("approved")(world, world.registry)
    rollback(world.registry, actor=WHO, reason="worse", now=world.now)
    settled(world)


def under_way(world: World) -> None:
    """And version 4 is under way."""
    three(world)
    enter(world, "d")


def decide(word: str) -> Callable[[World, Registry], object]:
    """What `perdure approve` and `perdure reject` do to version 4."""

    def act(world: World, registry: Registry) -> object:
        ask(registry, "4", word, actor="ada", reason=f"I say {word}", now=world.now)
        return settled(world, registry)

    return act


def alias(name: str, version: str) -> Callable[[World], None]:
    def before(world: World) -> None:
        held(world)
        world.client.set_registered_model_alias(world.registry.model, name, version)

    return before


def tagged(version: str, tags: Mapping[str, str]) -> Callable[[World], None]:
    def before(world: World) -> None:
        held(world)
        for tag, value in tags.items():
            world.client.set_model_version_tag(world.registry.model, version, tag, value)

    return before


def forged(world: World) -> None:
    """Somebody rewrote an entry of the ledger."""
    held(world)
    file = sqlite3.connect(world.root / "ledger.db")
    with file:
        file.execute("DROP TRIGGER ledger_no_update")
        file.execute("UPDATE ledger SET reason = 'forged' WHERE seq = 2")
    file.close()


def rolled(to: str | None, world: World, registry: Registry) -> object:
    return rollback(registry, to, actor=WHO, reason="complaints", now=world.now)


def accepted(world: World, registry: Registry) -> object:
    return accept(registry, actor=WHO, reason="I know", now=world.now)


def ended(outcome: str) -> Scene:
    return Scene(under_way, lambda world, registry: end(world, "4", outcome, registry))


SCENES: Mapping[str, Scene] = {
    "approve": Scene(held, decide("approved")),
    "reject": Scene(held, decide("rejected")),
    "reject what was approved in vain": Scene(refused_before, decide("rejected")),
    "approve in the UI": Scene(tagged("4", {"approval": "approved", "approval.reason": "fine"}), settled),
    "refuse": Scene(tagged("4", {"approval": "approved"}), settled),
    "rollback": Scene(held, partial(rolled, None), further=True),
    "rollback --to": Scene(held, partial(rolled, "1")),
    "rollback by tag": Scene(tagged("1", {"rollback": "complaints"}), settled),
    "rollback by alias": Scene(alias("champion", "1"), settled),
    "restore": Scene(alias("champion", "4"), settled),
    "repair": Scene(tagged("2", {"checkpoint": "../..", "gate.status": "fail"}), settled),
    "promote": ended("promoted"),
    "hold": ended("held"),
    "reject a candidate": ended("rejected"),
    "roll a candidate back": ended("rolled_back"),
    "the first version": Scene(lambda world: None, lambda world, registry: enter(world, "a", registry=registry)),
    "register": Scene(three, lambda world, registry: enter(world, "d", registry=registry)),
    "supersede": Scene(under_way, lambda world, registry: enter(world, "d", registry=registry, rows=5), parts=True),
    "accept": Scene(forged, accepted),
}
