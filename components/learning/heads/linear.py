"""A linear classifier on the normalised representation (cosine-like scores with a bias)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pydantic import Field, PrivateAttr

from components.learning.axes import Head
from components.learning.methods import register

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter


@register("head", "linear")
class Linear(Head):
    """scores = scale * z / |z| . W^T + b. New classes are new rows of W, at zero; the old rows stay bit for bit."""

    scale: float = Field(20.0, gt=0, description="length of the normalised representation")
    _weight: Parameter | None = PrivateAttr(None)
    _bias: Parameter | None = PrivateAttr(None)

    def grow(self, labels: Iterable[str], width: int) -> None:
        """Append rows for the unknown labels."""
        import torch

        fresh = sorted(set(labels) - set(self._labels))
        weight, bias = torch.zeros(len(fresh), width), torch.zeros(len(fresh))
        if self._weight is not None and self._bias is not None:
            weight, bias = torch.cat([self._weight.data, weight]), torch.cat([self._bias.data, bias])
        self._weight, self._bias = torch.nn.Parameter(weight), torch.nn.Parameter(bias)
        self._labels += fresh

    def parameters(self) -> dict[str, Parameter]:
        """weight (C, width) and bias (C,)."""
        assert self._weight is not None
        assert self._bias is not None
        return {"weight": self._weight, "bias": self._bias}

    def logits(self, features: Tensor) -> Tensor:
        """(n, C)."""
        import torch

        own = self.parameters()
        unit = torch.nn.functional.normalize(features, dim=-1)
        return self.scale * unit @ own["weight"].T + own["bias"]

    def probabilities(self, features: Tensor) -> Tensor:
        """Softmax of the scores."""
        return self.logits(features).softmax(-1)

    def state(self) -> dict[str, Tensor]:
        """weight and bias."""
        return {name: p.data for name, p in self.parameters().items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take back weight and bias."""
        import torch

        self._weight, self._bias = (torch.nn.Parameter(state[name].clone()) for name in ("weight", "bias"))
