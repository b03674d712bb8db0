"""Import slow modules when they are first used.

    if TYPE_CHECKING:
        import torch
    else:
        torch = lazy("torch")

A type checker sees the module itself. A process that never uses it does not pay for its import (torch, transformers and peft take
seconds).
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any


class LazyModule(ModuleType):
    """A stand-in for a module, which is imported at the first access to an attribute. Every access goes to the module."""

    _module: ModuleType | None = None

    def _load(self) -> ModuleType:
        if self._module is None:
            self._module = import_module(self.__name__)
        return self._module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._load(), name)

    def __setattr__(self, name: str, value: object) -> None:
        if name == "_module":
            super().__setattr__(name, value)
        else:
            setattr(self._load(), name, value)

    def __dir__(self) -> list[str]:
        return dir(self._load())

    def __repr__(self) -> str:
        return f"<lazy module {self.__name__!r}, {'imported' if self._module else 'not imported yet'}>"


def lazy(name: str) -> ModuleType:
    """The module of this full name (also `pyarrow.compute`), imported at its first use, which may raise ImportError."""
    return LazyModule(name)
