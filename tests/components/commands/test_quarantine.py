"""Refused rows, encrypted with a key of the user's: sealed, opened, corrected, put back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from components import cli
from components.errors import IntegrityError, UsageError
from components.workspace import Workspace

pytestmark = pytest.mark.integration
Perdure = Callable[..., Result]


@pytest.fixture
def perdure(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Perdure:
    """perdure(argument, ...) in a folder whose params.yaml names a key."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("quarantine: {key: keys/rows.key}\ningestion: {min_rows: 1}\n")

    def call(*arguments: str) -> Result:
        done = CliRunner().invoke(cli.perdure, [*arguments, f"-w{workspace.root}"], standalone_mode=False)
        if done.exception:
            raise done.exception
        return done

    return call


@pytest.fixture
def events(tmp_path: Path) -> Path:
    rows: list[dict[str, Any]] = [{"text": f"question {n} ?", "label": "ab"[n % 2]} for n in range(20)]
    rows += [
        {"text": "wx.secret text", "label": "a" * 300},
        {"text": "two labels wx.two", "label": "a"},
        {"text": "two labels wx.two", "label": "b"},
    ]
    path = tmp_path / "monday.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_refused_rows_are_sealed_opened_corrected_and_put_back(
    perdure: Perdure, workspace: Workspace, events: Path, tmp_path: Path
) -> None:
    perdure("quarantine", "key", "keys/rows.key")
    assert (tmp_path / "keys" / "rows.key").stat().st_mode & 0o777 == 0o600
    said = json.loads(perdure("ingest", str(events), "--json").stdout)
    sealed = Path(said["quarantine_file"])
    assert (said["quarantined"], sealed.suffix) == (3, ".sealed")
    assert all(b"wx." not in path.read_bytes() for path in workspace.quarantine.rglob("*") if path.is_file())
    assert list(workspace.scratch.iterdir()) == []

    again = json.loads(perdure("ingest", str(events), "--json").stdout)
    assert again["quarantine_file"] == str(sealed), "the same rows, the same name"

    with pytest.raises(UsageError, match="sealed") as error:
        perdure("ingest", "--requeue", str(sealed))
    assert f"perdure quarantine open {sealed}" in error.value.hint
    rows = [json.loads(line) for line in perdure("quarantine", "open", str(sealed)).stdout.splitlines()]
    assert [row["reason"] for row in rows] == ["invalid_label", "contradictory_label", "contradictory_label"]

    perdure("quarantine", "open", str(sealed), "--out", "plain.jsonl")
    assert (tmp_path / "plain.jsonl").stat().st_mode & 0o777 == 0o600
    rows[0]["event"]["label"] = "a"
    (tmp_path / "plain.jsonl").write_text(
        json.dumps(rows[0]) + "\n" + json.dumps({"text": "one more question", "label": "b"}) + "\n"
    )
    assert json.loads(perdure("ingest", "--requeue", "plain.jsonl", "--json").stdout)["accepted"] == 2


def test_without_the_key_nothing_is_ingested_and_nothing_is_opened(
    perdure: Perdure, workspace: Workspace, events: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"quarantine\.key.*rows\.key.*no such file") as error:
        perdure("ingest", str(events))
    assert "perdure quarantine key" in error.value.hint
    assert not workspace.experiences.exists()

    perdure("quarantine", "key", "keys/rows.key")
    sealed = json.loads(perdure("ingest", str(events), "--json").stdout)["quarantine_file"]
    perdure("quarantine", "key", "keys/other.key")
    with pytest.raises(IntegrityError, match=r"other\.key"):
        perdure("quarantine", "open", sealed, "--set", "quarantine.key=keys/other.key")
    with pytest.raises(UsageError, match="names no key"):
        perdure("quarantine", "open", sealed, "--set", "quarantine.key=null")
