"""`perdure audit`: is the ledger whole, what was decided, what served at a time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from components.commands.common import Call, shared
from components.errors import UsageError

if TYPE_CHECKING:
    from components.governance.ledger import Ledger


@click.group("audit")
def audit() -> None:
    """Read the ledger: every decision, hash-chained, never rewritten."""


@audit.command("verify")
@click.option(
    "--head",
    help="The head that the ledger must contain, to detect a ledger that was cut short [default: the head noted in MLflow].",
)
@shared
def verify(call: Call, head: str | None) -> int:
    """Check that no entry was changed, removed, inserted or cut off."""
    report = _ledger(call).verify(expected_head=head or _noted(call))
    state = "the chain is whole" if report["valid"] else "THE CHAIN IS BROKEN"
    call.say(f"{report['entries']} entries, {state}, head {(report['head'] or '-')[:16]}")
    for problem in report["problems"]:
        call.say(f"  {problem}")
    call.result(report)
    return 0 if report["valid"] else 1


@audit.command("log")
@click.option("--limit", default=50, show_default=True, help="Show at most this many entries, newest first.")
@click.option("--kind", help="Show only entries of this kind, e.g. promoted.")
@shared
def log(call: Call, limit: int, kind: str | None) -> int:
    """List decisions, newest first."""
    entries = _ledger(call).log(limit=limit, kind=kind)
    for entry in entries:
        call.say(f"{entry.seq:>5}  {entry.time}  {entry.kind:<16} {entry.actor:<14} {entry.subject[:24]:<24} {entry.reason}")
    call.result({"entries": [json.loads(entry.to_json()) for entry in entries]})
    return 0


@audit.command("at")
@click.argument("time")
@shared
def at(call: Call, time: str) -> int:
    """Show what served at TIME (ISO 8601), who decided it and, with --json, on which data."""
    try:
        when = datetime.fromisoformat(time)
    except ValueError:
        raise UsageError(f"{time!r} is not a time", "Write it like 2027-05-03T14:03 (UTC unless it has an offset).") from None
    entry = _ledger(call).at(when if when.tzinfo else when.replace(tzinfo=UTC))
    if entry is None:
        call.say("Nothing served at that time.")
    else:
        call.say(f"version {entry.subject}: {entry.kind} at {entry.time} by {entry.actor}. {entry.reason}")
    call.result({"at": time, "entry": json.loads(entry.to_json()) if entry else None})
    return 0


def _ledger(call: Call) -> Ledger:
    from components.governance.ledger import Ledger

    return Ledger(call.workspace.ledger_url)


def _noted(call: Call) -> str | None:
    """The head that the registry noted after its last decision; None where there is no registry yet."""
    import os

    if not (call.workspace.root / "mlflow.db").exists() and "MLFLOW_TRACKING_URI" not in os.environ:
        return None
    from components.registry.registry import Registry

    return Registry(call.workspace).noted_head()
