"""What the nightly and the daily flow pick: pure rules on folders."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from components.errors import UsageError
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


def test_the_inbox_is_read_by_name_and_uploads_in_progress_are_not_touched(tmp_path: Path) -> None:
    from flows.nightly import waiting

    for name in ("b.jsonl", "a.csv", ".c.jsonl"):
        (tmp_path / name).write_text("x")
    (tmp_path / "done").mkdir()
    assert [path.name for path in waiting(tmp_path)] == ["a.csv", "b.jsonl"]
    assert waiting(tmp_path / "nowhere") == []


def test_a_bad_file_is_set_aside_with_its_reason(workspace: Workspace) -> None:
    from flows.nightly import set_aside

    workspace.inbox.mkdir(parents=True)
    for text in ("one", "two"):  # the same name twice: neither is lost
        file = workspace.inbox / "bad.jsonl"
        file.write_text(text)
        target = set_aside(file, workspace, UsageError("not JSON in line 3", "mend it"))
        assert target.read_text() == text
        reason = json.loads(target.with_name(f"{target.name}.reason.json").read_text())
        assert (reason["file"], reason["reason"], reason["hint"]) == ("bad.jsonl", "not JSON in line 3", "mend it")
    assert len(list((workspace.quarantine / "inbox").iterdir())) == 4
    assert not list(workspace.inbox.iterdir())
