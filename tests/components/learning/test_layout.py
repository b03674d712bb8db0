"""How the learning folder is laid out: no circles, helpers beside the axis that they serve, networks that know no run."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import components.learning as learning
from components.learning.method import discover, known_kinds

pytestmark = pytest.mark.unit
ROOT = Path(learning.__file__).parent
AXES = ("regimes", "heads", "rehearsal", "regularizers", "routing", "optimizers")
TOP = {
    "learn", "trainer", "run", "snapshot", "checkpoint", "predictor", "shared_bases", "method", "recipe", "axes", "rows",
    "tensors", "randomness", "weights", "identity", "archive", "sound", "relabel",
}  # fmt: skip


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(path): path for path in ROOT.rglob("*.py")}


def imports_of(path: Path) -> set[str]:
    """Files of this folder that a file imports, anywhere in it: for type checkers, in functions and by `lazy`, too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in FILES else node.module for name in inner}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lazy":
            found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
    return {name for name in found if name in FILES}


GRAPH = {name: imports_of(path) for name, path in FILES.items()}


def test_there_is_no_circle_between_files() -> None:
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"a circle: {' -> '.join((*way[way.index(name) :], name))}"
        if name not in done:
            for other in sorted(GRAPH[name]):
                visit(other, (*way, name))
            done.add(name)

    for name in sorted(GRAPH):
        visit(name, ())


def test_networks_know_neither_run_nor_recipe_nor_method() -> None:
    allowed = ("components.learning.networks", "components.learning.tensors")
    for name, others in GRAPH.items():
        if name.startswith("components.learning.networks"):
            assert all(other.startswith(allowed) for other in others), (name, others)


def test_helpers_are_imported_from_their_own_axis_alone() -> None:
    for name, others in GRAPH.items():
        for other in others:
            if any(part.startswith("_") for part in other.split(".")):
                folder = other[: other.index("._")]
                assert name == folder or name.startswith(f"{folder}."), f"{name} imports {other}"


def test_a_file_without_underscore_in_an_axis_is_one_method() -> None:
    discover()
    methods = {method.__module__ for method in known_kinds().values()}
    for axis in AXES:
        for path in (ROOT / axis).glob("*.py"):
            if path.name == "__init__.py":
                assert not path.read_text(encoding="utf-8").strip()
                continue
            registered = path.read_text(encoding="utf-8").count("\n@register(")
            assert registered == (0 if path.name.startswith("_") else 1), path
            assert (name_of(path) in methods) is bool(registered), path


def test_the_top_has_few_rooms() -> None:
    assert {path.stem for path in ROOT.glob("*.py")} - {"__init__"} <= TOP
