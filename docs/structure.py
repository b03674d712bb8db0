"""The structure of the code in figures: `python docs/structure.py [REVISION …]`, for the working tree or for commits.

A room is a folder of components/ (in learning/: a folder or file of it). Imports inside functions and for type checking count.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOPS = ("components", "flows", "perdure")


def sources(revision: str | None) -> dict[str, str]:
    """{path: text} of the Python files of a commit, or of the working tree."""
    if revision is None:
        paths = [path for top in TOPS for path in (ROOT / top).rglob("*.py")]
        return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted(paths)}

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout

    listed = git("ls-tree", "-r", "--name-only", revision, "--", *TOPS).split()
    return {path: git("show", f"{revision}:{path}") for path in listed if path.endswith(".py")}


def imports(trees: dict[str, ast.Module]) -> dict[str, set[str]]:
    """{file: the files of the tree that it imports}."""
    modules = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in trees}
    found: dict[str, set[str]] = {path: set() for path in trees}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                target = modules.get(name) or modules.get(name.rpartition(".")[0])
                found[path] |= {target} - {path, None} if target else set()
    return found


def circles(arrows: dict[str, set[str]]) -> list[set[str]]:
    """Groups of files that import each other, directly or through others."""
    reach: dict[str, set[str]] = {}
    for start in arrows:
        seen: set[str] = set()
        waiting = [*arrows[start]]
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                waiting += arrows[here]
        reach[start] = seen
    groups = {frozenset(other for other in reach[file] if file in reach[other]) for file in arrows if file in reach[file]}
    return [set(group) for group in groups]


def room(path: str, inside: str = "") -> str:
    """The folder of components/ that a file is in; inside="learning": the folder or file of that one."""
    parts = path.split("/")
    return "/".join(parts[:3] if inside and len(parts) > 2 and parts[1] == inside else parts[:2])


def figures(revision: str | None) -> dict[str, int]:
    """What the decision record about the structure quotes."""
    texts = sources(revision)
    trees = {path: ast.parse(text) for path, text in texts.items()}
    arrows = imports(trees)
    pairs = {(room(a), room(b)) for a, targets in arrows.items() for b in targets if room(a) != room(b)}
    learning = [path for path in trees if path.startswith("components/learning/") and not path.endswith("__init__.py")]
    own = {(room(a, "learning"), room(b, "learning")) for a in learning for b in arrows[a] if b in learning}
    functions = [
        node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    late = {
        id(node): node for function in functions for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)
    }
    torch = [node for node in late.values() if isinstance(node, ast.Import) and node.names[0].name == "torch"]
    return {
        "files": len(trees),
        "circles": len(circles(arrows)),
        "files in circles": sum(len(group) for group in circles(arrows)),
        "arrows between rooms": len(pairs),
        "rooms in learning": len({room(path, "learning") for path in learning}),
        "arrows in learning": len({(a, b) for a, b in own if a != b}),
        "imports inside functions": len(late),
        "of them torch": len(torch),
        "asserts": sum(isinstance(node, ast.Assert) for tree in trees.values() for node in ast.walk(tree)),
        "fmt: skip": sum(text.count("# fmt: skip") for text in texts.values()),
    }


if __name__ == "__main__":
    columns = [figures(revision) for revision in sys.argv[1:] or [None]]
    for name in columns[0]:
        print(f"{name:<28}" + "".join(f"{column[name]:>8}" for column in columns))
