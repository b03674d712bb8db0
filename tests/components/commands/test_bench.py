"""`perdure bench` as a command: it finds the measurements of a checkout, and says where they are when there is none."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import components
from components.commands.bench import NAMES

pytestmark = pytest.mark.integration
ROOT = Path(components.__file__).resolve().parent.parent


def bench(*arguments: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-c", "from components.cli import main; main()", "bench"]
    env = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    return subprocess.run([*run, *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_a_script_with_a_main_that_takes_arguments(name: str) -> None:
    tree = ast.parse((ROOT / "benchmarks" / f"{name}.py").read_text(encoding="utf-8"))
    mains = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "main"]
    assert [len(main.args.args) for main in mains] == [1]


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_measurement_run_anywhere_prints_one_json_object(place: str, tmp_path: Path) -> None:
    arguments = ["startup", "--repeats", "1"]
    done = bench(*(["--json", *arguments] if place == "before" else [*arguments, "--json"]), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["benchmark"] == "startup"
    assert found["ratio"]["repeats"] == 1
    assert "least" in done.stderr


def test_a_measurement_tells_its_options(tmp_path: Path) -> None:
    done = bench("startup", "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "--repeats" in done.stdout


def test_without_a_checkout_it_says_so(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "components", tmp_path / "components", ignore=shutil.ignore_patterns("__pycache__"))
    done = bench("startup", "--json", cwd=tmp_path, path=tmp_path)
    assert done.returncode == 2, done.stderr
    error = json.loads(done.stdout)
    assert "not part of the installed package" in error["error"]
    assert "pip install -e ." in error["hint"]
