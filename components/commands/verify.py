"""`perdure verify`: are the checkpoints that serve, or may serve, what the ledger says?"""

from __future__ import annotations

from typing import Any

import click

from components.commands.common import Call, looking


@click.command("verify")
@click.argument("version", required=False)
@looking
def verify(call: Call, version: str | None) -> int:
    """Verify a VERSION, or all that serves and all that a rollback can go back to: every file, on the disk and in MLflow."""
    checked = check(call, (version,) if version else ()) if call.workspace_root.is_dir() else []
    if not checked:
        call.say("nothing serves here yet")
    call.result({"checked": checked})
    return 1 if any(each["problems"] for each in checked) else 0


def check(call: Call, versions: tuple[str, ...]) -> list[dict[str, Any]]:
    """Look at versions and say what was found."""
    from dataclasses import asdict

    from components.control.inspect import inspect

    found = inspect(call.workspace, versions)
    for each in found:
        call.say(
            f"version {each.version} ({each.role}, checkpoint {each.checkpoint[:12]}): {'damaged' if each.problems else 'whole'}"
        )
        for problem in each.problems:
            call.say(f"  {problem}")
    return [asdict(each) for each in found]
