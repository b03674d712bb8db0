"""What a model can do, found by trying it once per process: its configuration and the classes of its modules decide."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

import torch

T = TypeVar("T")

_FOUND: dict[Hashable, Any] = {}


def once(what: Hashable, model: torch.nn.Module, config: object, find: Callable[[], T]) -> T:
    """What `find` returns; from then on the same for every model of the same make on the same kind of device."""
    device = next(model.parameters()).device.type
    made = frozenset((name.count("."), type(module)) for name, module in model.named_modules())
    kind = (what, device, made, repr(config))
    if kind not in _FOUND:
        _FOUND[kind] = find()
    return cast(T, _FOUND[kind])
