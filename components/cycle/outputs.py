"""What a cycle states when it opens and what its steps leave behind, typed: the content of the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from components.contracts import Gate, GateStatus, Outcome, Verdict
from components.relabelling import Relabelling


@dataclass(frozen=True)
class Basis:
    """What a cycle continues from and what it is judged against: written when the cycle opens, checked when it ends."""

    champion: str | None  # the checkpoint that its candidate is judged against; None: there is no champion yet
    parent: str | None  # the checkpoint that it learns from: the champion, unless another was named
    follows: str | None  # the cycle before it in its stream; None: it follows what serves
    watched: bool = True  # the champion must still serve when the cycle ends; false in a stream that is rebuilt from its start


@dataclass(frozen=True)
class Opened:
    """cycle.json. `sequence` numbers the cycles of a workspace in the order in which they opened, from 1."""

    name: str
    events: tuple[str, ...]
    basis: Basis
    sequence: int
    files: tuple[str, ...] = ()  # SHA-256 of each file of events when the cycle opened; none in old ones
    act: Relabelling | None = None  # what it does instead of learning: classes are renamed or merged


@dataclass(frozen=True)
class Ingested:
    """The experience's digest, what became of the rows, and how many rows were left out for each reason."""

    experience: str
    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Chosen:
    """The recipe that `learning.recipe: auto` chose, and why."""

    chosen: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Learned:
    """The candidate's digest."""

    checkpoint: str
    recipe: Chosen | None = None


@dataclass(frozen=True)
class Evaluated:
    """Digests of cases.parquet, of summary.json without what a clock measured, and of what the next cycle is judged by.

    anchors, reference: "" in records of a release that had none.
    """

    cases: str
    summary: str = ""
    anchors: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Judged:
    """The verdict. reasons: of the gates that did not pass; suites: {KIND.NAME: digest} of those run, None in old records."""

    status: GateStatus
    mode: Literal["enforce", "report"]
    gates: tuple[Gate, ...]
    reasons: tuple[str, ...] = ()
    suites: Mapping[str, str] | None = None

    @staticmethod
    def of(verdict: Verdict) -> Judged:
        """The record of a verdict."""
        return Judged(verdict.status, verdict.mode, verdict.gates, tuple(verdict.reasons), dict(verdict.suites))

    @property
    def verdict(self) -> Verdict:
        """The verdict as the gates gave it."""
        return Verdict(self.status, self.gates, self.mode, self.suites or {})

    @property
    def stops(self) -> bool:
        """Whether the candidate goes no further. In mode `report` the gates stop nothing."""
        return self.status == "fail" and self.mode == "enforce"


@dataclass(frozen=True)
class Registered:
    """The version in the registry."""

    version: str


@dataclass(frozen=True)
class RolledOut:
    """The result under traffic. `estimate`: accuracy of the candidate minus the champion's, with its interval.

    held: two gateways found that the champion fails where the candidate answers. Trouble of the machine leaves no record at all.
    """

    status: Literal["promoted", "rolled_back", "held", "skipped"]
    reason: str = ""
    estimate: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Concluded:
    """How the cycle ended. `champion`: the checkpoint that serves after it, as far as this cycle knows."""

    outcome: Outcome
    version: str
    champion: str | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Monitored:
    """What monitoring measured on the new champion; empty when there is none."""

    status: Literal["skipped", "kept", "forgetting"]
    forgetting: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    snapshots: Mapping[str, str] = field(default_factory=dict)
