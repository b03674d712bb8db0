"""A base model from its folder: weights in float32, tokenizer, pooling, and how many tokens it can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.catalog.models import BaseModel
from components.contracts import kind_writes
from components.errors import UnavailableError
from components.lazy import lazy
from components.learning.networks.tokens import Tokenizer
from components.storage import read_json

if TYPE_CHECKING:
    import torch
    import transformers
else:
    torch, transformers = lazy("torch"), lazy("transformers")

_HINT = "Fetch it again. It must be in safetensors, and of an architecture that transformers knows: no code of a folder's is run."


def writes(base: BaseModel) -> bool:
    """Whether a base model writes its answers (a causal LM). If not, it is an encoder, and a head answers."""
    return kind_writes(base.kind)


@dataclass(frozen=True)
class Backbone:
    """A freshly loaded base model: nothing else shares its parameters."""

    base: BaseModel
    model: torch.nn.Module
    tokenizer: Tokenizer

    @property
    def writes(self) -> bool:
        """Whether it writes its answers."""
        return writes(self.base)

    @property
    def width(self) -> int:
        """Size of a hidden state."""
        return int(self.model.config.hidden_size)

    @property
    def pad(self) -> int:
        """The id to pad with. Any id works, because the mask hides it."""
        return int(self.tokenizer.pad_token_id or 0)

    @property
    def pooling(self) -> str:
        """cls if the model's sentence-transformers pooling file says so, else mean."""
        path = self.base.path / "1_Pooling" / "config.json"
        return "cls" if path.is_file() and read_json(path).get("pooling_mode_cls_token") else "mean"

    def limit(self, tokens: int) -> int:
        """`tokens`, or the number of the model's positions if that is smaller."""
        return min(tokens, int(getattr(self.model.config, "max_position_embeddings", tokens)))


def load_backbone(base: BaseModel) -> Backbone:
    """Load a base model. Raises UnavailableError if its files cannot be read."""
    transformers.utils.logging.disable_progress_bar()
    kind = transformers.AutoModelForCausalLM if writes(base) else transformers.AutoModel
    try:
        # no code of the folder's (`auto_map`), and no pickle, is ever run
        tokenizer = transformers.AutoTokenizer.from_pretrained(base.path, local_files_only=True, trust_remote_code=False)
        model = kind.from_pretrained(
            base.path, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
        )
    except Exception as error:
        raise UnavailableError(f"The base model {base.name} in {base.path} cannot be loaded: {error}", _HINT) from error
    if getattr(model, "pooler", None) is not None:
        model.pooler = None  # not trained in most encoders, and not used here
    device = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    return Backbone(base, model.eval().to(device), tokenizer)
