"""The one way in which `champion` moves: recorded before and after, so that a kill at any point can be repaired.

    ledger "moving" -> alias previous -> alias champion -> tag outcome -> ledger "promoted" | "rolled_back" -> head noted

The "moving" entry has a key made of the last entry about `champion`: of two movers at once, on one machine or several, one
wins and the other gets a BusyError. The next process that moves or reconciles settles a move that has no closing entry.
The version's checkpoint is the whole learner, memory included: rolling back is nothing but moving the alias.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from components.errors import BusyError, IntegrityError, UsageError
from components.governance.entries import CHAMPION_KINDS, Entry
from components.governance.ledger import Ledger
from components.governance.state import STATE_KINDS, LedgerState, Move, remember
from components.registry.registry import Registry
from components.storage import locked, read_manifest


@dataclass(frozen=True)
class Mover:
    """What a move of `champion` works on, and when; only `moving` makes one."""

    registry: Registry
    ledger: Ledger
    now: datetime

    def recall(self) -> LedgerState:
        """What the ledger knows of versions and champions."""
        return remember(self.ledger.entries(kinds=STATE_KINDS))


@contextmanager
def moving(registry: Registry, now: datetime) -> Iterator[Mover]:
    """Keep other movers of this workspace out for a moment. This is not the lock that a cycle keeps while it runs."""
    with locked(registry.workspace.root / ".moving.lock"):
        yield Mover(registry, Ledger(registry.workspace.ledger_url), now)


def move(mover: Mover, outcome: Literal["promoted", "rolled_back"], version: str, actor: str, reason: str) -> Entry:
    """Move `champion`, or return the entry of the last move when it is there already."""
    settle(mover, unless=version)
    state = mover.recall()
    if state.pending:  # the same move, begun before
        return finish(mover, state.pending)
    if state.champion == version and mover.registry.champion() == version:
        return next(mover.ledger.entries(kinds=CHAMPION_KINDS, newest_first=True))
    begun = mover.ledger.append(
        "moving",
        actor=actor,
        subject=version,
        evidence={"outcome": outcome, "from": state.champion},
        reason=reason,
        now=mover.now,
        key=f"moving-after:{state.last_seq}",
    )
    if (begun.subject, begun.evidence["outcome"]) != (version, outcome):
        raise BusyError(
            f"`champion` is being moved to version {begun.subject} right now", "Run the command again in a few seconds."
        )
    return finish(mover, Move(begun.seq, outcome, version, state.champion, begun.actor, begun.reason))


def finish(mover: Mover, begun: Move) -> Entry:
    """Carry a begun move through to its closing entry, whichever of its steps are done already. Raises IntegrityError."""
    mover.registry.fetch_checkpoint(begun.version)
    set_champion(mover.registry, begun.version)
    return record(mover, begun.outcome, begun.version, begun.came_from, begun.actor, begun.reason, key=f"done:{begun.seq}")


def set_champion(registry: Registry, version: str) -> None:
    """Point the alias `champion` at a version, `previous` at the one before it first. Recording the move is up to the caller."""
    current = registry.champion()
    if current == version:
        return
    if current is not None:
        registry.set_alias("previous", current)
    registry.set_alias("champion", version)


def record(
    mover: Mover,
    outcome: Literal["promoted", "rolled_back"],
    version: str,
    came_from: str | None,
    actor: str,
    reason: str,
    key: str,
) -> Entry:
    """Tag both versions with what became of them and close the move in the ledger."""
    registry = mover.registry
    manifest = read_manifest(registry.workspace.checkpoint(registry.checkpoint_of(version)))
    if outcome == "rolled_back" and came_from and registry.find(came_from):
        registry.mark(came_from, "rolled_back", reason)
    registry.mark(version, "promoted", reason)
    evidence = {
        "checkpoint": registry.checkpoint_of(version),
        "experience": manifest.get("experience"),
        "memory": manifest["files"].get("memory.parquet"),
        "from": came_from,
    }
    entry = mover.ledger.append(outcome, actor=actor, subject=version, evidence=evidence, reason=reason, now=mover.now, key=key)
    registry.note_head(entry.hash)
    return entry


def abandon(mover: Mover, begun: Move, reason: str) -> Entry:
    """Close a begun move that will not be finished."""
    evidence = {"outcome": begun.outcome, "from": begun.came_from}
    key = f"done:{begun.seq}"
    return mover.ledger.append(
        "abandoned", actor="perdure", subject=begun.version, evidence=evidence, reason=reason, now=mover.now, key=key
    )


def settle(mover: Mover, unless: str | None = None) -> None:
    """Close a move that was cut short before another begins; a move to the version `unless` is left for the caller to finish."""
    begun = mover.recall().pending
    if begun is None or begun.version == unless:
        return
    if mover.registry.champion() != begun.version:
        abandon(mover, begun, "cut short before `champion` moved, and another move was asked for")
        return
    try:
        finish(mover, begun)
    except (IntegrityError, UsageError) as error:
        abandon(mover, begun, error.message)
