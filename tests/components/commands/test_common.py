"""What every command does alike: it says which settings it read, and refuses what was misspelt."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from components.cli import COMMANDS, perdure
from components.commands.common import Call, shared
from components.errors import PerdureError, UsageError

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


#: Commands that make no workspace, with arguments that are otherwise right
READING = {
    "status": "status", "verify": "verify", "audit verify": "audit verify", "audit log": "audit log",
    "audit at": "audit at 2026-05-03", "audit accept": "audit accept --reason r", "predict": "predict text",
    "report": "report --no-baselines", "approve": "approve 1 --reason r", "reject": "reject 1 --reason r",
    "rollback": "rollback --reason r", "reconcile": "reconcile", "registry rebuild": "registry rebuild",
    "serve": "serve --port 0", "ui": "ui --only prefect --seconds 0", "step": "step judge --cycle c",
    "labels list": "labels list", "labels rename": "labels rename a b --reason r", "labels merge": "labels merge a b --reason r",
}  # fmt: skip
#: Those that say what there is, and there may be nothing
LOOKING = ("status", "verify", "audit verify", "audit log", "audit at")


def call(line: str, cwd: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> PerdureError | None:
    """Run a command in this process, in a folder; the error that it ended with."""
    monkeypatch.chdir(cwd)
    for name in ("PERDURE_WORKSPACE", "PERDURE_LEDGER_URL", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(perdure, [*line.split(), *more])
    if done.exception is not None and not isinstance(done.exception, PerdureError | SystemExit):
        raise done.exception
    return done.exception if isinstance(done.exception, PerdureError) else None


def test_every_command_is_one_that_reads_or_one_that_makes() -> None:
    made = {"demo", "run", "cycle", "ingest", "bench", "erase", "study"}
    apart = {"quarantine"}  # works on a file and a key
    assert {name.split()[0] for name in READING} | made | apart == set(COMMANDS)


@pytest.mark.parametrize("name", READING)
def test_a_workspace_that_was_misspelt_is_named_and_not_made(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    error = call(READING[name], tmp_path, monkeypatch, "-w", "wrok")
    assert isinstance(error, UsageError)
    assert "no workspace wrok" in error.message
    assert "Did you mean 'work'?" in error.hint
    assert [path.name for path in tmp_path.iterdir()] == ["work"]


@pytest.mark.parametrize("name", READING)
def test_a_command_that_reads_makes_no_workspace(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = call(READING[name], tmp_path, monkeypatch)
    assert (error is None) == (name in LOOKING)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [*READING, "demo", "run", "cycle", "ingest"])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--set", "gates.margni=0.1"], "gates.margni"),
        (["--set", "learning.regime.rnk=4"], "rnk"),
        (["--set", "seed"], "KEY=VALUE"),
        (["--set", "seed=[[[[" + "[" * 1000], "nested"),
        (["--params", "absent.yaml"], "absent.yaml"),
    ],
)
def test_a_setting_that_was_misspelt_is_refused_by_every_command(
    name: str, wrong: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "workspace").mkdir()
    lines = {**READING, "demo": "demo", "run": "run trec", "cycle": "cycle a.jsonl", "ingest": "ingest a.jsonl"}
    error = call(lines[name], tmp_path, monkeypatch, *wrong)
    assert isinstance(error, UsageError)
    assert said in error.message
    assert list((tmp_path / "workspace").iterdir()) == []


def test_a_name_that_is_too_long_is_no_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(call("status", tmp_path, monkeypatch, "-w", "w" * 5000), UsageError)
