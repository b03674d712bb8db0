"""Is a checkpoint what a checkpoint must be? Its digests say only that nobody changed it since it was published.

Everything here is looked at before memory is allocated for it: the manifest, the headers of the tensor files, the settings of an
adapter, which choose what PEFT imports and how much it allocates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from errno import ENOENT
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError

from components.errors import IntegrityError
from components.lazy import lazy
from components.storage import read_json

if TYPE_CHECKING:
    import peft
    import safetensors
    import torch
else:
    peft, safetensors, torch = lazy("peft"), lazy("safetensors"), lazy("torch")

HINT = "Restore the checkpoint from a backup or from MLflow, or roll back to another one."
CONFIG, TENSORS = "adapter_config.json", "adapter_model.safetensors"
_PREFIX = "base_model.model."

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class _Base(_Part):
    name: Annotated[str, Field(min_length=1, max_length=4096)]
    digest: Digest
    kind: Literal["encoder", "causal"]


class _Recipe(_Part):
    regime: dict[str, Any]
    head: dict[str, Any]
    rehearsal: dict[str, Any]
    regularizers: list[dict[str, Any]]
    routing: dict[str, Any]
    optimizer: dict[str, Any]


class _Manifest(_Part):
    """What is read of a checkpoint's manifest."""

    base: _Base
    recipe: _Recipe
    labels: Annotated[list[str], Field(max_length=100_000)]
    max_tokens: Annotated[int, Field(ge=1, le=2**24)]
    experiences: list[Digest]
    seen: dict[str, Annotated[int, Field(ge=0)]]
    seed: Annotated[int, Field(ge=0)]
    memory: dict[str, Any]


class _Adapter(BaseModel):
    """The settings of an adapter that we write and read. All others must be at PEFT's defaults."""

    model_config = ConfigDict(strict=True, extra="ignore")

    peft_type: Literal["LORA"]
    r: Annotated[int, Field(ge=1)]
    lora_alpha: Annotated[int | float, Field(gt=0, allow_inf_nan=False)]
    lora_dropout: Annotated[int | float, Field(ge=0, lt=1)] = 0.0
    target_modules: Annotated[list[Annotated[str, Field(pattern=r"^[\w.]{1,200}$")]], Field(min_length=1, max_length=1000)]
    layers_to_transform: list[Annotated[int, Field(ge=0)]] | None = None
    layers_pattern: Annotated[str, Field(pattern=r"^[\w.]{0,200}$")] | None = None
    use_dora: bool = False
    use_rslora: bool = False
    inference_mode: bool = False
    base_model_name_or_path: str | None = None
    task_type: Literal["FEATURE_EXTRACTION", "CAUSAL_LM"] | None = None


@contextmanager
def sound(folder: Path, what: str) -> Iterator[None]:
    """What a library says of a malformed part of a checkpoint, as an IntegrityError that names the part."""
    try:
        yield
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RuntimeError, SafetensorError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, ENOENT):
            raise  # the disk's, not the content's (pyarrow raises OSError without a number for content)
        raise unsound(folder, what, f"{type(error).__name__}: {error}") from error


def unsound(folder: Path, what: str, why: str) -> IntegrityError:
    return IntegrityError(f"The {what} of the checkpoint {folder.name[:12]} cannot be used: {why[:500]}", HINT)


def check_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raises IntegrityError naming the first field that is missing or wrong."""
    try:
        _Manifest.model_validate(dict(manifest))
    except ValidationError as error:
        first = error.errors()[0]
        raise unsound(folder, "manifest", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if len(set(manifest["labels"])) != len(manifest["labels"]):
        raise unsound(folder, "manifest", "labels: a label is there twice")


def shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor of a file, by its header alone. Raises IntegrityError."""
    try:
        with safetensors.safe_open(path, "pt") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118  (not a mapping)
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise IntegrityError(f"{path} holds no tensors that can be read: {error}", HINT) from error


def check_shapes(folder: Path, what: str, found: Mapping[str, tuple[int, ...]], wanted: Mapping[str, tuple[int, ...]]) -> None:
    """Raises IntegrityError for a tensor that is not wanted, or of another shape. Not all need be there."""
    for name, shape in found.items():
        if name not in wanted:
            raise unsound(folder, what, f"the base model has no parameter {name!r}")
        if shape != wanted[name]:
            raise unsound(folder, what, f"{name} is {shape}, and the base model's is {wanted[name]}")


def check_adapter(folder: Path, model: torch.nn.Module) -> None:
    """Raises IntegrityError unless a folder holds a whole LoRA adapter for this model, in safetensors, and nothing else."""
    what = f"adapter in {folder.name}"
    checkpoint = folder.parent if folder.name == "adapter" else folder.parent.parent
    if {path.name for path in folder.iterdir()} != {CONFIG, TENSORS}:
        raise unsound(checkpoint, what, f"it must hold {CONFIG} and {TENSORS}, and nothing else")
    config = _read_config(checkpoint, what, folder / CONFIG)
    found = shapes(folder / TENSORS)
    wanted: dict[str, tuple[int, ...]] = {}
    with sound(checkpoint, what):
        chosen = [(name, module) for name, module in model.named_modules() if _is_chosen(config, name)]
        for name, module in chosen:
            wanted |= {f"{_PREFIX}{name}.{part}": shape for part, shape in _shapes_of(module, config).items()}
    if missing := sorted(set(wanted) - set(found)):
        raise unsound(checkpoint, what, f"{missing[0]} is missing")
    check_shapes(checkpoint, what, found, wanted)


def _read_config(checkpoint: Path, what: str, path: Path) -> _Adapter:
    values = read_json(path)
    try:
        config = _Adapter.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise unsound(checkpoint, what, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    usual = peft.LoraConfig().to_dict()
    for key, value in values.items():
        if key not in _Adapter.model_fields and key != "peft_version" and value and value != usual.get(key):
            raise unsound(checkpoint, what, f"{key} is set, which no adapter of Perdure's has")
    return config


def _is_chosen(config: _Adapter, name: str) -> bool:
    from peft.tuners.tuners_utils import check_target_module_exists

    return bool(check_target_module_exists(config, name))


def _shapes_of(module: torch.nn.Module, config: _Adapter) -> dict[str, tuple[int, ...]]:
    """The tensors of an adapter on a module. Raises TypeError for a module that LoRA cannot adapt."""
    inner = getattr(module, "base_layer", module)
    if isinstance(inner, torch.nn.Embedding):
        rows, width = inner.weight.shape
        return {"lora_embedding_A": (config.r, rows), "lora_embedding_B": (width, config.r)}
    if getattr(getattr(inner, "weight", None), "dim", lambda: 0)() != 2:
        raise TypeError(f"LoRA adapts no {type(inner).__name__}")
    out, into = inner.weight.shape if isinstance(inner, torch.nn.Linear) else reversed(inner.weight.shape)
    parts: dict[str, tuple[int, ...]] = {"lora_A.weight": (config.r, into), "lora_B.weight": (out, config.r)}
    return parts | ({"lora_magnitude_vector": (out,)} if config.use_dora else {})
