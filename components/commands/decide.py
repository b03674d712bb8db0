"""`perdure approve`, `reject`, `rollback` and `reconcile`: what a person decides, and what carries it out."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

from components.commands.common import Call, existing, now
from components.errors import RegistryError, UnavailableError

if TYPE_CHECKING:
    from components.control.reconcile import Reconciled

reason_option = click.option("--reason", required=True, help="The reason; it is written to the ledger and to MLflow.")


@click.command("approve")
@click.argument("version")
@reason_option
@existing
def approve(call: Call, version: str, reason: str) -> int:
    """Approve a held VERSION and promote it, as its tags `approval` and `approval.reason` in the MLflow UI do."""
    return _decide(call, version, "approved", reason)


@click.command("reject")
@click.argument("version")
@reason_option
@existing
def reject(call: Call, version: str, reason: str) -> int:
    """Reject a held VERSION."""
    return _decide(call, version, "rejected", reason)


@click.command("rollback")
@click.option("--to", "version", help="Version to go back to [default: the one that served before].")
@click.option("--dry-run", is_flag=True, help="Say what would serve, and change nothing.")
@reason_option
@existing
def rollback(call: Call, version: str | None, dry_run: bool, reason: str) -> int:
    """Go back to an earlier champion, with its adapter, head and memory.

    All that came after it is rolled back as well, and no rollback returns to that: `perdure cycle FILE --again` learns it anew.
    """
    from components.control.actions import rollback as go_back
    from components.control.actions import rollback_alone, rollback_target
    from components.control.authority import consult
    from components.cycle.follow_up import write_pages
    from components.governance.rules import leaves
    from components.governance.wishes import claimed
    from components.registry.registry import Registry

    before = consult(call.workspace).state
    target = rollback_target(before, version)
    serves_now = before.serving.version if before.serving else None
    to, checkpoint, left = target.version, target.checkpoint, leaves(before, target)
    if left and not dry_run:  # never waits for a cycle
        actor = claimed(getpass.getuser())
        try:
            entry = go_back(Registry(call.workspace), version, reason=reason, actor=actor, now=now, instead_of=serves_now)
            if entry:  # it may have finished a rollback that was cut short: what the ledger says counts
                to, checkpoint, left = entry.subject, entry.evidence["checkpoint"], entry.evidence["left"]
            write_pages(call.workspace, left)
        except (UnavailableError, RegistryError) as error:  # an emergency does not wait for MLflow
            rollback_alone(call.workspace, target.version, reason=reason, actor=actor, now=now)
            call.say(f"MLflow does not show it yet: {error.message}. `perdure reconcile` brings it up to date")
    if left:
        also = f", and version{'s' * (len(left) > 2)} {', '.join(left[1:])}" if len(left) > 1 else ""
        serves = "would serve" if dry_run else "serves again"
        call.say(f"version {to} (checkpoint {checkpoint[:12]}) {serves}; version {left[0]} is rolled back{also}")
    else:
        call.say(f"version {to} serves already; nothing is changed")
    value = {"version": to, "checkpoint": checkpoint, "left": left[0] if left else None, "rolled_back": left}
    call.result({**value, "changed": bool(left) and not dry_run})
    return 0


@click.command("reconcile")
@existing
def reconcile(call: Call) -> int:
    """Carry out what people asked for in the MLflow UI: approvals, rejections, rollbacks. Safe to run twice."""
    return _reconcile(call)


def _decide(call: Call, version: str, approval: str, reason: str) -> int:
    from components.control.actions import refuse_empty
    from components.control.reconcile import answer
    from components.registry.registry import Registry

    refuse_empty(reason)
    answered = answer(Registry(call.workspace), version, approval, actor=getpass.getuser(), reason=reason, now=now)
    mine = [action for action in answered.done if action["version"] == version]
    return _told(call, answered, 3 if any(action["action"] == "refused" for action in mine) else 0)


def _reconcile(call: Call) -> int:
    from components.control.reconcile import reconcile as carry_out

    reconciled = carry_out(call.workspace, now)
    return _told(call, reconciled, 3 if any(action["action"] == "refused" for action in reconciled.done) else 0)


def _told(call: Call, reconciled: Reconciled, code: int) -> int:
    """Say what was done, do what follows from it, and return the exit code."""
    _say(call, reconciled)
    _follow_up(call, reconciled.pages)
    call.result({"done": reconciled.done, "lost": reconciled.lost})
    return code


def _say(call: Call, reconciled: Reconciled) -> None:
    for action in reconciled.done:
        call.say(f"{action['action']} version {action['version']}: {action['reason']}")
    if reconciled.lost:
        call.say(f"gone from MLflow: version {', '.join(reconciled.lost)}; `perdure registry rebuild` makes them again")
    if not reconciled.done:
        call.say("nothing to do")


def _follow_up(call: Call, pages: list[str]) -> None:
    """Bring evidence pages up to date; monitor what was promoted after its cycle had ended, unless a cycle is at work."""
    from components.cycle.follow_up import follow_up, write_pages
    from components.errors import BusyError

    write_pages(call.workspace, pages)
    try:
        with call.workspace.lock(wait_seconds=1.0):
            for version, problem in follow_up(call.workspace, call.settings(), now=now).items():
                call.say(f"version {version} cannot be monitored: {problem}" if problem else f"monitored version {version}")
    except BusyError as error:
        call.say(f"not monitored yet: {error.message}. The next `perdure reconcile` does it")
