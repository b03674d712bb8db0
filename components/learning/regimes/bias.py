"""BitFit (Ben Zaken et al., ACL 2022, arXiv 2106.10199): only the biases move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.errors import UsageError
from components.learning.axes import Regime
from components.learning.method import register

if TYPE_CHECKING:
    from torch.nn import Module


@register("regime", "bias")
class Bias(Regime):
    """Every additive term of the base model moves: every bias and the shift of each norm, but no matrix and no scale.

    Section 3 of the paper: all b of the query, key, value, output and feed-forward maps and of the layer norms, and the head.
    """

    def moves_every_block(self) -> bool:
        """True: the biases of every block."""
        return True

    def movable(self, model: Module) -> set[str]:
        """The parameters named `bias`, as one vector each. Raises UsageError for a model that has none (Llama)."""
        biases = {name for name, p in model.named_parameters() if name.rpartition(".")[2] == "bias" and p.dim() == 1}
        if not biases:
            raise UsageError(
                "learning.regime: bias: this base model has no biases",
                "Set learning.regime to {kind: lora} or {kind: depth, depth: 1}.",
            )
        return biases
