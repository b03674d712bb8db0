"""The shims with which Avalanche 0.6.0 imports and trains on torch 2.13 without torchvision.

When Avalanche is imported, it imports image data sets, image models, loggers and downloaders, whether or not they are used. None
of them is called here, so each of these packages is an empty stand-in: every name in it is a class that takes any arguments and
does nothing. No line of Avalanche or torch is changed.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from typing import Any

#: package -> what Avalanche imports it for
SHIMS = {
    "torchvision": "image data sets, transforms and models; not installed, because it fails next to another build of torch",
    "pytorchcv": "a MobileNet",
    "wandb": "a logger",
    "torch.utils.tensorboard": "a logger; the real one needs the package tensorboard",
    "GPUtil": "a metric of GPU use; available as source only",
    "gdown": "downloads from Google Drive",
}


class _Stub(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {"__module__": self.__name__, "__init__": _nothing, "__call__": _nothing})
        setattr(self, name, made)
        return made


def _nothing(self: Any, *args: Any, **named: Any) -> None:
    return None


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if any(name == shim or name.startswith(f"{shim}.") for shim in SHIMS):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Stub(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        module.__path__ = []


def install() -> None:
    """Install the stand-ins. Import transformers and peft first: they check whether torchvision is installed."""
    sys.meta_path.insert(0, _Finder())
