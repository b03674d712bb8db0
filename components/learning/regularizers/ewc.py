"""Elastic weight consolidation (Kirkpatrick et al., PNAS 2017, arXiv 1612.00796, eq. 3), applied as a proximal step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from pydantic import Field, PrivateAttr

from components.lazy import lazy
from components.learning.method import Method, register
from components.learning.regularizers._fisher import diagonal_fisher

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from components.learning.run import Batch, Run
else:
    torch = lazy("torch")


@register("regularizer", "ewc")
class Ewc(Method):
    """strength / 2 * sum over tasks t of F_t (theta - theta_t)^2, over the parameters that move.

    The sum of quadratics is itself a quadratic, given exactly by two tensors per parameter: F = sum F_t, S = sum F_t theta_t.
    It is not differentiated but minimised in closed form after each optimizer step of rate eta (a proximal step),
        theta <- (theta + eta strength S) / (1 + eta strength F),
    which no strength can make diverge. F is the mean over rows of squared gradients of single rows (see `_fisher.py`): its scale,
    and so the meaning of `strength`, does not depend on the batch size.
    """

    strength: float = Field(100.0, ge=0, description="weight of the penalty")
    fisher: Literal["sampled", "exact"] = Field(
        "sampled", description="one label drawn per row, or all labels (C times the time)"
    )
    samples: int = Field(200, ge=1, description="rows that the Fisher information is estimated on")
    _fisher: dict[str, Tensor] = PrivateAttr(default_factory=dict)
    _pull: dict[str, Tensor] = PrivateAttr(default_factory=dict)

    def after_update(self, run: Run, batch: Batch) -> None:
        """Take the proximal step. Rows of the head that are newer than the anchors move freely."""
        weight = batch.rate * self.strength * self._present()
        with torch.no_grad():
            for name, parameter in run.parameters.items():
                if name in self._fisher:
                    part = parameter[: len(self._fisher[name])]
                    part.add_(self._pull[name].to(part.device), alpha=weight)
                    part.div_(1 + weight * self._fisher[name].to(part.device))

    def after_experience(self, run: Run) -> None:
        """Add this experience's Fisher information, anchored where the parameters are now."""
        parameters = run.parameters
        for name, new in diagonal_fisher(run, parameters, self.samples, self.fisher).items():
            self._consolidate(name, new, parameters[name].detach().cpu())

    def _present(self) -> float:
        """The weight of the stored information while the next experience is learned."""
        return 1.0

    def _consolidate(self, name: str, new: Tensor, anchor: Tensor) -> None:
        old = self._fisher.get(name)
        pull = new * anchor
        if old is not None:
            new[: len(old)] += old
            pull[: len(old)] += self._pull[name]
        self._fisher[name], self._pull[name] = new, pull

    def state(self) -> dict[str, Tensor]:
        """F and S of each parameter."""
        return {f"{kind}.{n}": t for kind, own in (("fisher", self._fisher), ("pull", self._pull)) for n, t in own.items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore F and S."""
        for key, tensor in state.items():
            kind, name = key.split(".", 1)
            (self._fisher if kind == "fisher" else self._pull)[name] = tensor.clone()
