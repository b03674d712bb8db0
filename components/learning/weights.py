"""Weights of a base model that a regime moved, as one safetensors file that holds only what may differ."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch

from components.learning.tensors import load_tensors, save_tensors

WEIGHTS = "weights.safetensors"


def save_weights(model: torch.nn.Module, names: Iterable[str], folder: Path) -> None:
    """Write the named parameters; no file when there are none."""
    parameters = dict(model.named_parameters())
    save_tensors({name: parameters[name] for name in names}, folder / WEIGHTS)


def load_weights(model: torch.nn.Module, folder: Path) -> set[str]:
    """Copy a checkpoint's weights into the model; returns the names that it held."""
    parameters = dict(model.named_parameters())
    tensors = load_tensors(folder / WEIGHTS)
    with torch.no_grad():
        for name, tensor in tensors.items():
            parameters[name].copy_(tensor)
    return set(tensors)


def blocks(model: torch.nn.Module) -> tuple[str, int]:
    """Name and length of the stack of transformer blocks: the longest ModuleList."""
    stacks = {name: len(module) for name, module in model.named_modules() if isinstance(module, torch.nn.ModuleList)}
    name = max(stacks, key=lambda key: stacks[key])
    return name, stacks[name]


def last_blocks(model: torch.nn.Module, depth: int) -> set[str]:
    """Parameters of the last `depth` blocks and of all that follows them (final norm, untied output layer)."""
    stack, length = blocks(model)
    kept = {f"{stack}.{i}." for i in range(max(0, length - depth), length)}
    names = [name for name, _ in model.named_parameters()]
    last = max(i for i, name in enumerate(names) if name.startswith(f"{stack}."))
    return {name for i, name in enumerate(names) if i > last or any(name.startswith(prefix) for prefix in kept)}
