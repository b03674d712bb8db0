"""What gateways really served: each writes to the ledger when it begins to serve a version, and when it stops."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from components.contracts import Clock
from components.governance.entries import CHAMPION_KINDS, Entry, utc
from components.governance.ledger import Ledger


def note_served(ledger: Ledger, gateway: str, version: str | None, checkpoint: str | None, now: Clock) -> None:
    """Record what a gateway serves from now on; None: nothing any more. `ledger`: verified. Raises UnavailableError."""
    reason = "The gateway answers with this version." if version else "The gateway stopped."
    evidence = {"gateway": gateway, "checkpoint": checkpoint}
    ledger.append("serving", actor=f"gateway {gateway}", subject=version or "", evidence=evidence, reason=reason, now=now)


def statement_at(ledger: Ledger, moment: datetime) -> tuple[Entry | None, str]:
    """The entry that made the champion of a moment, and a doubt where the clock once jumped; "" where there is none.

    Times never decrease, so after a clock that was fast for a while they are too late; what the clock said then is beside them.
    """
    by_order, at = ledger.at(moment), utc(moment)
    entries = ledger.entries(kinds=CHAMPION_KINDS, newest_first=True)
    by_clock = next((entry for entry in entries if entry.evidence.get("clock", entry.time) <= at), None)
    if by_clock == by_order:
        return by_order, ""
    one, other = (f"version {entry.subject} (entry {entry.seq})" if entry else "nothing" for entry in (by_clock, by_order))
    return by_clock, f"a clock jumped; by what the clocks said it was {one}, by the times in the ledger {other}"


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
