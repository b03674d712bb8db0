"""The identity of a method's code: which code a name in a recipe meant when a checkpoint was learned.

Perdure's own methods are identified by its version. A method from outside is identified by the digest of its source and by the
distribution that it came with, so that an edited method is never mistaken for the earlier one.
"""

from __future__ import annotations

import ast
import inspect
import sys
import traceback
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

from components.errors import PerdureError, UsageError
from components.learning.method import Method
from components.learning.recipe import read_recipe
from components.naming import full_name
from components.settings import LearningSettings
from components.storage import digest_file, digest_json

#: Perdure itself, and libraries that the lock pins
_KNOWN = {__name__.partition(".")[0], "builtins", "pydantic", "typing", "abc", "torch"}

Code = Callable[..., Any]


def foreign_methods(settings: LearningSettings) -> dict[str, dict[str, str]]:
    """{"axis.kind": {"class", "source", "distribution"}} of the methods in these settings whose code is not Perdure's alone.

    class: the classes and functions from outside: the method, one that it extends, one that its settings choose by name.
    source: SHA-256 over the Python files of the packages that define them. Raises UsageError for a source that cannot be read.
    """
    methods = {f"{method.axis}.{method.kind}": method for method in read_recipe(settings).hooks}
    outside = {name: tuple(_outside(method)) for name, method in sorted(methods.items())}
    return {name: _identity(code) for name, code in outside.items() if code}


def _outside(method: Method) -> Iterable[Code]:
    for code in (type(method), *method.parts()):
        behind: tuple[Any, ...] = code.__mro__ if isinstance(code, type) else (code,)
        yield from (each for each in behind if each.__module__.partition(".")[0] not in _KNOWN)


@cache  # once per process: the code that runs is the code that was imported
def _identity(code: tuple[Code, ...]) -> dict[str, str]:
    roots = {each.__module__.partition(".")[0]: each for each in code}
    identity = {
        "class": ", ".join(full_name(each) for each in code),
        "source": digest_json({root: _source(root, each) for root, each in sorted(roots.items())}),
    }
    distributions = ", ".join(filter(None, (_distribution(root) for root in sorted(roots))))
    return {**identity, "distribution": distributions} if distributions else identity


def _source(root: str, code: Code) -> str:
    """Digest of every Python file of a package, of a single module's file, or of a class defined in a notebook."""
    module = sys.modules.get(root)
    folders = [Path(folder) for folder in getattr(module, "__path__", ())]
    if folders:
        files = {str(path.relative_to(folder)): path for folder in folders for path in sorted(folder.rglob("*.py"))}
        return digest_json({name: digest_file(path) for name, path in files.items()})
    file = getattr(module, "__file__", None)
    if file and Path(file).is_file():
        return digest_json({path.name: digest_file(path) for path in sorted(_with_neighbours(Path(file)))})
    try:
        return digest_json(inspect.getsource(code))
    except (OSError, TypeError):
        raise UsageError(
            f"The source of {full_name(code)} cannot be read, so nothing could show later which code it was",
            "Put it into a file of its own and import it.",
        ) from None


def _with_neighbours(file: Path) -> set[Path]:
    """A file, and the files beside it that it imports, directly or through each other."""
    found, waiting = {file}, [file]
    while waiting:
        for node in ast.walk(ast.parse(waiting.pop().read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            beside = {file.parent / f"{name.partition('.')[0]}.py" for name in names}
            new = {path for path in beside if path.is_file()} - found
            found |= new
            waiting += new
    return found


def blame(error: Exception, settings: LearningSettings) -> PerdureError | None:
    """The error to report when the code of a method from outside has raised this one; None when it was not in such code."""
    if isinstance(error, PerdureError):
        return None
    methods = {f"{method.axis}.{method.kind}": method for method in read_recipe(settings).hooks}
    frames = {Path(frame.filename).resolve() for frame in traceback.extract_tb(error.__traceback__)}
    for name, method in methods.items():
        for code in _outside(method):
            file = getattr(sys.modules.get(code.__module__), "__file__", None)
            if file and Path(file).resolve() in frames:
                said = f"The method {name} ({full_name(code)}) raised {type(error).__name__}: {error}"
                return MethodError(said, f"Fix {file}, and run the command again; --debug shows the traceback.")
    return None


class MethodError(PerdureError):
    """A method from outside Perdure raised an error of its own."""

    code = "method"


@cache
def _distribution(root: str) -> str:
    """NAME VERSION of the distributions that a top-level package came with; empty for the user's own file."""
    return ", ".join(f"{name} {version(name)}" for name in sorted(set(packages_distributions().get(root, ()))))
