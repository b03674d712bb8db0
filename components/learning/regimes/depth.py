"""Depth regimes: "Fine-Tuning Regimes Define Distinct Continual Learning Problems" (arXiv 2604.21927), reconstructed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from components.learning.axes import Regime
from components.learning.method import register
from components.learning.networks.blocks import last_blocks

if TYPE_CHECKING:
    from torch.nn import Module


@register("regime", "depth")
class Depth(Regime):
    """The last `depth` transformer blocks move, with everything after them and the head."""

    depth: int = Field(1, ge=0, description="how many of the last blocks move; 0: only what follows the blocks, and the head")

    def movable(self, model: Module) -> set[str]:
        """The last blocks and what follows them."""
        return last_blocks(model, self.depth)

    def moves(self, causal: bool) -> bool:
        """Depth 0 is the head alone: see `head`."""
        return self.depth > 0 or causal

    def moves_again(self) -> bool:
        """False for depth 0, which is the head alone."""
        return self.depth > 0 and super().moves_again()
