"""Replaying the ledger: what each kind of entry changes in the state. Pure.

A new kind goes into `_Desk.take`, and into `_SHOWN` if MLflow has something to show after it. Ledgers of earlier versions replay
as they were meant: `moving` and `abandoned` say nothing, and a rollback that went forward again counts as a promotion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from components.contracts import Outcome
from components.governance.entries import Entry
from components.governance.state import Answer, Known, LedgerState, Statement, in_order, known_of

_EMPTY = LedgerState()


def replay(entries: Iterable[Entry], state: LedgerState = _EMPTY) -> LedgerState:
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
        in_order(desk.versions),
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
                self.versions[entry.subject] = known_of({**fields, "outcome": known.outcome if known else None})
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
            for digest in (known.checkpoint, known.experience, known.content):
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
        self.versions |= {version: known_of(fields) for version, fields in entry.evidence["versions"].items()}
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
            kept = {digest for each in serve for digest in (each.checkpoint, each.experience, each.content)}
            taken = {digest for digest in (known.checkpoint, known.experience, known.content) if digest and digest not in kept}
            self.revoked |= dict.fromkeys(taken, version)
            for other, its in self.versions.items():
                if its.outcome in (None, "held") and taken & {its.checkpoint, its.experience, its.content}:
                    self.versions[other] = replace(its, withdrawn=version)


_REGISTERED = ("checkpoint", "gate", "judged_against", "parent", "experience", "experiences", "content", "cycle", "rebuilt")
