"""What an approver has to know about a version, as plain values; `evidence_page.render` makes the page of it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.contracts import Outcome, Verdict


@dataclass(frozen=True)
class Traffic:
    """The result under traffic. status: as in the rollout's record. figures: the summary in traffic.json; empty if not run.

    estimate, low, high: the candidate's accuracy minus the champion's, with its interval; None if they were not compared.
    """

    status: str
    reason: str = ""
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """What was decided about a version, and why. by: the person, as the ledger names them; empty for the gates."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True)
class Evidence:
    """What the page is made of. Examples are {"text", "truth", "champion", "candidate"}: the label that each gave."""

    version: str
    checkpoint: str
    experience: str  # its digest
    name: str  # the experience's name
    cycle: str
    counts: Mapping[str, int]
    labels: Sequence[str]
    manifest: Mapping[str, Any]  # of the checkpoint
    verdict: Verdict
    judged_against: str | None  # the champion's checkpoint; None: there was no champion
    champion: str | None = None  # its version, where a cycle made it
    better: Sequence[Mapping[str, Any]] = ()
    worse: Sequence[Mapping[str, Any]] = ()
    n_better: int = 0
    n_worse: int = 0
    validation: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)  # by step
    training: Mapping[str, Any] = field(default_factory=dict)  # {"seconds", "peak_bytes"}
    traffic: Traffic | None = None  # None: not run yet
    decision: Decision | None = None  # None: the cycle is under way
    forgetting: Mapping[str, Any] | None = None  # what monitoring found; None: not measured
    given: Mapping[str, int] = field(default_factory=dict)  # rows with a target, by who gave it (provenance.py)
    inputs: Mapping[str, Any] = field(default_factory=dict)  # and how the new events differ


def page_digest(text: str) -> str:
    """SHA-256 of a page: what an approval names, so that nobody can say later that another page was read."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
