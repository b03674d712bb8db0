"""What the documents and the messages name, there is; what there is, the documents name."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import pytest

from components import errors
from components.cli import COMMANDS, perdure
from components.commands.common import exit_code
from components.errors import EXIT_CODES, PerdureError
from components.evaluation.schema import Kind
from components.learning.method import known_kinds
from components.settings import Section, Settings

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "params.yaml", "prefect.yaml", "Makefile")),
    *(path for folder in ("docs", "infra", "benchmarks", "regression_suites") for path in sorted((ROOT / folder).rglob("*.md"))),
]
SOURCES = [path for folder in ("components", "flows") for path in sorted((ROOT / folder).rglob("*.py"))]
KINDS = {key: method for key, method in known_kinds().items() if method.__module__.startswith("components.")}
OWN = {"shrink"}  # the method that the README writes as an example


def code(path: Path) -> Iterator[str]:
    """Pieces of code in a page or a message: spans in backticks, and lines that are code."""
    text = path.read_text(encoding="utf-8")
    yield from re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    if path.suffix == ".md":
        for block in re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S):
            yield from block.splitlines()


def commands(path: Path) -> Iterator[tuple[str, set[str]]]:
    """(command with its subcommand, options) of each call of perdure."""
    for piece in code(path):
        if call := re.match(r"(?:\S*/)?perdure ([a-z][^#|;]*)", re.sub(r"\{\w+\}", "", piece)):
            words = call[1].split()
            grouped = isinstance(perdure.get_command(click.Context(perdure), words[0]), click.Group)
            name = " ".join(words[: 2 if grouped else 1])
            yield name, set(re.findall(r"(?<!\S)(--?[a-z][a-z-]*)", call[1]))


def command(name: str) -> click.Command | None:
    found: click.Command | None = perdure
    for part in name.split():
        found = found.get_command(click.Context(found), part) if isinstance(found, click.Group) else None
    return found


def test_every_command_and_option_that_is_named_is_there() -> None:
    wrong = []
    for path in (*PAGES, *SOURCES):
        for name, options in commands(path):
            found = command(name)
            known = {text for one in found.params for text in (*one.opts, *one.secondary_opts)} if found else set()
            passes_on = found is not None and found.context_settings.get("ignore_unknown_options")
            if found is None or not (passes_on or options <= known | {"--help", "-h"}):
                wrong.append((path.name, name, options - known))
    assert wrong == []


def settings(path: Path) -> set[str]:
    """Settings by their full names, as code pieces hold them."""
    sections = "|".join(Settings.model_fields)
    return {
        key for piece in code(path) for key in re.findall(rf"(?<![\w./-])((?:{sections})\.[a-z_]+(?:\.[a-z_]+)*)(?!\w|/)", piece)
    }


def is_setting(key: str) -> bool:
    section, name, *rest = key.split(".")
    inside = Settings.model_fields[section].annotation
    if not (isinstance(inside, type) and issubclass(inside, Section)):
        return section == "stream"
    if not rest:
        return name in inside.model_fields
    axis = name.removesuffix("s") if name == "regularizers" else name
    methods = [method for (of, _), method in KINDS.items() if of == axis]
    return len(rest) == 1 and any(rest[0] == "kind" or rest[0] in method.model_fields for method in methods)


def test_every_setting_that_is_named_is_there() -> None:
    files = {"params.yaml", "stream.yaml"}
    named = {(path.name, key) for path in (*PAGES, *SOURCES) for key in settings(path) - files}
    assert {(page, key) for page, key in named if not is_setting(key)} == set()


def test_every_kind_that_is_named_is_there() -> None:
    suites = set(get_args(Kind))
    named = {(path.name, kind) for path in PAGES for piece in code(path) for kind in re.findall(r"kind: (\w+)", piece)}
    assert {(page, kind) for page, kind in named if kind not in {of for _, of in KINDS} | suites | OWN} == set()


def test_params_yaml_names_every_kind() -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    assert {kind for _, kind in KINDS if not re.search(rf"\b{kind}\b", text)} == set()


def test_the_reference_is_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, "docs/reference.py", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_readme_says_every_exit_code() -> None:
    line = re.search(r"^Exit codes: (.*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    assert line is not None
    assert set(map(int, re.findall(r"\b(\d)\b", line[1]))) == set(EXIT_CODES)
    given = {value.exit_code for value in vars(errors).values() if isinstance(value, type) and issubclass(value, PerdureError)}
    assert given | {exit_code([verdict]) for verdict in ("promoted", "rejected", "rolled_back", "held")} == set(EXIT_CODES)


def test_every_command_has_one_line_of_help_and_is_in_the_reference() -> None:
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert re.search(rf"^### perdure {name}\b", text, re.M)


def test_targets_of_make_links_and_paths_are_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    folders = "components|flows|tests|docs|infra|benchmarks|regression_suites"
    wrong: list[tuple[str, str]] = []
    for path in PAGES:
        pieces = list(code(path))
        wrong += [
            (path.name, target) for piece in pieces for target in re.findall(r"^make ([a-z]+)", piece) if target not in targets
        ]
        if path.parent.name != "adr":  # a record says what was there on its day
            named = [piece for piece in pieces if re.fullmatch(rf"({folders})/[\w./-]*\w/?", piece)]
            wrong += [(path.name, piece) for piece in named if not (ROOT / piece).exists()]
        links = re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")) if path.suffix == ".md" else []
        wrong += [(path.name, link) for link in links if "://" not in link and not (path.parent / link).exists()]
    assert wrong == []


def test_the_licences_are_those_of_the_lock() -> None:
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| ([\w.-]+) \| (\d\S*) \|", page, re.M)
    assert listed == re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M)
