"""Memory aware synapses (Aljundi et al., ECCV 2018, arXiv 1711.09601, eq. 2 to 4), applied as a proximal step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, PrivateAttr

from components.lazy import lazy
from components.learning.method import Method, Peers, register
from components.learning.networks.protocol import as_encoder
from components.learning.regularizers._gradients import proximal_step

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from components.learning.run import Batch, Run
else:
    torch = lazy("torch")


@register("regularizer", "mas")
class MemoryAwareSynapses(Method):
    """strength * sum of Omega (theta - theta_last)^2, Omega += mean over rows of | d |F(x)|^2 / d theta |.

    F(x) are the class scores, before softmax, of one row. The absolute value is taken row by row (not of a batch's mean), so the
    scale does not depend on the batch size. No label is used. Omega sums over experiences. The penalty is minimised in closed
    form after each step, as in `ewc.py`. With a head that is not trained by gradients, F are the scores of the temporary head.
    """

    strength: float = Field(1.0, ge=0, description="weight of the penalty (lambda in the paper)")
    samples: int = Field(200, ge=1, description="rows that the importances are estimated on")
    _omega: dict[str, Tensor] = PrivateAttr(default_factory=dict)
    _anchor: dict[str, Tensor] = PrivateAttr(default_factory=dict)

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """It needs class scores."""
        if not causal:
            return None
        return "a model that writes has no class scores", "Use {kind: online_ewc} or {kind: si}, which need none."

    def after_update(self, run: Run, batch: Batch) -> None:
        """Take the proximal step. Rows of the head that are newer than the anchors move freely."""
        proximal_step(run.parameters, self._anchor, 2 * batch.rate * self.strength, self._omega)

    def after_experience(self, run: Run) -> None:
        """Add this experience's importances; the anchor is where the parameters are now."""
        own = run.parameters
        if not own:
            return
        run.network.train(False)
        total = {name: torch.zeros_like(p) for name, p in own.items()}
        rows = run.rng.choice(run.new, min(self.samples, run.new), replace=False)
        for row in rows:
            length = (as_encoder(run.network).logits(run.table, np.array([row])).float() ** 2).sum()
            for sum_, gradient in zip(total.values(), torch.autograd.grad(length, list(own.values()), allow_unused=True)):
                if gradient is not None:
                    sum_ += gradient.abs()
        for name, p in own.items():
            new, old = (total[name] / len(rows)).cpu(), self._omega.get(name)
            if old is not None:
                new[: len(old)] += old
            self._omega[name], self._anchor[name] = new, p.detach().cpu().clone()

    def state(self) -> dict[str, Tensor]:
        """Omega and anchor of each parameter."""
        return {f"{kind}.{n}": t for kind, own in (("omega", self._omega), ("anchor", self._anchor)) for n, t in own.items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore Omega and the anchors."""
        for key, tensor in state.items():
            kind, name = key.split(".", 1)
            (self._omega if kind == "omega" else self._anchor)[name] = tensor.clone()
