"""Get a model from the Hugging Face hub, with the hub's own client and cache."""

from __future__ import annotations

from pathlib import Path

from components.errors import UnavailableError

#: Config, tokenizer and weights in safetensors; never pickled weights, never code.
FILES = ["config.json", "generation_config.json", "tokenizer*", "special_tokens_map.json", "vocab*", "merges.txt", "*.jinja"]
WEIGHTS = ["model*.safetensors", "model.safetensors.index.json"]


def download(hub_id: str) -> Path:
    """The local snapshot of a hub model. One downloaded before is used as it is, so that it does not change between runs.

    Raises UnavailableError if the hub cannot be reached or has no such model (at once, if there is no network).
    """
    from httpx import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    wanted = FILES + WEIGHTS
    try:
        try:
            local = Path(snapshot_download(hub_id, allow_patterns=wanted, local_files_only=True))
            if list(local.glob(WEIGHTS[0])):
                return local
        except LocalEntryNotFoundError:
            pass  # never downloaded: ask the hub
        return Path(snapshot_download(hub_id, allow_patterns=wanted, etag_timeout=5))
    except (OSError, HTTPError) as error:
        reason = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        raise UnavailableError(
            f"Could not get the model {hub_id!r} from the Hugging Face hub ({reason})",
            "Check the network and the name, log in if the model is gated, or download it elsewhere and give its folder. "
            "The models `minilm` and `smollm2` need no hub.",
        ) from error
