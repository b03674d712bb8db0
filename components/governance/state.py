"""What the ledger says: which version serves and since when, which served before it, and what became of every version. Pure.

Champions form a stack. A promotion puts a version on top; a rollback takes off everything above the version that it goes back to.
What was taken off is revoked, as is what was rejected: neither it nor what learned from it serves again, unless its experience
is learned and judged anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from components.contracts import GateStatus, Outcome
from components.governance.entries import GENESIS


@dataclass(frozen=True)
class Statement:
    """What serves: a version, its checkpoint, and the entry (number, hash, time) that made it so."""

    version: str
    checkpoint: str
    seq: int
    hash: str
    since: str


@dataclass(frozen=True)
class Known:
    """What the ledger knows of a version. `outcome` is None while its cycle is under way.

    judged_against: the checkpoint that served when it was judged; None: nothing did. experiences: what an ancestor learned that
    the ledger does not know. by: who decided it. content: digest of the rows that it
    learned, whatever the experience came after. rebuilt: by a stream that is run again from its
    start (DVC), which may roll it back itself.
    page: digest of the evidence page on which a held version is to be decided.
    withdrawn: the version with which its checkpoint or its experience was rejected or rolled back after it had been judged.
    """

    checkpoint: str
    gate: GateStatus
    judged_against: str | None = None
    parent: str | None = None
    experience: str | None = None
    experiences: tuple[str, ...] = ()
    content: str | None = None
    cycle: str | None = None
    rebuilt: bool = False
    outcome: Outcome | None = None
    reason: str = ""
    by: str = ""
    page: str | None = None
    withdrawn: str | None = None


@dataclass(frozen=True)
class Answer:
    """The answer to the last wish in one tag of a version: the wish's digest, and why it was refused ("" if it was not)."""

    wish: str
    problem: str = ""


@dataclass(frozen=True)
class LedgerState:
    """The ledger up to and including its entry `seq`.

    champions: the stack, oldest first; the last one serves. revoked: digests of checkpoints and experiences that may not serve,
    each with the version that it was revoked with. last_move: number of the last entry about the champion. accepted: problems of
    the chain that somebody decided to continue in spite of. answers: to wishes, by "TAG VERSION". shown: hash of the last entry
    that MLflow has to show. owner: id of the workspace that the ledger belongs to.
    """

    champions: tuple[Statement, ...] = ()
    versions: Mapping[str, Known] = field(default_factory=dict)
    revoked: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    last_move: int = 0
    shown: str = GENESIS
    accepted: tuple[str, ...] = ()
    owner: str = ""
    seq: int = 0
    hash: str = GENESIS

    @property
    def serving(self) -> Statement | None:
        """What serves; None when nothing does."""
        return self.champions[-1] if self.champions else None

    @property
    def previous(self) -> Statement | None:
        """What a rollback goes back to."""
        return self.champions[-2] if len(self.champions) > 1 else None

    @property
    def candidate(self) -> str | None:
        """The newest version whose cycle is under way."""
        return next((version for version in reversed([*self.versions]) if self.versions[version].outcome is None), None)

    @property
    def waiting(self) -> list[str]:
        """Held versions, oldest first."""
        return [version for version, known in self.versions.items() if known.outcome == "held"]

    def served(self, version: str) -> Statement | None:
        """The statement of a version in the stack."""
        return next((each for each in self.champions if each.version == version), None)

    def version_of(self, checkpoint: str) -> str | None:
        """The newest version of a checkpoint."""
        return next((version for version in reversed([*self.versions]) if self.versions[version].checkpoint == checkpoint), None)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able; `from_dict` reads it."""
        return asdict(self)

    @staticmethod
    def from_dict(value: Mapping[str, Any]) -> LedgerState:
        """What `as_dict` gave. Raises TypeError or KeyError for anything else."""
        return LedgerState(
            **{
                **value,
                "champions": tuple(Statement(**each) for each in value["champions"]),
                "versions": in_order({version: known_of(fields) for version, fields in value["versions"].items()}),
                "answers": {key: Answer(**fields) for key, fields in value["answers"].items()},
                "accepted": tuple(value["accepted"]),
            }
        )


def known_of(fields: Mapping[str, Any]) -> Known:
    """A version's state from JSON."""
    return Known(**{**fields, "experiences": tuple(fields.get("experiences") or ()), "rebuilt": bool(fields.get("rebuilt"))})


def in_order(versions: Mapping[str, Known]) -> dict[str, Known]:
    """By number, which is the order in which they were made: JSON with sorted keys has "10" before "9"."""
    return {version: versions[version] for version in sorted(versions, key=lambda version: (len(version), version))}
