"""Moving `champion`: promotion and rollback, recorded before and after, so that a kill at any point can be repaired.

    ledger "moving" -> alias previous -> alias champion -> tag outcome -> ledger "promoted" | "rolled_back" -> head noted

The "moving" entry has a key made of the last entry about `champion`: of two movers at once, on one machine or several, one
wins and the other is told. Whoever comes next (a mover, the reconciler) finishes a move that has no closing entry.
The version's checkpoint is the whole learner, memory included: rolling back is nothing but moving the alias.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal

from components.contracts import Outcome
from components.errors import BusyError, RefusedError, UsageError
from components.governance.entries import Entry
from components.governance.ledger import Ledger
from components.governance.state import STATE_KINDS, LedgerState, Move, remember
from components.registry.registry import Registry
from components.storage import read_manifest


def promote(registry: Registry, version: str, *, actor: str, reason: str, now: datetime) -> Entry:
    """Make a version champion. Doing it again changes nothing. Raises IntegrityError when its checkpoint is damaged."""
    return _change(registry, "promoted", version, actor, reason, now)


def rollback(registry: Registry, to: str | None = None, *, actor: str, reason: str, now: datetime) -> Entry:
    """Give `champion` back to an earlier version (default: the alias `previous`), with the whole learner it was then.

    Raises UsageError (no `previous`, unknown version), RefusedError (it never served), IntegrityError (damaged checkpoint).
    """
    target = to or registry.previous()
    if target is None:
        raise UsageError("There is no earlier champion to roll back to", "Name a version with --to VERSION; `perdure status` lists them.")
    registry.checkpoint_of(target)  # refuses an unknown version before anything else
    state = recall(Ledger(registry.workspace.ledger_url))
    if target not in state.champions and (state.pending is None or target != state.pending.version):
        raise RefusedError(f"Version {target} never served", f"Versions that served: {', '.join(state.champions) or 'none'}.")
    return _change(registry, "rolled_back", target, actor, reason, now)


def conclude(registry: Registry, version: str, outcome: Outcome, *, actor: str, reason: str, now: datetime) -> Entry:
    """Write down how a candidate's cycle ended; `promoted` moves `champion`, everything else leaves it alone."""
    if outcome == "promoted":
        return promote(registry, version, actor=actor, reason=reason, now=now)
    evidence = {"checkpoint": registry.checkpoint_of(version), "champion": registry.champion()}
    kind = "candidate_rolled_back" if outcome == "rolled_back" else outcome  # "rolled_back" is a move of the champion
    ledger = Ledger(registry.workspace.ledger_url)
    entry = ledger.append(
        kind, actor=actor, subject=version, evidence=evidence, reason=reason, now=now, key=f"{kind}:{version}:{evidence['checkpoint']}"
    )
    _mark(registry, version, outcome, reason)
    registry.note_head(entry.hash)
    return entry


def approve(registry: Registry, version: str, *, actor: str, reason: str) -> None:
    """Ask for a held version to be promoted, as a person does in the MLflow UI; `reconcile` carries it out."""
    registry.tag(version, {"approval": "approved", "approval.reason": reason, "approval.by": actor, "approval.problem": None})


def reject(registry: Registry, version: str, *, actor: str, reason: str) -> None:
    """Ask for a held version to be rejected, as a person does in the MLflow UI; `reconcile` carries it out."""
    registry.tag(version, {"approval": "rejected", "approval.reason": reason, "approval.by": actor, "approval.problem": None})


def recall(ledger: Ledger) -> LedgerState:
    """What the ledger knows of versions and champions."""
    return remember(ledger.entries(kinds=STATE_KINDS))


def finish(registry: Registry, ledger: Ledger, move: Move, now: datetime) -> Entry:
    """Carry a begun move through to its closing entry; every step may have been done before. Raises IntegrityError."""
    path = registry.fetch_checkpoint(move.version)
    registry.set_champion(move.version)
    if move.outcome == "rolled_back" and move.came_from:
        _mark(registry, move.came_from, "rolled_back", move.reason)
    _mark(registry, move.version, "promoted", move.reason)
    entry = ledger.append(
        move.outcome,
        actor=move.actor,
        subject=move.version,
        evidence=_evidence(path.name, read_manifest(path), move.came_from),
        reason=move.reason,
        now=now,
        key=f"done:{move.seq}",
    )
    registry.note_head(entry.hash)
    return entry


@contextmanager
def alone(registry: Registry) -> Iterator[None]:
    """Hold off other movers of this workspace; short, and apart from the lock that a whole cycle holds."""
    registry.workspace.root.mkdir(parents=True, exist_ok=True)
    with open(registry.workspace.root / ".moving.lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def begin(
    ledger: Ledger, state: LedgerState, outcome: Literal["promoted", "rolled_back"], version: str, actor: str, reason: str, now: datetime
) -> Move:
    """Announce a move. Raises BusyError when somebody else announced another one first."""
    evidence = {"outcome": outcome, "from": state.champion}
    entry = ledger.append(
        "moving", actor=actor, subject=version, evidence=evidence, reason=reason, now=now, key=f"moving-after:{state.last_seq}"
    )
    if (entry.subject, entry.evidence["outcome"]) != (version, outcome):
        raise BusyError(f"`champion` is being moved to version {entry.subject} at this moment", "Run the command again in a few seconds.")
    return Move(entry.seq, outcome, version, state.champion, entry.actor, entry.reason)


def _change(
    registry: Registry, outcome: Literal["promoted", "rolled_back"], version: str, actor: str, reason: str, now: datetime
) -> Entry:
    registry.fetch_checkpoint(version)  # verified before anything moves
    ledger = Ledger(registry.workspace.ledger_url)
    with alone(registry):
        state = recall(ledger)
        if state.pending:
            finish(registry, ledger, state.pending, now)
            state = recall(ledger)
        if state.champion == version and registry.champion() == version:
            return _last(ledger, version)
        return finish(registry, ledger, begin(ledger, state, outcome, version, actor, reason, now), now)


def _last(ledger: Ledger, version: str) -> Entry:
    """The entry that made the present champion."""
    from components.governance.entries import CHAMPION_KINDS

    return next(entry for entry in ledger.entries(kinds=CHAMPION_KINDS, newest_first=True) if entry.subject == version)


def _mark(registry: Registry, version: str, outcome: Outcome, reason: str) -> None:
    registry.tag(version, {"outcome": outcome, "outcome.reason": reason[:1000], "approval.problem": None})
    if registry.candidate() == version:
        registry.set_alias("candidate", None)


def _evidence(checkpoint: str, manifest: dict[str, Any], came_from: str | None) -> dict[str, Any]:
    return {
        "checkpoint": checkpoint,
        "experience": manifest.get("experience"),
        "memory": manifest["files"].get("memory.parquet"),
        "from": came_from,
    }
