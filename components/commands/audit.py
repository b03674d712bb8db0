"""`perdure audit`: is the ledger whole, what was decided, what served at a time."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from components.commands.common import Call, existing, looking, now
from components.errors import PerdureError, UsageError

if TYPE_CHECKING:
    from components.governance.ledger import Ledger


@click.group("audit")
def audit() -> None:
    """Read the ledger: every decision, hash-chained, never rewritten."""


@audit.command("verify")
@click.option(
    "--head", help="A head that the ledger must contain, kept elsewhere [those noted here and in MLflow are looked for anyway]."
)
@click.option("--deep", is_flag=True, help="Verify also every checkpoint that serves or may serve, on the disk and in MLflow.")
@looking
def verify(call: Call, head: str | None, deep: bool) -> int:
    """Check that no entry was changed, removed, inserted or cut off, and that MLflow shows what the ledger says."""
    from components.control.authority import examine, refuse_another, seen_of
    from components.governance.ledger import cut_off

    ledger, noted = _ledger(call), _noted(call)
    report = ledger.verify(expected_head=head)
    known, found = examine(ledger, seen_of(call.workspace))
    refuse_another(known, ledger, call.workspace)
    if noted.head and not ledger.holds(noted.head):
        found.append(cut_off(noted.head))
    report["problems"] += [each for each in found if each not in report["problems"] and each not in report["accepted"]]
    report["valid"] = not report["problems"]
    state = "the chain is whole" if report["valid"] else "THE CHAIN IS BROKEN"
    call.say(f"{report['entries']} entries, {state}, head {(report['head'] or '-')[:16]}")
    for problem in report["problems"]:
        call.say(f"  {problem}")
    for problem in report["accepted"]:
        call.say(f"  accepted: {problem}")
    if noted.said:
        call.say(f"  {noted.said}")
    differing = _differing(call, noted) if report["valid"] else []
    for line in differing:
        call.say(f"  {line}")
    checked: list[dict[str, Any]] = []
    if deep and report["valid"]:
        from components.commands.verify import check

        checked = check(call, ())
    call.result({**report, "noted": noted.said or "compared", "mlflow": differing, "checked": checked})
    damaged = differing or any(each["problems"] for each in checked)
    return 0 if report["valid"] and not damaged else 1


@audit.command("accept")
@click.option("--reason", required=True, help="Why it is right to continue; written to the ledger.")
@existing
def accept(call: Call, reason: str) -> int:
    """Continue in spite of a damaged, shortened or replaced ledger. What serves goes on serving; the problems are recorded."""
    from components.control.accept import accept as continue_with
    from components.governance.wishes import claimed
    from components.registry.registry import Registry

    entry = continue_with(Registry(call.workspace), actor=claimed(getpass.getuser()), reason=reason, now=now)
    call.say(
        f"entry {entry.seq}: continued in spite of {len(entry.evidence['problems'])} problems; serving: {entry.subject or '-'}"
    )
    call.result({"entry": json.loads(entry.to_json())})
    return 0


@audit.command("log")
@click.option(
    "--limit",
    default=50,
    type=click.IntRange(1, 1_000_000),
    show_default=True,
    help="Show at most this many entries, newest first.",
)
@click.option("--kind", help="Show only entries of this kind, e.g. promoted.")
@looking
def log(call: Call, limit: int, kind: str | None) -> int:
    """List decisions, newest first."""
    problems = _warn(call)
    entries = _ledger(call).log(limit=limit, kind=kind)
    for entry in entries:
        call.say(f"{entry.seq:>5}  {entry.time}  {entry.kind:<16} {entry.actor:<14} {entry.subject[:24]:<24} {entry.reason}")
    call.result({"entries": [json.loads(entry.to_json()) for entry in entries], "problems": problems})
    return 1 if problems else 0


@audit.command("at")
@click.argument("time")
@looking
def at(call: Call, time: str) -> int:
    """Show what served at TIME (ISO 8601), who decided it, what gateways really served and, with --json, on which data."""
    from components.control.served import served_at, statement_at

    try:
        when = datetime.fromisoformat(time)
        moment = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{time!r} is not a time", "Write it like 2027-05-03T14:03 (UTC unless it has an offset).") from None
    problems, ledger = _warn(call), _ledger(call)
    entry, doubt = statement_at(ledger, moment)
    if doubt:
        call.say(f"NOT CERTAIN: {doubt}")
    if entry is None or not entry.subject:
        call.say("Nothing served at that time.")
    else:
        call.say(f"version {entry.subject}: {entry.kind} at {entry.time} ({entry.actor}). {entry.reason}")
    intervals = served_at(ledger, moment)
    for each in intervals:
        until = each["until"] or "(no end recorded)"
        call.say(f"  gateway {each['gateway']} served version {each['version']} from {each['since']} to {until}")
    shown = json.loads(entry.to_json()) if entry else None
    call.result({"at": time, "entry": shown, "served": intervals, "problems": problems, "doubt": doubt})
    return 1 if problems or doubt else 0


def _ledger(call: Call) -> Ledger:
    from components.governance.ledger import Ledger

    return Ledger(call.workspace.ledger_url)


def _warn(call: Call) -> list[str]:
    """Every problem of the ledger, said before anything is shown from it."""
    from components.control.authority import examine, seen_of

    ledger = _ledger(call)
    problems = [*ledger.verify()["problems"]]
    problems += [each for each in examine(ledger, seen_of(call.workspace))[1] if each not in problems]
    if problems:
        call.say(f"WARNING: the ledger cannot be trusted: {problems[0]}. `perdure audit verify` lists all.")
    return problems


class _Noted:
    """The head that MLflow noted, or why it could not be asked."""

    def __init__(self, head: str | None = None, said: str = "") -> None:
        self.head, self.said = head, said


def _noted(call: Call) -> _Noted:
    file = call.workspace.mlflow_file
    if file and not file.exists():
        return _Noted(said="MLflow has no database here; its head was not compared")
    from components.registry.registry import Registry

    try:
        return _Noted(Registry(call.workspace).noted_head())
    except PerdureError as error:
        return _Noted(said=f"the head noted in MLflow was not compared: {error.message}")


def _differing(call: Call, noted: _Noted) -> list[str]:
    """What MLflow shows otherwise than the ledger."""
    if noted.said:
        return []
    from components.control.inspect import compare

    return compare(call.workspace)
