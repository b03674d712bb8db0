"""Packages that are installed only on request: the extras of pyproject.toml."""

from __future__ import annotations

from importlib.util import find_spec

from components.errors import UnavailableError


def needs(module: str, extra: str, what: str) -> None:
    """Raise UnavailableError, with the command that installs it, if a module of an extra is missing. Imports nothing.

    `what` is what needs it: the setting or the address that a person wrote.
    """
    if find_spec(module) is None:
        raise UnavailableError(f"{what} needs {module}, which is not installed", f"Install it: pip install 'perdure[{extra}]'")
