"""Only the head moves: probing of a frozen representation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.learning.axes import Regime
from components.learning.method import register
from components.learning.networks.blocks import last_blocks

if TYPE_CHECKING:
    from torch.nn import Module


@register("regime", "head")
class HeadOnly(Regime):
    """Only the head moves. A causal LM has no head: there its final norm and its output layer (unless tied) move."""

    def movable(self, model: Module) -> set[str]:
        """What follows the last block: nothing in most encoders."""
        return last_blocks(model, 0)

    def moves(self, causal: bool) -> bool:
        """Only in a causal LM."""
        return causal

    def moves_again(self) -> bool:
        """False: the base model of an encoder never moves."""
        return False
