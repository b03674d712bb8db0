"""An installed wheel is whole: run from an empty folder, it has its suites and asks them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).parents[2]
ASK = """
from components import evaluation
from components.evaluation.suites import digests, shipped_suites, suites_of
from components.settings import find_settings
settings, source = find_settings(None)
print(evaluation.__file__, shipped_suites(), source, sorted(digests(suites_of(settings.gates))), sep="\\n")
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked as pip does it, with nothing of its dependencies."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    for part in ("components", "flows", "regression_suites"):
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / part, source)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--target", str(target), str(source)], check=True, timeout=120)
    return target


def test_a_wheel_asks_its_suites_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    package, folder, source, names = done.stdout.splitlines()
    assert Path(package).is_relative_to(installed)
    assert Path(folder) == installed / "regression_suites"
    assert source == "None"
    assert names == str(["behaviour.questions", "behaviour.robustness", "cost.serving", "safety.out_of_scope", "safety.privacy"])


def test_a_wheel_has_its_page_and_its_flows(installed: Path) -> None:
    assert (installed / "components" / "report" / "page.html").is_file()
    assert (installed / "components" / "py.typed").is_file()
    assert (installed / "flows" / "lifelong.py").is_file()
    assert not (installed / "tests").exists()
    assert not (installed / "benchmarks").exists()
