"""LoRA (Hu et al., ICLR 2022, arXiv 2106.09685) through PEFT: W + (alpha / rank) B A, only A and B move."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from components.errors import UsageError
from components.learning.axes import Regime
from components.learning.methods import register
from components.storage import write_json

if TYPE_CHECKING:
    from torch.nn import Module


@register("regime", "lora")
class Lora(Regime):
    """One low-rank adapter, shared by all experiences and never merged into the base model."""

    rank: int = Field(8, ge=1, description="rank of the update")
    alpha: float = Field(16.0, gt=0, description="the update is scaled by alpha / rank")
    dropout: float = Field(0.0, ge=0, lt=1, description="dropout on the adapter's input")
    targets: tuple[str, ...] = Field(
        (), description="module names to adapt; empty: query and value, or what PEFT knows of the model"
    )

    blocks: int = Field(0, ge=0, description="adapt only this many last transformer blocks; 0: all")

    def movable(self, model: Module) -> set[str]:
        """The adapter's matrices."""
        return {name for name, _ in model.named_parameters() if "lora_" in name}

    def prepare(self, model: Module, parent: Path | None) -> Module:
        """The base model with the parent's adapter, or with a new one (B = 0: it changes nothing yet)."""
        from peft import LoraConfig, PeftModel, get_peft_model

        if parent is None:
            config = LoraConfig(
                r=self.rank, lora_alpha=self.alpha, lora_dropout=self.dropout, target_modules=list(self.targets) or None,
                **self._layers(model),
            )  # fmt: skip
            try:
                return get_peft_model(model, config)
            except ValueError as error:
                raise UsageError(
                    f"learning.regime.targets: {error}", "Name the modules to adapt, for example [query, value]."
                ) from error
        if not (parent / "adapter").is_dir():
            raise UsageError(
                f"Checkpoint {parent.name[:12]} holds no adapter", "A line keeps its regime: start a new line for lora."
            )
        adapted = PeftModel.from_pretrained(model, parent / "adapter", is_trainable=True)
        old = adapted.peft_config["default"]
        if (old.r, old.lora_alpha) != (self.rank, self.alpha):
            raise UsageError(
                f"learning.regime: rank {self.rank} and alpha {self.alpha}, but the parent has {old.r} and {old.lora_alpha}",
                "Keep the parent's values, or start a new line.",
            )
        layers = self._layers(adapted.get_base_model())
        if old.layers_to_transform != layers.get("layers_to_transform"):
            raise UsageError(
                f"learning.regime: blocks {self.blocks}, but the parent adapts other ones: {old.layers_to_transform or 'all'}",
                "Keep the parent's value, or start a new line.",
            )
        return adapted

    def _layers(self, model: Module) -> dict[str, Any]:
        """PEFT's settings for the last blocks alone."""
        from components.learning.weights import blocks

        stack, length = blocks(model)
        if not 0 < self.blocks < length:
            return {}
        return {"layers_to_transform": list(range(length - self.blocks, length)), "layers_pattern": stack}

    def save(self, model: Module, folder: Path, base: str) -> None:
        """Write adapter/ in PEFT's layout, with equal bytes for equal adapters (no paths, sets sorted)."""
        from peft import get_peft_model_state_dict

        from components.learning.tensors import save_tensors

        target = folder / "adapter"
        target.mkdir()
        # without False PEFT asks the hub whether the vocabulary grew
        state = get_peft_model_state_dict(model, save_embedding_layers=False)
        save_tensors(state, target / "adapter_model.safetensors")
        config = model.peft_config["default"].to_dict()
        config = {key: sorted(value) if isinstance(value, set) else value for key, value in config.items()}
        config |= {"base_model_name_or_path": base, "inference_mode": True}
        write_json(target / "adapter_config.json", config)
