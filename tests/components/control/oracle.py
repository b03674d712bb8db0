"""The rules of what may serve, once more and naively: plain lists that follow the ledger's entries and object to a wrong one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from components.storage import digest_json

#: Parent and experience of every checkpoint
Lineage = Mapping[str, tuple[str | None, str]]


@dataclass
class Fact:
    """A version as it was judged. born: the entry that registered it."""

    checkpoint: str
    experience: str
    gate: str
    against: str | None
    cycle: str
    born: int
    outcome: str | None = None
    page: str | None = None


@dataclass(frozen=True)
class Asked:
    """A wish as it stands in MLflow's tags."""

    tag: str
    version: str
    word: str
    reason: str
    by: str
    at: str

    @property
    def digest(self) -> str:
        return digest_json(asdict(self))

    @property
    def actor(self) -> str:
        return f"claimed by {self.by}, unauthenticated" if self.by else "someone in MLflow, unauthenticated"


@dataclass
class Cause:
    """What a step may bring about: which version it may promote, go back to, or decide otherwise; and the wishes that it sees."""

    promotes: str | None = None
    back_to: frozenset[str] = frozenset()
    decides: frozenset[str] = frozenset()
    registers: Any = None
    wishes: tuple[Asked, ...] = ()
    moved: bool = False  # the alias `champion` names another version than the one that serves
    edited: frozenset[str] = frozenset()  # versions whose tags differ from what the ledger says
    accepts: bool = False
    doctored: frozenset[str] = frozenset()  # versions whose page is not the one that was written


@dataclass
class Oracle:
    """What serves (the last of `stack`), what became of each version, and which digests were withdrawn, with the entry."""

    lineage: Lineage
    facts: dict[str, Fact] = field(default_factory=dict)
    stack: list[str] = field(default_factory=list)
    withdrawn: dict[str, int] = field(default_factory=dict)
    answered: dict[tuple[str, str], Asked] = field(default_factory=dict)
    approved: set[Asked] = field(default_factory=set)
    seq: int = 0
    head: str = "0" * 64
    time: str = ""
    hashes: list[str] = field(default_factory=lambda: ["0" * 64])
    last_move: tuple[int, str] = (0, "")

    @property
    def top(self) -> str | None:
        return self.stack[-1] if self.stack else None

    @property
    def serves(self) -> str | None:
        return self.facts[self.stack[-1]].checkpoint if self.stack else None

    def ancestry(self, checkpoint: str) -> Iterator[str]:
        """Its ancestors and what they learned."""
        parent = self.lineage[checkpoint][0]
        while parent:
            yield parent
            yield self.lineage[parent][1]
            parent = self.lineage[parent][0]

    def may(self, version: str) -> bool:
        """Whether a version may become champion now."""
        fact = self.facts.get(version)
        if fact is None or fact.outcome in ("rejected", "rolled_back") or version in self.stack or fact.against != self.serves:
            return False
        judged_before = any(self.withdrawn.get(own, 0) > fact.born for own in (fact.checkpoint, fact.experience))
        ancestry = [*self.ancestry(fact.checkpoint)]
        versions = [*self.facts.values()]
        unserved = {each.checkpoint for each in versions} - {each.checkpoint for each in versions if each.outcome == "promoted"}
        return not judged_before and not any(each in self.withdrawn or each in unserved for each in ancestry)

    def target(self, to: str | None) -> str | None:
        """Where a rollback goes; None: nowhere."""
        if to is None:
            return self.stack[-2] if len(self.stack) > 1 else None
        return to if to in self.stack else None

    def answers(self, wish: Asked) -> bool:
        """Whether this was the last wish in its place to be answered."""
        return self.answered.get((wish.tag, wish.version)) == wish

    def granted(self, wish: Asked) -> bool:
        """Whether it was decided so already."""
        fact = self.facts.get(wish.version)
        return bool(
            wish.tag == "approval" and fact and fact.outcome == {"approved": "promoted", "rejected": "rejected"}.get(wish.word)
        )

    def grants(self, wish: Asked, doctored: bool = False) -> bool:
        """Whether it can be carried out."""
        if not wish.reason or self.answers(wish):
            return False
        if wish.tag == "rollback":
            return wish.version in self.stack[:-1]
        fact = self.facts.get(wish.version)
        if not fact or fact.outcome != "held" or wish.word not in ("approved", "rejected"):
            return False
        return wish.word == "rejected" or (fact.gate != "fail" and self.may(wish.version) and not doctored)

    def take(self, entry: Mapping[str, Any], cause: Cause) -> None:
        """Follow one entry of the ledger; AssertionError if it should not be there."""
        kind, version, evidence = entry["kind"], entry["subject"], json.loads(entry["evidence"])
        self._chain(entry, evidence)
        assert entry["actor"], f"{kind}: no actor"
        assert entry["reason"].strip(), f"{kind}: no reason"
        wish = self._wish(evidence, cause)
        assert wish is None or not self.answers(wish), f"{kind}: the same wish twice: {wish}"
        match kind:
            case "registered":
                self._registered(version, evidence, entry["seq"], cause)
            case "promoted":
                assert wish is None or wish in self.approved, f"promoted without an entry that it was approved: {wish}"
                assert self.may(version), f"version {version} may not become champion"
                assert wish or cause.promotes == version, f"nobody promoted version {version}"
                assert not wish or (wish.actor, wish.reason) == (entry["actor"], entry["reason"])
                self.stack.append(version)
                self._decide(version, "promoted", evidence, entry["seq"])
            case "rolled_back":
                assert version in self.stack[:-1], f"a rollback to {version or 'nothing'}, of {self.stack}"
                assert (wish and self.grants(wish)) or version in cause.back_to, f"nobody asked for a rollback to {version}"
                assert "unauthenticated" in entry["actor"]
                while self.stack[-1] != version:
                    self._decide(self.stack.pop(), "rolled_back", {}, entry["seq"])
            case "held" | "rejected" | "candidate_rolled_back":
                fact = self.facts[version]
                assert wish is None or self.grants(wish), f"{wish} may not be granted"
                assert fact.outcome is None or wish, f"version {version} was {fact.outcome} already, now it is {kind}"
                assert wish or version in cause.decides, f"nobody decided version {version}"
                self._decide(version, "rolled_back" if kind == "candidate_rolled_back" else kind, evidence, entry["seq"])
            case "approved":
                assert wish, "an approval that nobody gave"
                assert self.grants(wish, wish.version in cause.doctored), f"{wish} may not be granted"
                self.approved.add(wish)
            case "refused":
                assert wish, "the answer to nothing"
                assert not self.granted(wish), f"refused, though it is so: {wish}"
                early = wish.word == "approved" and version in cause.decides  # given before there was evidence
                assert early or not self.grants(wish, wish.version in cause.doctored), f"refused without a cause: {wish}"
            case "reverted":
                assert cause.moved, "put back, though nobody moved it"
            case "repaired":
                assert version in cause.edited, f"put back, though nobody edited version {version}"
            case "continued":
                assert cause.accepts, "continued, though nobody accepted anything"
            case _:
                raise AssertionError(f"an entry of kind {kind}")
        if kind in ("promoted", "rolled_back", "continued"):
            self.last_move = entry["seq"], kind
        if wish and kind != "approved":
            self.answered[wish.tag, wish.version] = wish

    def clean(self) -> None:
        """Nothing that was rejected or rolled back, and no later attempt promoted, is in what serves."""
        for version in self.stack:
            fact = self.facts[version]
            within = [fact.checkpoint, fact.experience, *self.ancestry(fact.checkpoint)]
            bad = [each[:8] for each in within if each in self.withdrawn]
            assert not bad, f"version {version} serves, or a rollback may go back to it, and contains {bad}, which was withdrawn"

    def _chain(self, entry: Mapping[str, Any], evidence: Mapping[str, Any]) -> None:
        fields = {name: value for name, value in entry.items() if name != "hash"} | {"evidence": evidence}
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text.encode()).hexdigest() == entry["hash"]
        assert (entry["seq"], entry["previous"]) == (self.seq + 1, self.head)
        assert entry["time"] > self.time, "time went back"
        self.seq, self.head, self.time = entry["seq"], entry["hash"], entry["time"]
        self.hashes.append(self.head)

    def _wish(self, evidence: Mapping[str, Any], cause: Cause) -> Asked | None:
        if "wish" not in evidence:
            return None
        found = [each for each in cause.wishes if each.digest == evidence["wish"]]
        assert found, f"a wish that is nowhere: {evidence}"
        return found[0]

    def _registered(self, version: str, evidence: Mapping[str, Any], seq: int, cause: Cause) -> None:
        wanted, old = cause.registers, self.facts.get(version)
        assert wanted, "nobody registered anything"
        said = tuple(evidence[name] for name in ("checkpoint", "experience", "gate", "judged_against", "cycle"))
        digest = wanted.experience.digest
        assert said == (wanted.checkpoint.name, digest, wanted.verdict.status, wanted.judged_against, wanted.cycle)
        assert old is None or old.outcome in (None, "promoted"), (
            f"version {version} was {old and old.outcome}, and is judged again"
        )
        outcome, page = (old.outcome, old.page) if old else (None, None)
        self.facts[version] = Fact(*said, seq, outcome, page)

    def _decide(self, version: str, outcome: str, evidence: Mapping[str, Any], seq: int) -> None:
        fact = self.facts[version]
        fact.outcome, fact.page = outcome, evidence.get("page", fact.page)
        own = fact.checkpoint, fact.experience
        if outcome == "promoted":
            for each in own:
                self.withdrawn.pop(each, None)
        elif outcome != "held":
            serve = {each for other in self.stack for each in (self.facts[other].checkpoint, self.facts[other].experience)}
            self.withdrawn |= {each: seq for each in own if each not in serve}
