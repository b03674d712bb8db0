"""The stack of transformer blocks of a base model, and which of its parameters lie where along it."""

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
    """How many leading blocks compute the same whatever happens to the movable parameters."""
    stack, length = blocks(model)
    behind = _behind(model)
    found = length
    for name in movable:
        if name.startswith(f"{stack}."):
            found = min(found, int(name[len(stack) + 1 :].split(".")[0]))
        elif name not in behind:
            return 0
    return found


def last_blocks(model: torch.nn.Module, depth: int) -> set[str]:
    """Parameters of the last `depth` blocks and of all that follows them (final norm, untied output layer)."""
    stack, length = blocks(model)
    kept = tuple(f"{stack}.{i}." for i in range(max(0, length - depth), length))
    return {name for name, _ in model.named_parameters() if name.startswith(kept)} | _behind(model)


def _behind(model: torch.nn.Module) -> set[str]:
    """Parameters of what follows the last block. What is declared there but every block reads (position biases) is not of it."""
    stack, _ = blocks(model)
    names = [name for name, _ in model.named_parameters()]
    last = max(i for i, name in enumerate(names) if name.startswith(f"{stack}."))
    modules = {name for name, module in model.named_modules() if isinstance(module, torch.nn.Embedding)}
    later = [name for name in names[last + 1 :] if name.rpartition(".")[0] in modules]
    shared = tuple(name.rpartition(".")[0].rpartition(".")[0] + "." for name in later)  # MPNet, DeBERTa: the encoder's own
    return {name for name in names[last + 1 :] if not name.startswith(shared)}
