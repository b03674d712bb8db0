"""The diagonal of the Fisher information, from gradients of single rows (never of a batch's mean)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from components.lazy import lazy

if TYPE_CHECKING:
    import torch

    from components.learning.run import Run
else:
    torch = lazy("torch")


def diagonal_fisher(
    run: Run, parameters: Mapping[str, torch.nn.Parameter], samples: int, kind: Literal["sampled", "exact"]
) -> dict[str, torch.Tensor]:
    """E_x E_(y ~ p(y|x)) [(d/dtheta log p(y|x))^2] over at most `samples` of the new rows, dropout off; on the CPU.

    sampled: one y drawn per row (unbiased); exact: the expectation over all y.
    """
    if not parameters:
        return {}
    run.network.train(False)
    rows = run.rng.choice(run.new, min(samples, run.new), replace=False)
    total = {name: torch.zeros_like(p) for name, p in parameters.items()}
    for row in rows:
        terms = run.network.fisher_losses(run.table, int(row), kind, run.rng)
        for i, (weight, loss) in enumerate(terms):
            gradients = torch.autograd.grad(loss, list(parameters.values()), retain_graph=i + 1 < len(terms), allow_unused=True)
            for sum_, gradient in zip(total.values(), gradients):
                if gradient is not None:
                    sum_.addcmul_(gradient, gradient, value=weight)
    return {name: (sum_ / len(rows)).cpu() for name, sum_ in total.items()}
