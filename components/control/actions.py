"""What happens to a version: it is promoted, rolled back to or concluded, and a person approves or rejects it."""

from __future__ import annotations

from datetime import datetime

from components.contracts import Outcome
from components.control.champion import move, moving, settle
from components.errors import RefusedError, UsageError
from components.governance.entries import Entry
from components.governance.ledger import Ledger
from components.registry.registry import Registry


def promote(registry: Registry, version: str, *, actor: str, reason: str, now: datetime) -> Entry:
    """Make a version champion. Doing it again changes nothing. Raises UsageError, IntegrityError (damaged checkpoint)."""
    registry.fetch_checkpoint(version)  # verified before anything is begun
    with moving(registry, now) as mover:
        return move(mover, "promoted", version, actor, reason)


def rollback(registry: Registry, to: str | None = None, *, actor: str, reason: str, now: datetime) -> Entry:
    """Give `champion` back to an earlier version (default: the alias `previous`), with the whole learner it was then.

    Raises UsageError (no `previous`, unknown version), RefusedError (it never served), IntegrityError (damaged checkpoint).
    """
    with moving(registry, now) as mover:
        settle(mover)
        target = to or registry.previous()
        if target is None:
            raise UsageError(
                "There is no earlier champion to roll back to", "Name a version with --to VERSION; `perdure status` lists them."
            )
        registry.checkpoint_of(target)  # an unknown version is refused as such
        served = mover.recall().champions
        if target not in served:
            raise RefusedError(f"Version {target} never served", f"Versions that served: {', '.join(served) or 'none'}.")
        registry.fetch_checkpoint(target)
        return move(mover, "rolled_back", target, actor, reason)


def conclude(registry: Registry, version: str, outcome: Outcome, *, actor: str, reason: str, now: datetime) -> Entry:
    """Record how a candidate's cycle ended: `promoted` moves `champion`, every other outcome leaves it where it is.

    A conclusion stands: concluding the same way again returns its entry, even if a person has decided otherwise since.
    """
    ledger = Ledger(registry.workspace.ledger_url)
    concluded = registry.tags(version).get("outcome")
    if outcome == "promoted":
        if concluded in ("promoted", "rolled_back"):
            for entry in ledger.entries(kinds=("promoted",), newest_first=True):
                if entry.subject == version:
                    return entry
        return promote(registry, version, actor=actor, reason=reason, now=now)
    kind = "candidate_rolled_back" if outcome == "rolled_back" else outcome  # "rolled_back" is a move of the champion
    checkpoint = registry.checkpoint_of(version)
    evidence = {"checkpoint": checkpoint, "champion": registry.champion()}
    key = f"{kind}:{version}:{checkpoint}"
    known = ledger.find(key)
    if known and concluded:
        return known
    entry = ledger.append(kind, actor=actor, subject=version, evidence=evidence, reason=reason, now=now, key=key)
    registry.mark(version, outcome, reason)
    registry.note_head(entry.hash)
    return entry


def approve(registry: Registry, version: str, *, actor: str, reason: str) -> None:
    """Ask for a held version to be promoted, as a person does in the MLflow UI; `reconcile` carries it out."""
    _ask(registry, version, "approved", actor, reason)


def reject(registry: Registry, version: str, *, actor: str, reason: str) -> None:
    """Ask for a held version to be rejected, as a person does in the MLflow UI; `reconcile` carries it out."""
    _ask(registry, version, "rejected", actor, reason)


def _ask(registry: Registry, version: str, approval: str, actor: str, reason: str) -> None:
    registry.tag(version, {"approval.reason": reason, "approval.by": actor, "approval.problem": None})
    registry.tag(version, {"approval": approval})  # last: it is what the reconciler looks at
