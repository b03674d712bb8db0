"""AdamW (Loshchilov and Hutter, ICLR 2019, arXiv 1711.05101)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from components.lazy import lazy
from components.learning.axes import Optimizer
from components.learning.method import register

if TYPE_CHECKING:
    import torch
    from torch.nn import Parameter
    from torch.optim import Optimizer as TorchOptimizer
else:
    torch = lazy("torch")


@register("optimizer", "adamw")
class AdamW(Optimizer):
    """Adam with decoupled weight decay; torch's defaults for its betas."""

    def build(self, parameters: Sequence[Parameter]) -> TorchOptimizer:
        """A fresh torch.optim.AdamW."""
        return torch.optim.AdamW(parameters, lr=self.rate, weight_decay=self.weight_decay)
