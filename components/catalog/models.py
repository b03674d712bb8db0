"""Base models: a catalogue name, a local folder or a Hugging Face hub id, always as a local folder with safetensors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from components.catalog import pins
from components.catalog.cache import cached
from components.catalog.fetch import fetch
from components.contracts import Progress
from components.errors import UsageError
from components.settings import suggest
from components.storage import digest_file, digest_json, read_json

Kind = Literal["encoder", "causal"]
WEIGHTS = "model.safetensors"
NAMES = ("minilm", "smollm2")


@dataclass(frozen=True)
class BaseModel:
    """A base model in Hugging Face layout at `path`; `digest` is the SHA-256 of its weights."""

    name: str
    path: Path
    kind: Kind
    digest: str


def get_base(name_or_hub_id_or_path: str | Path, *, progress: Progress | None = None) -> BaseModel:
    """A base model by catalogue name (`minilm`, `smollm2`), local folder or hub id.

    Raises UsageError for a folder that holds no usable model, UnavailableError when it cannot be had.
    """
    name = str(name_or_hub_id_or_path)
    if name == "minilm":
        path = cached("models", name, pins.MINILM.digest, lambda scratch: fetch(pins.MINILM, scratch, progress))
        return read_base(name, path)
    if name == "smollm2":
        from components.catalog.convert import smollm2

        return read_base(name, smollm2(progress))
    folder = Path(name).expanduser()
    if folder.is_dir():
        return read_base(name, folder)
    raise UsageError(f"No base model {name!r}", suggest(name, NAMES))


def read_base(name: str, folder: Path) -> BaseModel:
    """Check a folder in Hugging Face layout and say what kind of model it holds. Raises UsageError naming what is missing."""
    if not (folder / "config.json").is_file():
        raise UsageError(f"{folder} is not a model: it has no config.json", "Give a folder saved with save_pretrained().")
    if not list(folder.glob("tokenizer*")):
        raise UsageError(
            f"{folder} holds no tokenizer", "Save the model's tokenizer there too: tokenizer.save_pretrained(FOLDER)."
        )
    return BaseModel(name, folder, _kind(read_json(folder / "config.json")), weights_digest(folder))


def weights_digest(folder: Path) -> str:
    """SHA-256 of model.safetensors; of its parts' digests when the weights are in several files. Raises UsageError."""
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise UsageError(
            f"{folder} has no {WEIGHTS}",
            "Only safetensors are read, for pickled weights can run code: save the model with save_pretrained(FOLDER).",
        )
    return digest_file(files[0]) if len(files) == 1 else digest_json({file.name: digest_file(file) for file in files})


def _kind(config: dict[str, Any]) -> Kind:
    if config.get("is_encoder_decoder"):
        raise UsageError(f"A {config.get('model_type')} model is an encoder-decoder", "Use an encoder or a decoder-only model.")
    architectures = config.get("architectures") or [""]
    causal = any(str(name).endswith(("ForCausalLM", "LMHeadModel")) for name in architectures)
    return "causal" if causal or config.get("is_decoder") else "encoder"
