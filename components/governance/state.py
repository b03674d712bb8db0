"""What the ledger says: which version serves and since when, which served before it, and what became of every version. Pure.

Champions form a stack. A promotion puts a version on top; a rollback takes off everything above the version that it goes back to.
What was taken off is revoked, as is what was rejected: neither it nor what learned from it serves again, unless its experience
is learned and judged anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from components.contracts import GateStatus, Outcome
from components.governance.entries import GENESIS, Entry

Policy = Literal["auto", "always"]


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
    the ledger does not know. by: who decided it. rebuilt: by a stream that is run again from its
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
                "versions": _in_order({version: _known(fields) for version, fields in value["versions"].items()}),
                "answers": {key: Answer(**fields) for key, fields in value["answers"].items()},
                "accepted": tuple(value["accepted"]),
            }
        )


def _known(fields: Mapping[str, Any]) -> Known:
    return Known(**{**fields, "experiences": tuple(fields.get("experiences") or ()), "rebuilt": bool(fields.get("rebuilt"))})


def _in_order(versions: Mapping[str, Known]) -> dict[str, Known]:
    """By number, which is the order in which they were made: JSON with sorted keys has "10" before "9"."""
    return {version: versions[version] for version in sorted(versions, key=lambda version: (len(version), version))}


def replay(entries: Iterable[Entry], state: LedgerState = LedgerState()) -> LedgerState:
    """The state after further entries, which come in order."""
    desk = _Desk(
        list(state.champions),
        dict(state.versions),
        dict(state.revoked),
        dict(state.answers),
        state.last_move,
        state.shown,
        list(state.accepted),
        state.owner,
        state.seq,
        state.hash,
    )
    for entry in entries:
        desk.take(entry)
    return LedgerState(
        tuple(desk.champions),
        _in_order(desk.versions),
        desk.revoked,
        desk.answers,
        desk.last_move,
        desk.shown,
        tuple(desk.accepted),
        desk.owner,
        desk.seq,
        desk.hash,
    )


#: What became of a version, by the kind of the entry that says so
_ENDS: Mapping[str, Outcome] = {"held": "held", "rejected": "rejected", "candidate_rolled_back": "rolled_back"}


#: Kinds of entries after which MLflow has something to show
_SHOWN = (
    *("registered", "promoted", "rolled_back", "champion_moved", "held", "rejected", "candidate_rolled_back"),
    *("approved", "refused", "reverted", "repaired", "continued"),
)


@dataclass
class _Desk:
    """The state while entries are replayed."""

    champions: list[Statement]
    versions: dict[str, Known]
    revoked: dict[str, str]
    answers: dict[str, Answer]
    last_move: int
    shown: str
    accepted: list[str]
    owner: str
    seq: int
    hash: str

    def take(self, entry: Entry) -> None:
        self.seq, self.hash = entry.seq, entry.hash
        if entry.kind in _SHOWN:
            self.shown = entry.hash
        if entry.kind != "approved" and (wish := entry.evidence.get("wish")):  # the promotion that follows is the answer
            problem = entry.reason if entry.kind == "refused" else ""
            self.answers[f"{entry.evidence['tag']} {entry.evidence['asked_on']}"] = Answer(wish, problem)
        known = self.versions.get(entry.subject)
        match entry.kind:
            case "registered":
                self.owner = self.owner or entry.evidence.get("workspace", "")
                fields = {name: entry.evidence.get(name) for name in _REGISTERED}
                self.versions[entry.subject] = _known({**fields, "outcome": known.outcome if known else None})
            case "promoted":
                self._push(entry)
            case "rolled_back" | "champion_moved":
                self._go_back(entry)
            case "held" | "rejected" | "candidate_rolled_back" if known:
                self._end(entry, known)
            case "continued":
                self._continue(entry)

    def _push(self, entry: Entry) -> None:
        self.last_move = entry.seq
        self.champions = [*(each for each in self.champions if each.version != entry.subject), self._statement(entry)]
        self._mark(entry.subject, "promoted", entry)
        if known := self.versions.get(entry.subject):
            for digest in (known.checkpoint, known.experience):
                self.revoked.pop(digest or "", None)

    def _go_back(self, entry: Entry) -> None:
        """An entry without a subject: nothing serves from then on."""
        kept = [each.version for each in self.champions]
        if entry.subject and entry.subject not in kept:
            self._push(entry)  # of a time when rollbacks were not for good: it went forward again
            return
        self.last_move = entry.seq
        at = kept.index(entry.subject) if entry.subject else 0
        left, self.champions = self.champions[at:], self.champions[:at]
        if entry.subject:
            self.champions.append(self._statement(entry))
            if entry.subject in self.versions and self.versions[entry.subject].outcome != "promoted":  # in old ledgers
                self._mark(entry.subject, "promoted", entry)
        for each in left:
            if each.version != entry.subject:
                self._mark(each.version, "rolled_back", entry)
                self._revoke(each.version)

    def _end(self, entry: Entry, known: Known) -> None:
        if self.champions and any(each.version == entry.subject for each in self.champions):
            return  # it serves, or served last: only a rollback takes it out
        outcome, page = _ENDS[entry.kind], entry.evidence.get("page", known.page)
        self.versions[entry.subject] = replace(known, outcome=outcome, reason=entry.reason, by=entry.actor, page=page)
        if outcome != "held":
            self._revoke(entry.subject)

    def _continue(self, entry: Entry) -> None:
        """Somebody decided to continue a damaged chain, from what had been verified before."""
        self.last_move = entry.seq
        self.accepted += entry.evidence["problems"]
        self.versions |= {version: _known(fields) for version, fields in entry.evidence["versions"].items()}
        self.revoked |= entry.evidence["revoked"]
        self.champions = [replace(Statement(**each), seq=entry.seq, hash=entry.hash) for each in entry.evidence["champions"]]

    def _statement(self, entry: Entry) -> Statement:
        known = self.versions.get(entry.subject)
        checkpoint = entry.evidence.get("checkpoint") or (known.checkpoint if known else "")
        return Statement(entry.subject, checkpoint, entry.seq, entry.hash, entry.time)

    def _mark(self, version: str, outcome: Outcome, entry: Entry) -> None:
        if known := self.versions.get(version):
            page = entry.evidence.get("page", known.page)
            self.versions[version] = replace(known, outcome=outcome, reason=entry.reason, by=entry.actor, page=page)

    def _revoke(self, version: str) -> None:
        """Unless the same experience, or the very checkpoint, came to serve in another way."""
        if known := self.versions.get(version):
            serve = [self.versions[each.version] for each in self.champions if each.version in self.versions]
            kept = {digest for each in serve for digest in (each.checkpoint, each.experience)}
            taken = {digest for digest in (known.checkpoint, known.experience) if digest and digest not in kept}
            self.revoked |= dict.fromkeys(taken, version)
            for other, its in self.versions.items():
                if its.outcome in (None, "held") and taken & {its.checkpoint, its.experience}:
                    self.versions[other] = replace(its, withdrawn=version)


_REGISTERED = ("checkpoint", "gate", "judged_against", "parent", "experience", "experiences", "cycle", "rebuilt")
