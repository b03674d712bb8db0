"""What the daily flow picks: a pure rule on folders."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from components.settings import load_settings
from components.workspace import Workspace

pytestmark = pytest.mark.integration  # importing a flow imports Prefect


def aged(path: Path, days: float, today: datetime) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    when = (today - timedelta(days=days)).timestamp()
    os.utime(path, (when, when))
    return path


def test_outdated_looks_at_the_newest_file_of_a_folder(tmp_path: Path) -> None:
    from flows.retention import outdated

    today = datetime(2027, 5, 3, tzinfo=UTC)
    old, new = aged(tmp_path / "old.json", 8, today), aged(tmp_path / "new.json", 6, today)
    aged(tmp_path / "resumed" / "first", 30, today)
    aged(tmp_path / "resumed" / "latest", 1, today)
    aged(tmp_path / "left" / "first", 30, today)
    long_ago = (today - timedelta(days=30)).timestamp()
    for folder in ("resumed", "left"):
        os.utime(tmp_path / folder, (long_ago, long_ago))
    assert outdated(tmp_path, 7, today) == [tmp_path / "left", old]
    assert new.exists()
    assert outdated(tmp_path / "nowhere", 7, today) == []
    assert outdated(tmp_path, 7, today, kept=[tmp_path / "left"]) == [old]


def test_refused_rows_are_kept_as_long_as_params_yaml_says(tmp_path: Path) -> None:
    from flows.retention import outdated, quarantined

    today = datetime(2027, 5, 3, tzinfo=UTC)
    space, settings = Workspace(tmp_path), load_settings(None, ["quarantine.days=30"])
    old = aged(space.quarantine / "monday-1.jsonl.sealed", 31, today)
    aged(space.quarantine / "tuesday-2.jsonl", 29, today)
    file = aged(space.quarantine / "inbox" / "odd.csv", 31, today)
    aged(space.quarantine / "inbox" / "new.csv", 1, today)
    found = [path for folder, days in quarantined(space, settings, None).values() for path in outdated(folder, days, today)]
    assert found == [old, file]
    assert [days for _, days in quarantined(space, settings, 7).values()] == [7, 7]
