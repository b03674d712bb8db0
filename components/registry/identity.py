"""Who a workspace is to others: an id, and the name of its registered model. Several workspaces may share one MLflow server."""

from __future__ import annotations

import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from components.errors import IntegrityError, UsageError
from components.naming import model_part
from components.storage import locked, read_json, write_json
from components.workspace import Workspace

#: The model's name where the workspace has MLflow's database for itself
MODEL = "perdure"
_VARIABLE = "PERDURE_MODEL"


@dataclass(frozen=True)
class Identity:
    """id: "" for a folder in which nothing was made yet. model: the registered model that the workspace's versions belong to."""

    id: str
    model: str


def identity(workspace: Workspace) -> Identity:
    """The identity of a workspace, noted in workspace.json at its first use; it goes with the folder when that is moved.

    Raises UsageError when PERDURE_MODEL names another model than before, IntegrityError for a damaged file.
    """
    path = workspace.root / "workspace.json"
    if not path.is_file():
        if not os.access(workspace.root, os.W_OK):  # nothing is there yet, or it can only be read
            return Identity("", os.environ.get(_VARIABLE) or MODEL)
        with locked(workspace.root / ".identity.lock"):
            if not path.is_file():
                write_json(path, asdict(_new(workspace)))
    known = _read(path)
    if (asked := os.environ.get(_VARIABLE)) and asked != known.model:
        if not _registered(workspace):  # no version bears the old name
            write_json(path, asdict(replace(known, model=asked)))
            return replace(known, model=asked)
        raise UsageError(
            f"{_VARIABLE} names the model {asked!r}, but the versions of {workspace.root} belong to {known.model!r}",
            f"Unset it, or use another workspace. ({path} notes the name.)",
        )
    return known


def _new(workspace: Workspace) -> Identity:
    mine = secrets.token_hex(8)
    if asked := os.environ.get(_VARIABLE):
        return Identity(mine, asked)
    if workspace.mlflow_file or _registered(workspace):  # of a time when every workspace used the same name
        return Identity(mine, MODEL)
    folder = model_part(workspace.root.resolve().name)
    return Identity(mine, f"{MODEL}-{folder}-{mine[:6]}" if folder else f"{MODEL}-{mine[:6]}")


def _registered(workspace: Workspace) -> bool:
    """Whether a cycle of the workspace has registered a version."""
    return any(workspace.cycles.glob("*/register/record.json"))


def _read(path: Path) -> Identity:
    value = read_json(path)
    if not isinstance(value, dict) or not all(isinstance(value.get(name), str) and value[name] for name in ("id", "model")):
        raise IntegrityError(f"{path} does not say which workspace this is", "Restore it from a backup.")
    return Identity(value["id"], value["model"])
