"""What every command does alike: it says which settings it read."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from components.commands.common import Call, shared

pytestmark = pytest.mark.unit


@click.command()
@shared
def reads(call: Call) -> None:
    """Reads the settings, twice."""
    call.settings()
    call.result({"seed": call.settings("seed=5").seed})


@click.command()
@shared
def reads_none(call: Call) -> None:
    """Has no use for settings."""
    call.result({"done": True})


def test_the_settings_file_is_said_once_and_stands_in_the_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    assert run(reads, []).stdout == "settings  the defaults (no params.yaml here)\n"
    assert json.loads(run(reads, ["--json"]).stdout) == {"seed": 5, "settings": None}
    (tmp_path / "params.yaml").write_text("seed: 1")
    assert run(reads, []).stdout == f"settings  {tmp_path / 'params.yaml'}\n"
    assert json.loads(run(reads, ["--json", "--set", "seed=7"]).stdout) == {"seed": 7, "settings": str(tmp_path / "params.yaml")}
    (tmp_path / "other.yaml").write_text("seed: 2")
    found = run(reads, ["--json", "--params", "other.yaml"])
    assert (json.loads(found.stdout)["settings"], found.stderr) == (
        str(tmp_path / "other.yaml"),
        f"settings  {tmp_path / 'other.yaml'}\n",
    )


def test_a_command_without_settings_says_nothing_of_them() -> None:
    found = CliRunner().invoke(reads_none, ["--json"])
    assert json.loads(found.stdout) == {"done": True}
    assert found.stderr == ""
