"""What every flow shares: its workspace and settings, and one flow at a time on a workspace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.concurrency.sync import concurrency

from components.environment import keep_private
from components.errors import BusyError
from components.settings import Settings, find_settings
from components.storage import digest_text
from components.workspace import Workspace


def workspace_and_settings(
    workspace: str | None, params: str | None, overrides: list[str] | None = None
) -> tuple[Workspace, Settings]:
    """Workspace and settings as the command finds them: PERDURE_WORKSPACE or workspace/, params.yaml or the defaults."""
    keep_private()
    root = Path(workspace or os.environ.get("PERDURE_WORKSPACE") or "workspace")
    settings, _ = find_settings(Path(params) if params else None, overrides or ())
    return Workspace(root), settings


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def holding(workspace: Workspace, wait_seconds: float | None = None) -> Iterator[None]:
    """Lock a workspace for a block: other flows queue in Prefect, and the workspace's lock keeps the command out.

    `wait_seconds`: how long to queue (None: as long as it takes). Raises BusyError if that was not enough.
    """
    limit = f"perdure-{digest_text(str(workspace.root.resolve()))[:12]}"
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(limit, 1)
    try:
        with concurrency(limit, timeout_seconds=wait_seconds, strict=True), workspace.lock(wait_seconds=wait_seconds or 3600.0):
            yield
    except TimeoutError as error:
        raise BusyError(f"The workspace {workspace.root} is in use by another flow", "The next run tries again.") from error
