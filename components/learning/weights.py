"""The weights of a base model that a regime moved, in one safetensors file that holds only those that may differ."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from components.lazy import lazy
from components.learning import sound
from components.learning.tensors import load_finite, save_tensors

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

WEIGHTS = "weights.safetensors"


def save_weights(model: torch.nn.Module, names: Iterable[str], folder: Path) -> None:
    """Write the named parameters; no file if there are none."""
    parameters = dict(model.named_parameters())
    save_tensors({name: parameters[name] for name in names}, folder / WEIGHTS)


def load_weights(model: torch.nn.Module, folder: Path) -> set[str]:
    """Copy a checkpoint's weights into the model, all or none; returns their names. Raises IntegrityError if they do not fit."""
    parameters = dict(model.named_parameters())
    if not (folder / WEIGHTS).is_file():
        return set()
    sound.check_shapes(
        folder, "weights", sound.shapes(folder / WEIGHTS), {name: tuple(p.shape) for name, p in parameters.items()}
    )
    tensors = load_finite(folder / WEIGHTS)
    with torch.no_grad():
        for name, tensor in tensors.items():
            parameters[name].copy_(tensor)
    return set(tensors)
