"""Maximally interfered retrieval (Aljundi et al., NeurIPS 2019, arXiv 1908.04742, section 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from components.lazy import lazy
from components.learning.rehearsal.sampling.sampler import Sampler, register

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from components.learning.run import Draw, Run
    from components.memory.policies import Ints
    from components.memory.store import Memory
else:
    torch = lazy("torch")


CHUNK = 64  # candidates scored together


@register("mir")
class Mir(Sampler):
    """Of C candidates, drawn uniformly, those whose loss the coming update raises most: with theta_v = theta - eta grad L(new),
    the rows of greatest l(theta_v) - l(theta).

    As in the paper, the virtual step is plain SGD at the present rate, whatever the optimizer is. Dropout is off in all three
    passes, so that a rise is due to the step alone. The variant that compares with the least loss so far is left out: it needs
    the losses of all rows at all times. The cost is one pass with gradients over the new rows and two without over the
    candidates.
    """

    def draw(self, run: Run, memory: Memory, new: Draw, count: int) -> Ints:
        """The most interfered candidates; uniformly drawn rows if there are no more candidates than needed."""
        pool = min(len(memory), round(max(1.0, self.candidates) * count))
        if pool <= count:
            return memory.sample(count, run.rng)
        candidates = memory.sample(pool, run.rng)
        rise = interference(run, new, run.new + candidates)
        return candidates[np.argsort(-rise.double().numpy(), kind="stable")[:count]]


def interference(run: Run, new: Draw, rows: Ints) -> Tensor:
    """(n,) how much one SGD step on the new rows would raise the loss of each of these rows. The model stays bit for bit."""
    network = run.network
    training = network.model.training
    moving = list(network.parameters().values())
    network.train(False)
    before = [parameter.detach().clone() for parameter in moving]
    try:
        gradients = torch.autograd.grad(network.losses(run.table, new.rows).mean(), moving, allow_unused=True)
        present = _losses(run, rows)
        with torch.no_grad():
            for parameter, gradient in zip(moving, gradients, strict=True):
                if gradient is not None:
                    parameter.sub_(gradient, alpha=new.rate)
        return _losses(run, rows) - present
    finally:
        with torch.no_grad():
            for parameter, own in zip(moving, before, strict=True):
                parameter.copy_(own)
        network.train(training)


def _losses(run: Run, rows: Ints) -> Tensor:
    with torch.no_grad():
        chunks = [run.network.losses(run.table, rows[i : i + CHUNK]).float().cpu() for i in range(0, len(rows), CHUNK)]
    return torch.cat(chunks)
