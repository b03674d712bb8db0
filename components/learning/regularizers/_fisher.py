"""The diagonal of the Fisher information, from gradients of single rows (never of a batch's mean)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from components.lazy import lazy
from components.learning.networks.protocol import as_encoder, as_writer
from components.learning.regularizers._per_row import sums_over_rows

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from components.learning.run import Run
else:
    torch = lazy("torch")


def diagonal_fisher(
    run: Run, parameters: Mapping[str, torch.nn.Parameter], samples: int, kind: Literal["sampled", "exact"]
) -> dict[str, Tensor]:
    """E_x E_(y ~ p(y|x)) [(d/dtheta log p(y|x))^2] over at most `samples` of the new rows, dropout off; on the CPU.

    sampled: one y drawn per row (unbiased); exact: the expectation over all y. A model that writes draws its answers, one row at
    a time: the expectation over all of them is not feasible, and `exact` is treated as `sampled`.
    """
    if not parameters:
        return {}
    run.network.train(False)
    rows = run.rng.choice(run.new, min(samples, run.new), replace=False)
    if run.network.writes:
        total = _of_answers(run, parameters, rows)
    else:

        def terms(scores: Tensor) -> Sequence[tuple[Tensor, Tensor]]:
            return _losses(scores, kind, run.rng)

        total = sums_over_rows(as_encoder(run.network), run.table, rows, parameters, terms, power=2)
    return {name: (sum_ / len(rows)).cpu() for name, sum_ in total.items()}


def _losses(scores: Tensor, kind: Literal["sampled", "exact"], rng: np.random.Generator) -> Sequence[tuple[Tensor, Tensor]]:
    """(n,) weights and -log p(y | x): of one label drawn per row, or of each label in turn, weighted by its probability."""
    answers = scores.log_softmax(-1)
    p = answers.detach().double().exp().cpu()
    if kind == "exact":
        return [(p[:, label], -answers[:, label]) for label in range(p.shape[1])]
    drawn = [int(rng.choice(len(own), p=own / own.sum())) for own in p.numpy()]
    index = torch.tensor(drawn, device=answers.device).unsqueeze(1)
    return [(torch.ones(len(answers)), -answers.gather(1, index).squeeze(1))]


def _of_answers(run: Run, parameters: Mapping[str, torch.nn.Parameter], rows: NDArray[np.int64]) -> dict[str, Tensor]:
    total = {name: torch.zeros_like(p, requires_grad=False) for name, p in parameters.items()}
    for row in rows:
        loss = as_writer(run.network).drawn_loss(run.table, int(row), run.rng)
        gradients = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
        for sum_, gradient in zip(total.values(), gradients):
            if gradient is not None:
                sum_.addcmul_(gradient, gradient)
    return total
