"""`perdure approve`, `reject`, `rollback` and `reconcile`: what a person decides, and what carries it out."""

from __future__ import annotations

import getpass

import click

from components.commands.common import Call, now, shared

reason_option = click.option("--reason", required=True, help="The reason; it is written to the ledger and to MLflow.")


@click.command("approve")
@click.argument("version")
@reason_option
@shared
def approve(call: Call, version: str, reason: str) -> int:
    """Approve a held VERSION and promote it. Setting the tag `approval` to `approved` in the MLflow UI does the same."""
    return _decide(call, version, "approved", reason)


@click.command("reject")
@click.argument("version")
@reason_option
@shared
def reject(call: Call, version: str, reason: str) -> int:
    """Reject a held VERSION."""
    return _decide(call, version, "rejected", reason)


@click.command("rollback")
@click.option("--to", "version", help="Version to go back to [default: the alias `previous`].")
@reason_option
@shared
def rollback(call: Call, version: str | None, reason: str) -> int:
    """Go back to an earlier champion, with its adapter, head and memory. The version that served until now is kept."""
    from components.control.actions import rollback as go_back
    from components.registry.registry import Registry

    registry = Registry(call.workspace)
    left = registry.champion()
    entry = go_back(registry, version, reason=reason, actor=getpass.getuser(), now=now())  # never waits for a cycle
    checkpoint = str(entry.evidence["checkpoint"])
    call.say(f"champion is version {entry.subject} again (checkpoint {checkpoint[:12]}); version {left} is `previous` now")
    call.result({"version": entry.subject, "checkpoint": checkpoint, "left": left})
    return 0


@click.command("reconcile")
@shared
def reconcile(call: Call) -> int:
    """Carry out what people asked for in the MLflow UI: approvals, rejections, a moved `champion`. Safe to run twice."""
    return _reconcile(call)


def _decide(call: Call, version: str, approval: str, reason: str) -> int:
    from components.control import actions as moves
    from components.registry.registry import Registry

    ask = moves.approve if approval == "approved" else moves.reject
    ask(Registry(call.workspace), version, actor=getpass.getuser(), reason=reason)
    return _reconcile(call)


def _reconcile(call: Call) -> int:
    from components.control.reconcile import reconcile as carry_out

    done = carry_out(call.workspace, call.settings().rollout.approval, now())
    for action in done:
        call.say(f"{action['action']} version {action['version']}: {action['reason']}")
    if not done:
        call.say("nothing to do")
    call.result({"done": done})
    return 3 if any(action["action"] == "refused" for action in done) else 0
