"""Checkpoints by the ledger's word: the one that serves, and any other, fetched back from MLflow when the disk has lost it."""

from __future__ import annotations

from pathlib import Path

from components.control.authority import consult
from components.governance.state import Statement
from components.workspace import Workspace


def champion(workspace: Workspace) -> tuple[Statement, Path] | None:
    """What serves, and the directory of its checkpoint; None when nothing serves."""
    statement = consult(workspace).state.serving
    return (statement, checkpoint(workspace, statement.checkpoint)) if statement else None


def checkpoint(workspace: Workspace, digest: str) -> Path:
    """The directory of a checkpoint, fetched back if it is missing. Raises UsageError for one that nobody registered."""
    if (workspace.checkpoints / digest).is_dir():
        return workspace.checkpoint(digest)
    version = consult(workspace).state.version_of(digest)
    if version is None:
        return workspace.checkpoint(digest)  # raises, and says how to list those that were registered
    from components.registry.registry import Registry

    return Registry(workspace).fetch_checkpoint(version, digest)
