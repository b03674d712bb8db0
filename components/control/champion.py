"""The one way in which the champion moves: one entry of the ledger, and then its consequences.

    rules.py, inside the lock -> ledger "promoted" | "rolled_back" -> suite frozen -> MLflow made to agree

The entry has a key made of the last entry about the champion: of two movers at once, on one machine or several, one wins and the
other gets a BusyError. Before the entry nothing has changed; after it the version serves, and whoever comes next finishes what
follows from it. The version's checkpoint is the whole learner, memory included: rolling back is nothing but this entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from components.contracts import Clock, kind_writes
from components.control import artefacts
from components.control.authority import Authority, alone, consult
from components.control.mirror import aliases_of, gone, make_agree
from components.errors import BusyError, LedgerError, RegistryError
from components.evaluation.suites import freeze, frozen_at
from components.governance.entries import CHAMPION_KINDS, Entry
from components.governance.ledger import Ledger, cut_off
from components.governance.state import LedgerState, Statement
from components.governance.wishes import Observed
from components.registry.registry import SLICE, Registry
from components.storage import read_manifest
from components.workspace import Workspace


@dataclass
class Mover:
    """What changes versions and the champion: a verified ledger, and MLflow's registry; only `moving` makes one.

    agreed: MLflow had been brought up to date, so that what differs was changed by somebody and not left by a kill.
    """

    registry: Registry
    authority: Authority
    observed: Observed
    agreed: bool
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
        ledger, before = self.authority.ledger, self.state.versions
        entry = ledger.append(kind, actor=actor, subject=subject, evidence=evidence, reason=reason, now=self.now, key=key)
        self.authority = self.authority.advanced(self.workspace)
        self.look(version for version, known in self.state.versions.items() if known is not before.get(version))
        return entry

    def look(self, versions: Iterable[str]) -> None:
        """Look at further versions in MLflow."""
        self.observed = self.registry.look(self.observed, versions)

    def need(self, version: str) -> None:
        """Raise RegistryError when a version that is to be written to is gone from MLflow."""
        self.look([version])
        if version in self.observed.absent:
            raise RegistryError(
                f"Version {version} is gone from MLflow", "`perdure registry rebuild` makes it again; then run the command again."
            )

    def forget(self, version: str) -> None:
        """What was seen of a version is no longer true."""
        tags = {other: its for other, its in self.observed.tags.items() if other != version}
        self.observed = replace(self.observed, tags=tags, absent=self.observed.absent - {version})

    def show(self) -> None:
        """Make MLflow agree with the ledger."""
        self.observed = make_agree(self.registry, self.state, self.observed)


@contextmanager
def moving(registry: Registry, now: Clock) -> Iterator[Mover]:
    """Keep other movers of this workspace out for a moment. This is not the lock that a cycle keeps while it runs.

    Raises LedgerError when the ledger cannot be trusted, RegistryError when MLflow's registry is not the one it describes.
    """
    with alone(registry.workspace):
        authority = consult(registry.workspace, rotate=True)
        versions = authority.state.versions
        minute = int(now().timestamp()) // 60
        observed = registry.observe(versions, start=minute * SLICE % len(versions) if len(versions) > SLICE else 0)
        refuse_foreign(registry, authority, observed)
        agreed = observed.shown == authority.state.shown
        if not agreed:  # an act was cut short: whatever it changed is brought up to date
            observed = registry.observe(versions, whole=True)
        observed = registry.look(observed, [version for version in aliases_of(authority.state).values() if version])
        yield Mover(registry, authority, observed, agreed, now)


def refuse_foreign(registry: Registry, authority: Authority, observed: Observed) -> None:
    """Raise LedgerError or RegistryError when ledger and registry do not belong together."""
    refuse_another_ledger(registry, authority, observed)
    lost = gone(authority.state, observed)
    if lost and observed.shown is None:
        raise RegistryError(
            f"MLflow at {registry.uri.rpartition('@')[2]} holds nothing of the {len(lost)} versions that the ledger knows",
            "Nothing was changed, and what serves goes on serving. Correct MLFLOW_TRACKING_URI, restore MLflow's database, or"
            " make it again from checkpoints and ledger with `perdure registry rebuild`.",
        )


def refuse_another_ledger(registry: Registry, authority: Authority, observed: Observed) -> None:
    """Raise LedgerError when the registry agreed with another ledger than this one."""
    if (problem := foreign(authority.ledger, authority.state, observed)) and problem not in authority.state.accepted:
        raise LedgerError(
            f"The ledger at {authority.ledger.name} is not the one that MLflow's model {registry.model!r} agreed with: {problem}",
            "Nothing was changed, and what serves goes on serving. Restore the ledger from a backup, correct PERDURE_LEDGER_URL"
            ' or MLFLOW_TRACKING_URI; `perdure audit accept --reason "..."` continues in spite of it, and records that.',
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
    folder = mover.registry.fetch_checkpoint(version, known.checkpoint) if known else None
    told = told_of_move(before, folder, evidence)
    entry = mover.append(kind, version, told, actor=actor, reason=reason, key=key_of_move(before))
    refuse_other(entry, kind, version)
    finish(mover)
    return entry


def told_of_move(state: LedgerState, checkpoint: Path | None, evidence: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the entry of a move says besides: where it comes from, and what serves then."""
    told: dict[str, Any] = {"from": state.serving.version if state.serving else None, **(evidence or {})}
    if checkpoint is None:
        return told
    manifest = read_manifest(checkpoint)
    memory = manifest["files"].get("memory.parquet")
    return {**told, "checkpoint": checkpoint.name, "experience": manifest.get("experience"), "memory": memory}


def key_of_move(state: LedgerState) -> str:
    """The key of the next move: of two movers at once, one gets the other's entry."""
    return f"champion-after:{state.last_move}"


def refuse_other(entry: Entry, kind: str, version: str) -> None:
    """Raise BusyError when the entry that was returned is another mover's."""
    if (entry.kind, entry.subject) != (kind, version):
        raise BusyError(
            f"The champion was moved to version {entry.subject} at this moment ({entry.kind} by {entry.actor})",
            "Run the command again: it is decided anew.",
        )


def finish(mover: Mover) -> None:
    """What follows from a move: the champion's held-out cases become a suite, and MLflow agrees. Safe to run again."""
    if statement := mover.state.serving:
        freeze_suite(mover.workspace, statement, mover.state)
    mover.show()


def freeze_suite(workspace: Workspace, statement: Statement, state: LedgerState) -> None:
    """Keep the held-out cases of the champion's experience as a regression suite; the same one each time."""
    known = state.versions.get(statement.version)
    if not known or not known.experience or not (workspace.experiences / known.experience).is_dir():
        return
    experience = workspace.experience(known.experience)
    if experience.relabels:
        return
    if not frozen_at(experience, workspace.suites).is_dir():
        writes = kind_writes(read_manifest(artefacts.checkpoint(workspace, statement.checkpoint))["base"]["kind"])
        freeze(experience, workspace.suites, writes=writes)


def last_move(mover: Mover) -> Entry:
    """The entry that made the present champion."""
    return next(mover.authority.ledger.entries(kinds=CHAMPION_KINDS, newest_first=True))
