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
from typing import Any

from components.catalog.models import BaseModel, get_base
from components.errors import IntegrityError
from components.learning.method import restore_states, states
from components.learning.recipe import Recipe
from components.learning.tensors import load_tensors, save_tensors
from components.storage import verify

HEAD, REGULARIZER, RNG = "head.safetensors", "regularizer.safetensors", "rng.json"


def read_checkpoint(folder: Path) -> dict[str, Any]:
    """The manifest of a checkpoint, after checking all its files. Raises IntegrityError."""
    manifest = verify(folder)
    if manifest.get("kind") != "checkpoint":
        raise IntegrityError(f"{folder} is not a checkpoint but {manifest.get('kind')!r}", "Give the directory of a checkpoint.")
    return manifest


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
    """Give the recipe's methods the states that the parent's methods left, where they fit.

    A head of another kind or shape starts with nothing but the labels; it learns from the memory rows.
    """
    old = manifest["recipe"]
    if (folder / HEAD).is_file() and recipe.head.fits(old["head"]):
        recipe.head.restore(manifest["labels"], load_tensors(folder / HEAD))
    kinds = {str(i): record["kind"] for i, record in enumerate(old["regularizers"])}
    kinds |= {axis: record["kind"] for axis, record in old.items() if axis != "regularizers"}
    restore_states(recipe.stateful, load_tensors(folder / REGULARIZER), kinds)
