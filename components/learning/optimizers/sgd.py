"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from components.lazy import lazy
from components.learning.axes import Optimizer
from components.learning.method import register

if TYPE_CHECKING:
    import torch
    from torch.nn import Parameter
    from torch.optim import Optimizer as TorchOptimizer
else:
    torch = lazy("torch")


@register("optimizer", "sgd")
class Sgd(Optimizer):
    """Plain SGD: the optimizer for which the proximal steps of EWC are exact."""

    momentum: float = Field(0.0, ge=0, lt=1, description="momentum")

    def build(self, parameters: Sequence[Parameter]) -> TorchOptimizer:
        """A fresh torch.optim.SGD."""
        return torch.optim.SGD(parameters, lr=self.rate, momentum=self.momentum, weight_decay=self.weight_decay)
