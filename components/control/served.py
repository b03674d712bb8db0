"""What gateways really served: each writes to the ledger when it begins to serve a version, and when it stops."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from components.contracts import Clock
from components.control.authority import consult
from components.governance.entries import utc
from components.governance.ledger import Ledger
from components.workspace import Workspace


def note_served(workspace: Workspace, gateway: str, version: str | None, checkpoint: str | None, now: Clock) -> None:
    """Record what a gateway serves from now on; None: nothing any more. Raises LedgerError, UnavailableError."""
    reason = "The gateway answers with this version." if version else "The gateway stopped."
    evidence = {"gateway": gateway, "checkpoint": checkpoint}
    consult(workspace).ledger.append(
        "serving", actor=f"gateway {gateway}", subject=version or "", evidence=evidence, reason=reason, now=now
    )


def served_at(ledger: Ledger, moment: datetime) -> list[dict[str, Any]]:
    """What gateways said they served at a moment: {"gateway", "version", "checkpoint", "since", "until"} (until None: still)."""
    at, serving, ended = utc(moment), dict[str, dict[str, Any]](), list[dict[str, Any]]()
    for entry in ledger.entries(kinds=("serving",)):
        gateway = entry.evidence["gateway"]
        if before := serving.pop(gateway, None):
            ended.append({**before, "until": entry.time})
        if entry.subject:
            serving[gateway] = {
                "gateway": gateway,
                "version": entry.subject,
                "checkpoint": entry.evidence["checkpoint"],
                "since": entry.time,
                "until": None,
            }
    return [each for each in [*ended, *serving.values()] if each["since"] <= at and (each["until"] is None or at < each["until"])]
