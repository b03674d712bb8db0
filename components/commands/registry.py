"""`perdure registry`: MLflow's registry made again, when it was lost, damaged or changed."""

from __future__ import annotations

import click

from components.commands.common import Call, existing, now


@click.group("registry")
def registry() -> None:
    """MLflow's registry, which shows what the ledger says."""


@registry.command("rebuild")
@existing
def rebuild(call: Call) -> int:
    """Make every version again, under its number, from the ledger, the checkpoints and the cycles' records.

    The old model stays in MLflow under another name. What serves goes on serving throughout.
    """
    from components.cycle.rebuild import rebuild_registry

    with call.progress("rebuilding") as progress:
        count, kept = rebuild_registry(call.workspace, now, progress)
    call.say(f"{count} versions are in MLflow again" + (f"; the old model is kept as {kept}" if kept else ""))
    call.result({"versions": count, "kept": kept})
    return 0
