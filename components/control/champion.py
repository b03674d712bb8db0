"""The one way in which the champion moves: one entry of the ledger, and then its consequences.

    rules.py, inside the lock -> ledger "promoted" | "rolled_back" -> suite frozen -> MLflow made to agree

The entry has a key made of the last entry about the champion: of two movers at once, on one machine or several, one wins and the
other gets a BusyError. Before the entry nothing has changed; after it the version serves, and whoever comes next finishes what
follows from it. The version's checkpoint is the whole learner, memory included: rolling back is nothing but this entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from components.contracts import Clock, kind_writes
from components.control.authority import Authority, consult
from components.control.mirror import gone, make_agree
from components.errors import BusyError, LedgerError, RegistryError
from components.evaluation.suites import freeze
from components.governance.entries import CHAMPION_KINDS, Entry
from components.governance.ledger import Ledger, cut_off
from components.governance.state import LedgerState, Statement
from components.governance.wishes import Observed
from components.registry.registry import Registry
from components.storage import locked, read_manifest
from components.workspace import Workspace


@dataclass
class Mover:
    """What changes versions and the champion: a verified ledger, and MLflow's registry; only `moving` makes one."""

    registry: Registry
    authority: Authority
    observed: Observed
    now: Clock

    @property
    def workspace(self) -> Workspace:
        return self.registry.workspace

    @property
    def state(self) -> LedgerState:
        return self.authority.state

    def append(
        self, kind: str, subject: str, evidence: Mapping[str, Any], *, actor: str, reason: str, key: str | None = None
    ) -> Entry:
        """Append an entry, and know from then on what it leads to."""
        ledger = self.authority.ledger
        entry = ledger.append(kind, actor=actor, subject=subject, evidence=evidence, reason=reason, now=self.now, key=key)
        self.authority = self.authority.advanced(self.workspace)
        return entry

    def show(self) -> None:
        """Make MLflow agree with the ledger."""
        self.observed = make_agree(self.registry, self.state, self.observed)


@contextmanager
def moving(registry: Registry, now: Clock) -> Iterator[Mover]:
    """Keep other movers of this workspace out for a moment. This is not the lock that a cycle keeps while it runs.

    Raises LedgerError when the ledger cannot be trusted, RegistryError when MLflow's registry is not the one it describes.
    """
    with locked(registry.workspace.root / ".moving.lock"):
        authority = consult(registry.workspace, rotate=True)
        observed = registry.observe()
        refuse_foreign(registry, authority, observed)
        yield Mover(registry, authority, observed, now)


def refuse_foreign(registry: Registry, authority: Authority, observed: Observed) -> None:
    """Raise LedgerError or RegistryError when ledger and registry do not belong together."""
    if (problem := foreign(authority.ledger, authority.state, observed)) and problem not in authority.state.accepted:
        raise LedgerError(
            f"The ledger at {authority.ledger.name} is not the one that MLflow's model {registry.model!r} agreed with: {problem}",
            "Nothing was changed, and what serves goes on serving. Restore the ledger from a backup, correct PERDURE_LEDGER_URL"
            ' or MLFLOW_TRACKING_URI; `perdure audit accept --reason "..."` continues in spite of it, and records that.',
        )
    lost = gone(authority.state, observed)
    if lost and observed.shown is None:
        raise RegistryError(
            f"MLflow at {registry.uri.rpartition('@')[2]} holds nothing of the {len(lost)} versions that the ledger knows",
            "Nothing was changed, and what serves goes on serving. Correct MLFLOW_TRACKING_URI, restore MLflow's database, or"
            " make it again from checkpoints and ledger with `perdure registry rebuild`.",
        )


def foreign(ledger: Ledger, state: LedgerState, observed: Observed) -> str:
    """Why a ledger cannot be the one that the registry agreed with; empty if it can."""
    if observed.shown:
        return "" if ledger.holds(observed.shown) else cut_off(observed.shown)
    decided = observed.champion or any("outcome" in tags for tags in observed.tags.values())
    return "the ledger knows no version, and MLflow shows some that were decided" if decided and not state.versions else ""


def move(mover: Mover, kind: str, version: str, *, actor: str, reason: str, evidence: Mapping[str, Any] | None = None) -> Entry:
    """Make a version champion ("": nothing). The caller has asked the rules. Raises IntegrityError, BusyError."""
    before = mover.state
    known = before.versions.get(version)
    told: dict[str, Any] = {"from": before.serving.version if before.serving else None, **(evidence or {})}
    if known:
        manifest = read_manifest(mover.registry.fetch_checkpoint(version, known.checkpoint))
        told |= {
            "checkpoint": known.checkpoint,
            "experience": manifest.get("experience"),
            "memory": manifest["files"].get("memory.parquet"),
        }
    entry = mover.append(kind, version, told, actor=actor, reason=reason, key=f"champion-after:{before.last_move}")
    if (entry.kind, entry.subject) != (kind, version):
        raise BusyError(
            f"The champion was moved to version {entry.subject} at this moment ({entry.kind} by {entry.actor})",
            "Run the command again: it is decided anew.",
        )
    finish(mover)
    return entry


def finish(mover: Mover) -> None:
    """What follows from a move: the champion's held-out cases become a suite, and MLflow agrees. Safe to run again."""
    if statement := mover.state.serving:
        freeze_suite(mover.workspace, statement, mover.state)
    mover.show()


def freeze_suite(workspace: Workspace, statement: Statement, state: LedgerState) -> None:
    """Keep the held-out cases of the champion's experience as a regression suite; the same one each time."""
    known = state.versions.get(statement.version)
    if known and known.experience and (workspace.experiences / known.experience).is_dir():
        writes = kind_writes(read_manifest(workspace.checkpoint(statement.checkpoint))["base"]["kind"])
        freeze(workspace.experience(known.experience), workspace.suites, writes=writes)


def last_move(mover: Mover) -> Entry:
    """The entry that made the present champion."""
    return next(mover.authority.ledger.entries(kinds=CHAMPION_KINDS, newest_first=True))
