"""What the registry shows and what the ledger remembers, as plain values for the rules in decisions.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from components.contracts import GateStatus, Outcome
from components.governance.entries import CHAMPION_KINDS, Entry

Policy = Literal["auto", "always"]
#: Kinds that `remember` reads; a ledger is filtered by them first.
STATE_KINDS = ("registered", "moving", "abandoned", *CHAMPION_KINDS)


@dataclass(frozen=True)
class VersionState:
    """One version as the registry shows it now. People edit `approval`; the other tags are the project's."""

    version: str
    checkpoint: str | None = None
    gate: GateStatus | None = None
    outcome: Outcome | None = None  # None: its cycle is still under way
    judged_against: str | None = None  # the champion's checkpoint at the time; None: there was no champion
    approval: str | None = None
    approval_reason: str = ""
    approval_by: str = ""
    problem: str = ""  # the last answer to `approval`, in the tag `approval.problem`


@dataclass(frozen=True)
class RegistryState:
    """The registry as observed: the version that `champion` names, and every version."""

    champion: str | None
    versions: tuple[VersionState, ...] = ()

    def find(self, version: str | None) -> VersionState | None:
        """A version by its number."""
        return next((state for state in self.versions if state.version == version), None)


@dataclass(frozen=True)
class Registered:
    """What the ledger says a version is."""

    checkpoint: str
    gate: GateStatus


@dataclass(frozen=True)
class Move:
    """A move of `champion` that was begun: entry `seq` says so, and no entry yet says that it is done."""

    seq: int
    outcome: Literal["promoted", "rolled_back"]
    version: str
    came_from: str | None
    actor: str = ""
    reason: str = ""


@dataclass(frozen=True)
class LedgerState:
    """The ledger's last known champion, every champion before it (oldest first), all versions, and an unfinished move."""

    champion: str | None = None
    champions: tuple[str, ...] = ()
    registered: Mapping[str, Registered] = field(default_factory=dict)
    pending: Move | None = None
    last_seq: int = 0  # of the last entry about `champion`


def remember(entries: Iterable[Entry]) -> LedgerState:
    """Replay entries of STATE_KINDS, oldest first."""
    champions: dict[str, None] = {}
    registered: dict[str, Registered] = {}
    champion, pending, last = None, None, 0
    for entry in entries:
        if entry.kind == "registered":
            registered[entry.subject] = Registered(entry.evidence["checkpoint"], entry.evidence["gate"])
            continue
        last = entry.seq
        pending = None
        if entry.kind == "moving":
            outcome, origin = entry.evidence["outcome"], entry.evidence["from"]
            pending = Move(entry.seq, outcome, entry.subject, origin, entry.actor, entry.reason)
        elif entry.kind in CHAMPION_KINDS:
            champion = entry.subject or None
            champions.pop(entry.subject, None)
            champions.update({champion: None} if champion else {})
    return LedgerState(champion, tuple(champions), registered, pending, last)
