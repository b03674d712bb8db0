"""Every error has a code of its own, and docs/errors.md lists exactly these."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from components.errors import MOST_SAID, UsageError

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]


@cache
def error_classes() -> dict[str, tuple[str | None, int]]:
    """{name: (its own code, exit code)} of PerdureError and of every subclass in the package, read without importing it."""
    classes = {
        node.name: node
        for path in sorted((ROOT / "components").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error")
    }

    def own(node: ast.ClassDef, name: str) -> object:
        for line in node.body:
            targets = line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
            if any(isinstance(target, ast.Name) and target.id == name for target in targets) and line.value:
                return ast.literal_eval(line.value)
        return None

    def parent(node: ast.ClassDef) -> ast.ClassDef | None:
        return next((classes[base.id] for base in node.bases if isinstance(base, ast.Name) and base.id in classes), None)

    def exit_code(node: ast.ClassDef | None) -> int:
        return (own(node, "exit_code") or exit_code(parent(node))) if node else 0

    return {name: (own(node, "code"), code) for name, node in classes.items() if (code := exit_code(node))}


def test_every_error_has_a_code_of_its_own() -> None:
    errors = error_classes()
    assert set(errors) >= {"PerdureError", "UsageError", "TooFewRowsError", "DivergedError"}
    codes = [code for code, _ in errors.values()]
    assert None not in codes, [name for name, (code, _) in errors.items() if code is None]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", str(code)) for code in codes)


def test_the_docs_list_exactly_these() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (\d) \|", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"), re.M)
    assert sorted(rows) == sorted((code, str(exit_code)) for code, exit_code in error_classes().values())


def test_the_tree_in_the_docstring_names_exactly_these() -> None:
    tree = ast.get_docstring(ast.parse((ROOT / "components" / "errors.py").read_text(encoding="utf-8"))) or ""
    assert set(re.findall(r"^\s*(?:[x-] )?(\w+Error)\b", tree, re.M)) == set(error_classes())


def test_no_error_says_more_than_a_person_reads() -> None:
    error = UsageError("some.yaml, line 3: " + "9" * 100_000 + " is no number", "Mend " + "x" * 100_000)
    assert max(len(error.message), len(error.hint)) <= MOST_SAID
    assert error.message.startswith("some.yaml, line 3: 999")
    assert error.message.endswith("9 is no number")
    assert str(error) == f"{error.message}\n  hint: {error.hint}"
    assert UsageError("x" * MOST_SAID).message == "x" * MOST_SAID
