"""What regimes that train a low-rank adapter through PEFT have in common: settings, files, and what a parent must hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from components.errors import UsageError
from components.lazy import lazy
from components.learning.axes import Regime
from components.learning.networks.adapters import OWN
from components.learning.networks.blocks import blocks
from components.learning.sound import check_adapter
from components.learning.tensors import save_tensors
from components.storage import write_json

if TYPE_CHECKING:
    import peft
    from peft import PeftModel
    from torch.nn import Module
else:
    peft = lazy("peft")

#: Folders of a checkpoint: the adapter that answers, and the adapters of all experiences (`lora_per_task`)
ADAPTER, ADAPTERS = "adapter", "adapters"


class AdapterRegime(Regime):
    """An adapter in PEFT's layout in adapter/. A variant sets `switches`, PEFT's settings that select it."""

    switches: ClassVar[dict[str, bool]] = {}
    fewer_blocks: ClassVar[str] = "learning.regime.blocks to 3"
    rank: int = Field(8, ge=1, description="rank of the update")
    alpha: float = Field(16.0, gt=0, description="the update is scaled by alpha / rank")
    dropout: float = Field(0.0, ge=0, lt=1, description="dropout on the adapter's input")
    targets: tuple[str, ...] = Field(
        (), description="module names to adapt; empty: query and value, or PEFT's default for the model"
    )

    blocks: int = Field(0, ge=0, description="adapt only this many last transformer blocks; 0: all")

    def moves_every_block(self) -> bool:
        """True unless only the last blocks are adapted."""
        return self.blocks == 0

    def movable(self, model: Module) -> set[str]:
        """The names of the adapter's tensors."""
        return {name for name, _ in model.named_parameters() if "lora_" in name}

    def prepare(self, model: Module, parent: Path | None) -> Module:
        """The base model with the parent's adapter, or with a new one (B = 0: it changes nothing yet)."""
        if parent is None:
            return self.begin(model)
        self.check_parent(parent)
        check_adapter(parent / ADAPTER, model)
        adapted = peft.PeftModel.from_pretrained(model, parent / ADAPTER, is_trainable=True)
        self.check_adapter(adapted, OWN)
        return adapted

    def begin(self, model: Module, name: str = OWN) -> PeftModel:
        """A new adapter around the base model, or beside those that a PeftModel has."""
        several = isinstance(model, peft.PeftModel)
        config = peft.LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            target_modules=list(self.targets) or None,
            **self.switches,
            **self._layers(model.get_base_model() if several else model),
        )
        try:
            if not several:
                return peft.get_peft_model(model, config, adapter_name=name)
            model.add_adapter(name, config)
        except ValueError as error:
            raise UsageError(
                f"learning.regime.targets: {error}", "Name the modules to adapt, for example [query, value]."
            ) from error
        return model

    def check_parent(self, parent: Path, *, several: bool = False) -> None:
        """Raises UsageError if the parent has no adapter, or one per experience where this regime has one for all."""
        hint = f"The regime cannot change from parent to child: use {self.kind} in a new workspace."
        if not (parent / ADAPTER).is_dir():
            raise UsageError(f"Checkpoint {parent.name[:12]} holds no adapter", hint)
        if (parent / ADAPTERS).is_dir() != several:
            content = "one adapter for all experiences" if several else "an adapter for every experience"
            raise UsageError(f"Checkpoint {parent.name[:12]} holds {content}, which {self.kind} cannot continue", hint)

    def check_adapter(self, adapted: PeftModel, name: str) -> None:
        """Raises UsageError if the parent's adapter does not have the form that these settings ask for."""
        old = adapted.peft_config[name]
        kind = "dora" if old.use_dora else "rslora" if old.use_rslora else "lora"
        if {switch for switch in ("use_dora", "use_rslora") if getattr(old, switch)} != set(self.switches):
            raise UsageError(
                f"learning.regime: {self.kind}, but the parent's adapter is of kind {kind}",
                "Keep that kind, or start again in a new workspace.",
            )
        if (old.r, old.lora_alpha) != (self.rank, self.alpha):
            raise UsageError(
                f"learning.regime: rank {self.rank} and alpha {self.alpha}, but the parent has {old.r} and {old.lora_alpha}",
                "Keep the parent's values, or start again in a new workspace.",
            )
        self.check_blocks(adapted, name)

    def check_blocks(self, adapted: PeftModel, name: str) -> None:
        """Raises UsageError if the parent's adapter is on other blocks."""
        old = adapted.peft_config[name].layers_to_transform
        if old != self._layers(adapted.get_base_model()).get("layers_to_transform"):
            raise UsageError(
                f"learning.regime: blocks {self.blocks}, but the parent adapts other ones: {old or 'all'}",
                "Keep the parent's value, or start again in a new workspace.",
            )

    def _layers(self, model: Module) -> dict[str, Any]:
        """PEFT's settings that limit an adapter to the last blocks."""
        stack, length = blocks(model)
        if not 0 < self.blocks < length:
            return {}
        return {"layers_to_transform": list(range(length - self.blocks, length)), "layers_pattern": stack}

    def save(self, model: Module, folder: Path, base: str) -> None:
        """Write adapter/."""
        write_adapter(model, OWN, folder / ADAPTER, base)


def write_adapter(model: PeftModel, name: str, folder: Path, base: str) -> None:
    """Write one adapter of a PeftModel in PEFT's layout, with equal bytes for equal adapters (no paths, sets sorted)."""
    folder.mkdir(parents=True)
    # without this False, PEFT asks the hub whether the vocabulary grew
    state = peft.get_peft_model_state_dict(model, adapter_name=name, save_embedding_layers=False)
    save_tensors(state, folder / "adapter_model.safetensors")
    config = model.peft_config[name].to_dict()
    config = {key: sorted(value) if isinstance(value, set) else value for key, value in config.items()}
    config |= {"base_model_name_or_path": base, "inference_mode": True}
    write_json(folder / "adapter_config.json", config)
