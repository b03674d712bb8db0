"""Convert SmolLM2 once, from a four-bit GGUF file to a plain float32 LlamaForCausalLM in safetensors."""

from __future__ import annotations

import tempfile
from pathlib import Path

from components.catalog.cache import cached
from components.catalog.fetch import fetch
from components.catalog.pins import SMOLLM2
from components.contracts import Progress
from components.errors import UnavailableError


def smollm2(progress: Progress | None = None) -> Path:
    """The cached folder of SmolLM2-135M-Instruct (538 MB), fetched and converted if it is missing."""

    def make(folder: Path) -> None:
        with tempfile.TemporaryDirectory(dir=folder.parent) as packed:
            fetch(SMOLLM2, Path(packed), progress)
            if progress:
                progress(SMOLLM2.size, SMOLLM2.size, "converting to safetensors")
            convert(Path(packed) / SMOLLM2.files[0].name, folder)

    return cached("models", "smollm2", SMOLLM2.digest, make)


def convert(gguf: Path, folder: Path) -> None:
    """Write model, tokenizer and config of a Llama-like GGUF file into `folder` in Hugging Face layout, float32.

    transformers marks a model read from GGUF as quantized and will not save it, so the weights are copied to a model built from
    the same config without that mark. The result has the same bytes on every machine.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    packed = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, trust_remote_code=False, dtype=torch.float32)
    config = packed.config
    del config.quantization_config
    with torch.device("meta"):  # no memory and no random weights: they are replaced at once
        plain = type(packed)(config)
    plain.load_state_dict(packed.state_dict(), assign=True)
    plain.tie_weights()
    try:
        plain.save_pretrained(folder)
    except SafetensorError as error:  # safetensors turns an OSError into this
        raise UnavailableError(
            f"Could not write the converted model (538 MB) into the cache: {error}",
            "Free some space, or set PERDURE_CACHE to a folder on another disk, then run the command again.",
        ) from error
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name, trust_remote_code=False).save_pretrained(folder)
