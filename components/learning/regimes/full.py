"""Full fine-tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.learning.axes import Regime
from components.learning.method import register

if TYPE_CHECKING:
    from torch.nn import Module


@register("regime", "full")
class Full(Regime):
    """Every parameter moves."""

    def moves_every_block(self) -> bool:
        """True."""
        return True

    def movable(self, model: Module) -> set[str]:
        """The names of all parameters."""
        return {name for name, _ in model.named_parameters()}
