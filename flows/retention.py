"""Daily: delete files that are older than their time to keep, but no experiences, checkpoints, suites, MLflow data or ledger."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from components.control.authority import consult
from components.ingestion.batches import folder_of, resume
from components.ingestion.inbox import still_open
from components.settings import Settings
from components.workspace import Workspace
from flows.common import holding, now, workspace_and_settings


def outdated(folder: Path, days: float, today: datetime, kept: Collection[Path] = ()) -> list[Path]:
    """Entries of a folder (files; or whole folders, by the newest file in them) last written more than `days` ago.

    `kept`: entries that are needed, however old they are.
    """
    limit = (today - timedelta(days=days)).timestamp()
    entries = [entry for entry in sorted(folder.iterdir()) if entry not in kept] if folder.is_dir() else []
    return [entry for entry in entries if max(path.stat().st_mtime for path in (entry, *entry.rglob("*"))) < limit]


@task(log_prints=True, result_serializer="json", cache_policy=NO_CACHE)
def delete(folder: Path, days: float, today: datetime, kept: Collection[Path] = ()) -> int:
    """Delete the outdated entries of a folder; returns how many there were."""
    entries = outdated(folder, days, today, kept)
    for entry in entries:
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    print(f"{folder}: {len(entries)} older than {days:g} days deleted")
    return len(entries)


def quarantined(space: Workspace, settings: Settings, days: float | None) -> dict[str, tuple[Path, float]]:
    """Where refused rows and refused files are, and for how many days they stay: as asked, else as params.yaml says."""
    stay = settings.quarantine.days if days is None else days
    return {"quarantine": (space.quarantine, stay), "quarantined_files": (space.quarantine / "inbox", stay)}


@flow(log_prints=True, result_serializer="json")
def retention(
    workspace: str | None = None,
    params: str | None = None,
    scratch_days: float = 7,
    inbox_days: float = 30,
    quarantine_days: float | None = None,
    report_days: float = 365,
) -> dict[str, Any]:
    """Delete old training snapshots, decided batches of the inbox, quarantined rows and reports; record it in the ledger.

    quarantine_days: instead of `quarantine.days` in params.yaml.

    A batch that is gone is not recognised any more when its events arrive once again.
    """
    space, settings = workspace_and_settings(workspace, params)
    refused = quarantined(space, settings, quarantine_days)
    folders = {
        "scratch": (space.scratch, scratch_days),
        "inbox": (folder_of(space), inbox_days),
        **refused,
        "reports": (space.reports, report_days),
    }
    with holding(space):
        resume(space)
        needed = [each.folder for each in still_open(space)]
        deleted = {name: delete.with_options(name=name)(folder, days, now(), needed) for name, (folder, days) in folders.items()}
        if any(deleted.values()):
            consult(space).ledger.append(
                "retention",
                actor="retention flow",
                subject="workspace",
                evidence=deleted,
                reason="Older than its time to keep.",
                now=now,
            )
    return deleted
