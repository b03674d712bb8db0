"""Base models: a catalogue name, a local folder or a Hugging Face hub id, always as a local folder with safetensors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from components.catalog.cache import cached, read_entry
from components.catalog.convert import smollm2
from components.catalog.fetch import fetch
from components.catalog.hub import download
from components.catalog.pins import MINILM
from components.contracts import Progress
from components.errors import UsageError
from components.settings import suggest
from components.storage import digest_file, digest_json, read_json

Kind = Literal["encoder", "causal"]
WEIGHTS = "model.safetensors"
NAMES = ("minilm", "smollm2")
TOKENIZERS = ("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "vocab.txt", "vocab.json")
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")


@dataclass(frozen=True)
class BaseModel:
    """A base model in Hugging Face layout at `path`; `digest` is the SHA-256 of its weights."""

    name: str
    path: Path
    kind: Kind
    digest: str


def get_base(name_or_hub_id_or_path: str | Path, *, progress: Progress | None = None) -> BaseModel:
    """A base model by catalogue name (`minilm`, `smollm2`), local folder or hub id.

    Raises UsageError for a folder that holds no usable model, UnavailableError if the model cannot be fetched.
    """
    name = str(name_or_hub_id_or_path)
    if name in NAMES:
        path = _minilm(progress) if name == "minilm" else smollm2(progress)
        return read_base(name, path, read_entry(path)["files"][WEIGHTS])
    folder = Path(name).expanduser()
    if not folder.is_dir():
        hint = suggest(name, NAMES)
        if not HUB_ID.fullmatch(name) or hint.startswith("Did you mean"):
            raise UsageError(f"No base model {name!r}: it is neither a folder nor one of {', '.join(NAMES)}", hint)
        folder = download(name)
    return read_base(name, folder)


def read_base(name: str, folder: Path, digest: str | None = None) -> BaseModel:
    """Check a folder in Hugging Face layout and describe it (`digest`: if known). Raises UsageError naming what is missing."""
    if not (folder / "config.json").is_file():
        raise UsageError(f"{folder} is not a model: it has no config.json", "Give a folder saved with save_pretrained().")
    if not any((folder / file).is_file() for file in TOKENIZERS):
        raise UsageError(f"{folder} holds no tokenizer", "Save it there too: tokenizer.save_pretrained(FOLDER).")
    return BaseModel(name, folder, _kind(folder), digest or weights_digest(folder))


def weights_digest(folder: Path) -> str:
    """SHA-256 of model.safetensors, or of its parts' digests if the weights are in several files. Raises UsageError."""
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise UsageError(
            f"{folder} has no {WEIGHTS}",
            "Only safetensors are read, because pickled weights can run code. Save the model with save_pretrained(FOLDER).",
        )
    marks = ((file, file.stat().st_size, file.stat().st_mtime_ns) for file in files)
    digests = {file.name: _digest_once(file, size, changed) for file, size, changed in marks}
    return digests[WEIGHTS] if list(digests) == [WEIGHTS] else digest_json(digests)


@lru_cache(maxsize=64)
def _digest_once(file: Path, size: int, changed: int) -> str:
    return digest_file(file)


def _minilm(progress: Progress | None) -> Path:
    return cached("models", "minilm", MINILM.digest, lambda scratch: fetch(MINILM, scratch, progress))


def _kind(folder: Path) -> Kind:
    config = read_json(folder / "config.json")
    if config.get("is_encoder_decoder"):
        raise UsageError(
            f"{folder} is an encoder-decoder ({config.get('model_type')})", "Use an encoder or a decoder-only model."
        )
    heads = ("ForCausalLM", "LMHeadModel")
    causal = any(str(name).endswith(heads) for name in config.get("architectures") or ())
    return "causal" if causal or config.get("is_decoder") else "encoder"
