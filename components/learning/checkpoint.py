"""Checkpoints: the whole learner as a directory named by its digest. Never pickled, always verified when read.

    adapter/                  PEFT layout, for lora; weights.safetensors instead for regimes that move the base model's own
                              weights: only the parameters that this checkpoint or an ancestor moved
    adapters/NNNN/            lora_per_task: the adapter of every experience, in the same layout; adapter/ is their merge
    head.safetensors          the head's weights and statistics (encoders)
    memory.parquet            the replay memory; its counters are in the manifest
    regularizer.safetensors   what regularizers and the other axes keep, `<position in the list, or axis>.<name>`
    signatures.safetensors    recipe: auto only: where each experience lies, in the base model's representation (novelty.py)
    rng.json                  the generators after the experience; the next one continues from them
    manifest.json
There is no optimizer.safetensors: every experience starts with a fresh optimizer; snapshot.py keeps that of a training in
progress.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.catalog.models import BaseModel, get_base
from components.errors import IntegrityError, UsageError
from components.lazy import lazy
from components.learning.method import restore_states, states
from components.learning.recipe import Recipe, recipe_from
from components.learning.sound import HINT, check_manifest, shapes, sound, unsound
from components.learning.tensors import load_finite, save_tensors
from components.storage import read_manifest, verify

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from components.learning.axes import Head
else:
    torch = lazy("torch")

HEAD, REGULARIZER, RNG = "head.safetensors", "regularizer.safetensors", "rng.json"


def read_checkpoint(folder: Path) -> dict[str, Any]:
    """The manifest of a checkpoint, after checking all its files. Raises IntegrityError."""
    return _checked(folder, verify(folder))


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a checkpoint, without a look at its other files. Raises IntegrityError."""
    return _checked(folder, read_manifest(folder))


def _checked(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    if manifest.get("kind") != "checkpoint":
        raise IntegrityError(f"{folder} is not a checkpoint but {manifest.get('kind')!r}", "Give the directory of a checkpoint.")
    check_manifest(folder, manifest)
    return manifest


def recipe_of(folder: Path, manifest: Mapping[str, Any]) -> Recipe:
    """The recipe that a checkpoint was learned with. Raises IntegrityError for one that cannot be."""
    try:
        return recipe_from(manifest["recipe"])
    except UsageError as error:
        hint = f"{error.hint} If another package brings that method, install it. {HINT}"
        raise IntegrityError(f"The recipe of the checkpoint {folder.name[:12]} cannot be used: {error.message}", hint) from error


def base_of(manifest: Mapping[str, Any]) -> BaseModel:
    """The base model of a checkpoint. Raises IntegrityError if the available one is different."""
    wanted = manifest["base"]
    return check_base(get_base(wanted["name"]), wanted)


def check_base(base: BaseModel, wanted: Mapping[str, Any]) -> BaseModel:
    """Returns the base model if its digest is the one that the manifest names, else raises IntegrityError."""
    if base.digest != wanted["digest"]:
        raise IntegrityError(
            f"The base model {base.name} has digest {base.digest[:12]}, the checkpoint was learned on {wanted['digest'][:12]}",
            "Use the same base model, or start again in a new workspace.",
        )
    return base


def write_states(folder: Path, recipe: Recipe) -> None:
    """Write the head, and the other methods together, as safetensors; no file for what has no state."""
    save_tensors(recipe.head.state(), folder / HEAD)
    save_tensors(states(recipe.stateful), folder / REGULARIZER)


def read_states(folder: Path, manifest: Mapping[str, Any], recipe: Recipe) -> None:
    """Give the recipe's methods the states that the parent's methods left, where they fit. Raises IntegrityError.

    A head of another kind or shape starts with nothing but the labels; it learns from the memory rows.
    """
    old = manifest["recipe"]
    if (folder / HEAD).is_file() and recipe.head.fits(old["head"]):
        with sound(folder, "head"):
            recipe.head.restore(manifest["labels"], load_finite(folder / HEAD, never=True))
    with sound(folder, "state of a method"):
        kinds = {str(i): record["kind"] for i, record in enumerate(old["regularizers"])}
        kinds |= {axis: record["kind"] for axis, record in old.items() if axis != "regularizers"}
        restore_states(recipe.stateful, load_finite(folder / REGULARIZER), kinds)


def check_states(folder: Path, parameters: Mapping[str, Tensor]) -> None:
    """Raises IntegrityError where a method kept a tensor for a parameter of the base model and it has another shape.

    Such a tensor is named after the parameter: `<place>.<what>.base.<name>`. Parameters of heads grow: their methods know how.
    """
    if not (folder / REGULARIZER).is_file():
        return
    for name, shape in shapes(folder / REGULARIZER).items():
        parameter = parameters.get(name[name.find(".base.") + 1 :]) if ".base." in name else None
        if parameter is not None and tuple(parameter.shape) != shape:
            raise unsound(folder, "state of a method", f"{name} is {shape}, and the parameter is {tuple(parameter.shape)}")


def check_head(folder: Path, head: Head, width: int) -> None:
    """Raises IntegrityError for a head that cannot answer for a text of `width` features with one finite number per class."""
    with sound(folder, "head"), torch.inference_mode():
        answer = head.probabilities(torch.zeros(1, head.layers * width))
        if answer.shape != (1, len(head.labels)) or not answer.isfinite().all():
            raise ValueError(f"it answers {tuple(answer.shape)} for {len(head.labels)} classes")
