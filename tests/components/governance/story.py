"""A ledger told in a few words, without a database: what happened, and the state that it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from components.governance.entries import GENESIS, Entry, seal, utc
from components.governance.replay import replay
from components.governance.rules import leaves, obstacle
from components.governance.state import LedgerState

START = datetime(2027, 5, 3, 14, 0, tzinfo=UTC)


@dataclass
class Story:
    """Version N holds the checkpoint cN, which learned the experience eN."""

    entries: list[Entry] = field(default_factory=list)
    numbers: int = 0

    @property
    def state(self) -> LedgerState:
        return replay(self.entries)

    def tell(self, kind: str, subject: str = "", evidence: Mapping[str, Any] | None = None, reason: str = "told") -> Entry:
        """One more entry, whatever it says."""
        seq = len(self.entries) + 1
        fields = {
            "seq": seq, "time": utc(START + timedelta(minutes=seq)), "actor": "perdure", "kind": kind, "subject": subject,
            "evidence": dict(evidence or {}), "reason": reason, "key": None,
            "previous": self.entries[-1].hash if self.entries else GENESIS,
        }  # fmt: skip
        self.entries.append(seal(fields))
        return self.entries[-1]

    def version(self, *, gate: str = "pass", **changes: Any) -> str:
        """A version is registered: learned from what serves and judged against it, unless `changes` say otherwise."""
        self.numbers += 1
        number, serves = str(self.numbers), self.state.serving
        base = serves.checkpoint if serves else None
        told = {"checkpoint": f"c{number}", "experience": f"e{number}", "parent": base, "judged_against": base, "gate": gate}
        self.tell("registered", number, {**told, "cycle": f"cycle {number}", **changes})
        return number

    def promote(self, version: str) -> None:
        assert obstacle(version, self.state) == ""
        self.tell("promoted", version, {"checkpoint": self.state.versions[version].checkpoint})

    def champion(self, **changes: Any) -> str:
        """A version is registered and promoted."""
        version = self.version(**changes)
        self.promote(version)
        return version

    def held(self, **changes: Any) -> str:
        """A version is registered and held."""
        version = self.version(**{"gate": "inconclusive", **changes})
        self.tell("held", version)
        return version

    def back_to(self, version: str) -> None:
        state = self.state
        left = leaves(state, state.served(version))
        self.tell("rolled_back", version, {"checkpoint": state.versions[version].checkpoint, "left": left})

    def stack(self) -> list[str]:
        return [each.version for each in self.state.champions]
