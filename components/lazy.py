"""Modules that are slow to import, imported when they are first used.

    if TYPE_CHECKING:
        import torch
    else:
        torch = lazy("torch")

A type checker sees the module itself; a process that never uses it does not pay for it (torch, transformers, peft: seconds).
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any


class LazyModule(ModuleType):
    """Stands for a module until an attribute is asked for. What is asked of it is asked of the module, also when that changes."""

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
    """The module of this full name (`pyarrow.compute`, too), imported at the first use of it. Raises ImportError then."""
    return LazyModule(name)
