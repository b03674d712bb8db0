"""The nightly cycle over the inbox: every file becomes a cycle; a bad one is set aside and never blocks the next."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from prefect import flow

from components.cycle.plan import single
from components.errors import BusyError, PerdureError, UnavailableError
from components.learning.choice.resolve import refuse_illegal
from components.storage import digest_file, write_json
from components.workspace import Workspace
from flows.common import now, workspace_and_settings
from flows.lifelong import lifelong


def waiting(inbox: Path) -> list[Path]:
    """The files to learn from, by name. Hidden files are still being written: upload to .NAME, then rename."""
    return sorted(path for path in inbox.iterdir() if path.is_file() and not path.name.startswith(".")) if inbox.is_dir() else []


def set_aside(file: Path, workspace: Workspace, error: PerdureError) -> Path:
    """Move a bad file to quarantine/inbox with the reason beside it."""
    target = workspace.quarantine / "inbox" / f"{file.stem}-{digest_file(file)[:8]}{file.suffix}"
    reason = {"file": file.name, "reason": error.message, "hint": error.hint, "time": now().isoformat()}
    write_json(target.with_name(f"{target.name}.reason.json"), reason)
    os.replace(file, target)
    return target


@flow(log_prints=True, result_serializer="json")
def nightly(workspace: str | None = None, params: str | None = None) -> dict[str, Any]:
    """Learn from every file of the inbox, oldest name first.

    A finished file (promoted, refused or held) moves to inbox/done, an unusable one to quarantine/inbox. If the cause is not
    the file (a full disk, MLflow not available), the file stays where it is for the next night, and this run fails.
    """
    space, settings = workspace_and_settings(workspace, params)
    refuse_illegal(settings.learning)  # a file must not be set aside because the recipe is wrong
    files: dict[str, Any] = {"done": [], "quarantined": [], "left": []}
    for file in waiting(space.inbox):
        state = lifelong(str(file), workspace=str(space.root), params=params, return_state=True)
        result = state.result(raise_on_failure=False)
        if state.is_completed():
            target = space.inbox / "done" / f"{single(file).cycle}{file.suffix}"
            target.parent.mkdir(exist_ok=True)
            os.replace(file, target)
            files["done"].append({"file": file.name, "verdict": result["verdict"], "version": result["version"]})
        elif isinstance(result, PerdureError) and not isinstance(result, UnavailableError | BusyError):
            print(f"{file.name} is set aside in {set_aside(file, space, result)}: {result.message}")
            files["quarantined"].append({"file": file.name, "reason": result.message})
        else:
            files["left"].append({"file": file.name, "reason": f"{type(result).__name__}: {result}"})
    print(
        f"{len(files['done'])} learned from, {len(files['quarantined'])} set aside, {len(files['left'])} left for the next night"
    )
    if files["left"]:
        raise UnavailableError(
            f"{len(files['left'])} files are left in {space.inbox}: {files['left'][0]['reason']}",
            "Fix the cause; the next run takes the files.",
        )
    return files
