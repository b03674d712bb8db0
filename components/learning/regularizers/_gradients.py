"""What regularizers do with gradients and steps: the gradient on given rows, a proximal step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from components.lazy import lazy

if TYPE_CHECKING:
    import torch

    from components.learning.networks.tokens import Rows
    from components.learning.run import Run
else:
    torch = lazy("torch")

#: Rows scored at a time when a gradient is taken over many, to bound memory
CHUNK = 64
#: Weights of a proximal step are clipped here: the pull is complete long before, and inf / inf is not a number
MOST = 1e24


def filled(parameters: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor | None]) -> list[torch.Tensor]:
    """The gradients, with zeros for parameters that have none."""
    return [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, gradients)]


def gradient_on(run: Run, rows: Rows, parameters: Sequence[torch.nn.Parameter]) -> list[torch.Tensor]:
    """The gradient of the mean loss of these rows at the present parameters."""
    total = [torch.zeros_like(p) for p in parameters]
    for start in range(0, len(rows), CHUNK):
        loss = run.network.losses(run.table, rows[start : start + CHUNK]).sum() / len(rows)
        for sum_, gradient in zip(total, torch.autograd.grad(loss, parameters, allow_unused=True)):
            if gradient is not None:
                sum_ += gradient
    return total


def proximal_step(
    parameters: Mapping[str, torch.nn.Parameter],
    anchors: Mapping[str, torch.Tensor],
    rate: float,
    weights: Mapping[str, float],
    importance: Mapping[str, torch.Tensor] | None = None,
) -> None:
    """theta <- argmin over v of |v - theta|^2 / 2 + rate * weight / 2 * sum of importance (v - anchor)^2, in closed form:

    theta + (anchor - theta) w / (1 + w) with w = rate * weight * importance. No weight can make it pass the anchor. If a
    parameter has more rows than its anchor (a grown head), the new rows stay as they are.
    """
    with torch.no_grad():
        for name, parameter in parameters.items():
            if name in anchors and name in weights:
                anchor = anchors[name].to(parameter.device)
                own = torch.ones_like(anchor) if importance is None else importance[name].to(parameter.device)
                pull = (own * (rate * weights[name])).clamp(max=MOST)
                part = parameter[: len(anchor)]
                part.add_((anchor - part) * (pull / (1 + pull)))
