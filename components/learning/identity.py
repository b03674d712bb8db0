"""The identity of a method's code: what a name in a recipe stood for when a checkpoint was learned.

Perdure's own methods are named by its version. A method from outside it is named by the digest of its source and by the
distribution that it came with, so that an edited one never passes for the one it was.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

from components.errors import UsageError
from components.learning.method import Axis, Method, known_kinds
from components.settings import LearningSettings
from components.storage import digest_file, digest_json

OWN = __name__.partition(".")[0]
#: Classes of these come with the lock
_LIBRARIES = {OWN, "builtins", "pydantic", "typing", "abc", "torch"}


def foreign_methods(settings: LearningSettings) -> dict[str, dict[str, str]]:
    """{"axis.kind": {"class", "source", "distribution"}} of the methods in these settings that are not Perdure's own.

    source: SHA-256 over the Python files of the package that the class, or a class that it extends, is defined in.
    Raises UsageError for one whose source cannot be read.
    """
    kinds = known_kinds()
    methods = {f"{axis}.{kind}": kinds[axis, kind] for axis, kind in _named(settings) if (axis, kind) in kinds}
    return {name: _identity(method) for name, method in sorted(methods.items()) if _outside(method)}


def _named(settings: LearningSettings) -> Iterable[tuple[Axis, str]]:
    one: Mapping[Axis, Mapping[str, Any]] = {
        "regime": settings.regime, "head": settings.head, "rehearsal": settings.rehearsal, "routing": settings.routing,
        "optimizer": settings.optimizer,
    }  # fmt: skip
    yield from ((axis, str(config.get("kind"))) for axis, config in one.items())
    yield from (("regularizer", str(config.get("kind"))) for config in settings.regularizers)


def _outside(method: type[Method]) -> list[type]:
    """The classes behind a method that neither Perdure nor its libraries define."""
    return [each for each in method.__mro__ if each.__module__.partition(".")[0] not in _LIBRARIES]


@cache  # once per process: the code that runs is the code that was imported
def _identity(method: type[Method]) -> dict[str, str]:
    roots = {each.__module__.partition(".")[0]: each for each in _outside(method)}
    sources = {root: _source(root, owner) for root, owner in sorted(roots.items())}
    found = {"class": f"{method.__module__}:{method.__qualname__}", "source": digest_json(sources)}
    where = ", ".join(filter(None, (_distribution(root) for root in sorted(roots))))
    return {**found, "distribution": where} if where else found


def _source(root: str, owner: type) -> str:
    """Digest of every Python file of a package, of a single module's file, or of a class typed into a notebook."""
    module = sys.modules.get(root)
    folders = [Path(folder) for folder in getattr(module, "__path__", ())]
    if folders:
        files = {str(path.relative_to(folder)): path for folder in folders for path in sorted(folder.rglob("*.py"))}
        return digest_json({name: digest_file(path) for name, path in files.items()})
    file = getattr(module, "__file__", None)
    if file and Path(file).is_file():
        return digest_file(Path(file))
    try:
        return digest_json(inspect.getsource(owner))
    except (OSError, TypeError):
        raise UsageError(
            f"The source of method {owner.__qualname__} ({root}) cannot be read, so nothing could say later which code it was",
            "Put the class into a file of its own and import it.",
        ) from None


@cache
def _distribution(root: str) -> str:
    """NAME VERSION of the distributions that a top-level package came with; empty for a file of one's own."""
    return ", ".join(f"{name} {version(name)}" for name in sorted(set(packages_distributions().get(root, ()))))
