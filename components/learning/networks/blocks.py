"""The stack of transformer blocks of a base model, and where its parameters are relative to it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from components.lazy import lazy

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")


def blocks(model: torch.nn.Module) -> tuple[str, int]:
    """Name and length of the stack of transformer blocks: the longest ModuleList."""
    stacks = {name: len(module) for name, module in model.named_modules() if isinstance(module, torch.nn.ModuleList)}
    name = max(stacks, key=lambda key: stacks[key])
    return name, stacks[name]


def untouched_blocks(model: torch.nn.Module, movable: Collection[str]) -> int:
    """How many leading blocks compute the same, whatever the movable parameters are."""
    stack, length = blocks(model)
    behind = _behind(model)
    leading = length
    for name in movable:
        if name.startswith(f"{stack}."):
            leading = min(leading, int(name[len(stack) + 1 :].split(".")[0]))
        elif name not in behind:
            return 0
    return leading


def last_blocks(model: torch.nn.Module, depth: int) -> set[str]:
    """Parameters of the last `depth` blocks and of everything after them (final norm, untied output layer)."""
    stack, length = blocks(model)
    kept = tuple(f"{stack}.{i}." for i in range(max(0, length - depth), length))
    return {name for name, _ in model.named_parameters() if name.startswith(kept)} | _behind(model)


def _behind(model: torch.nn.Module) -> set[str]:
    """Parameters after the last block, without those that are declared there but read by every block (position biases)."""
    stack, _ = blocks(model)
    names = [name for name, _ in model.named_parameters()]
    last = max(i for i, name in enumerate(names) if name.startswith(f"{stack}."))
    modules = {name for name, module in model.named_modules() if isinstance(module, torch.nn.Embedding)}
    later = [name for name in names[last + 1 :] if name.rpartition(".")[0] in modules]
    shared = tuple(name.rpartition(".")[0].rpartition(".")[0] + "." for name in later)  # MPNet, DeBERTa: the encoder's own
    return {name for name in names[last + 1 :] if not name.startswith(shared)}
