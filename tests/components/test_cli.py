"""The command as a user meets it before anything is learned: help, errors, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from components.cli import COMMANDS

pytestmark = pytest.mark.integration

RUN = [sys.executable, "-c", "from components.cli import main; main()"]


def perdure(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def test_help_lists_every_command_and_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from components.cli import perdure; perdure.main(['--help'], standalone_mode=False); "
        "print(sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    for command in COMMANDS:
        assert f"  {command}" in done.stdout
    loaded = done.stdout.rsplit("[", 1)[1]
    for heavy in ("torch", "mlflow", "pandas", "numpy", "pydantic", "great_expectations", "evidently", "sqlalchemy", "yaml"):
        assert f"'{heavy}'" not in loaded


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("erase", "study")])
def test_every_command_says_what_it_takes(command: str, tmp_path: Path) -> None:
    done = perdure(command, "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Usage:" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["rnu", "trec"], 2, "Did you mean 'run'"),
        (["erase", "anna"], 2, "later release"),
        (["cycle", "absent.jsonl"], 2, "absent.jsonl"),
        (["run", "trek"], 2, "trec"),
        (["bench"], 2, "methods"),
        (["bench", "lerning"], 2, "learning"),
        (["bench", "startup", "--sixes", "6"], 2, "--sixes 6"),
        (["cycle", __file__, "--set", "learning.rehersal.capacity=5"], 2, "rehearsal"),
        (["cycle", __file__, "--params", "absent.yaml"], 2, "absent.yaml"),
        (["cycle", __file__, "--set", "gates.suites=[shipped, absent]"], 2, "absent"),
        (["audit", "at", "yesterday"], 2, "yesterday"),
    ],
)
def test_bad_usage_is_explained_without_a_traceback(arguments: list[str], code: int, said: str, tmp_path: Path) -> None:
    done = perdure(*arguments, "--json", cwd=tmp_path)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    error = json.loads(done.stdout)
    assert said in error["error"] + error["hint"]
    assert (error["code"], error["exit_code"]) == ("usage", code)
