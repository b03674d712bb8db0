"""Memory aware synapses (Aljundi et al., ECCV 2018, arXiv 1711.09601, eq. 2 to 4), applied as a proximal step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import Field, PrivateAttr

from components.lazy import lazy
from components.learning.method import Method, Peers, register
from components.learning.networks.protocol import as_encoder
from components.learning.regularizers import _held as held
from components.learning.regularizers._gradients import proximal_step
from components.learning.regularizers._per_row import sums_over_rows

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
    form after each step, as in `ewc.py`, by default relative to Omega's own scale, which is not in the paper. With a head that is
    not trained by gradients, F are the scores of the temporary head. A fresh adapter of each experience is not held.
    """

    strength: float | None = Field(
        None, ge=0, description="weight of the penalty (lambda in the paper); empty: relative, see `pull`"
    )
    pull: float = Field(
        held.PULL,
        ge=0,
        description="p: each step takes a parameter of mean importance p / (1 + p) of the way back to its past value",
    )
    samples: int = Field(200, ge=1, description="rows that the importances are estimated on")
    _omega: dict[str, Tensor] = PrivateAttr(default_factory=dict)
    _anchor: dict[str, Tensor] = PrivateAttr(default_factory=dict)
    _weights: dict[str, float] | None = PrivateAttr(None)  # what Omega is multiplied by, besides the rate
    _peak: float | None = PrivateAttr(None)  # the rate that the steps begin with

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """It needs class scores, and a parameter that is trained in more than one experience."""
        self._peak = recipe.optimizer.rate
        if causal:
            return "a model that writes has no class scores", "Use {kind: online_ewc} or {kind: si}, which need none."
        return held.nothing_lasting(recipe, causal)

    def after_update(self, run: Run, batch: Batch) -> None:
        """Take the proximal step. Rows of the head that are newer than the anchors move freely."""
        own = run.lasting
        if self._weights is None:
            known = {name: omega for name, omega in self._omega.items() if name in own}
            twice = None if self.strength is None else 2 * self.strength
            self._weights = held.weights(twice, self.pull, known, self._peak)
        proximal_step(own, self._anchor, batch.rate, self._weights, self._omega)

    def after_experience(self, run: Run) -> None:
        """Add this experience's importances; the anchor is where the parameters are now."""
        own = run.lasting
        if not own:
            return
        run.network.train(False)
        rows = run.rng.choice(run.new, min(self.samples, run.new), replace=False)
        total = sums_over_rows(as_encoder(run.network), run.table, rows, own, _length, power=1)
        self._weights = None
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
        self._weights = None


def _length(scores: Tensor) -> Sequence[tuple[Tensor, Tensor]]:
    """|F(x)|^2 of each row."""
    return [(torch.ones(len(scores)), (scores**2).sum(1))]
