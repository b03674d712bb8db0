"""Elastic weight consolidation (Kirkpatrick et al., PNAS 2017, arXiv 1612.00796, eq. 3), applied as a proximal step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from pydantic import Field, PrivateAttr

from components.lazy import lazy
from components.learning.method import Method, Peers, register
from components.learning.regularizers import _held as held
from components.learning.regularizers._fisher import diagonal_fisher

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from components.learning.run import Batch, Run
else:
    torch = lazy("torch")


@register("regularizer", "ewc")
class Ewc(Method):
    """strength / 2 * sum over tasks t of F_t (theta - theta_t)^2, over the parameters that are trained again and again.

    The sum of quadratics is itself a quadratic, given exactly by two tensors per parameter: F = sum F_t, S = sum F_t theta_t.
    It is not differentiated but minimised in closed form after each optimizer step of rate eta (a proximal step),
        theta <- (theta + eta strength S) / (1 + eta strength F),
    which no strength can make diverge. F is the mean over rows of squared gradients of single rows (see `_fisher.py`): its scale,
    and so the meaning of `strength`, does not depend on the batch size. It does depend on the model and on the parameters that
    move, by orders of magnitude. So by default the penalty is relative, which is not in the paper: `pull` in place of strength *
    eta at the first rate, and F divided by its mean (of the base model's entries that are not 0, and of the head's), see
    `_held.weights`. Relative, the sum's mean does not grow with the number of experiences.

    A fresh adapter of each experience (`lora_per_task`) has no past value and is not held; a head that is trained is.
    """

    strength: float | None = Field(None, ge=0, description="weight of the penalty as in the paper; empty: relative, see `pull`")
    pull: float = Field(
        held.PULL,
        ge=0,
        description="p: each step takes a parameter of mean importance p / (1 + p) of the way back to its past value",
    )
    fisher: Literal["sampled", "exact"] = Field(
        "sampled", description="one label drawn per row, or all labels (C times the time)"
    )
    samples: int = Field(200, ge=1, description="rows that the Fisher information is estimated on")
    _fisher: dict[str, Tensor] = PrivateAttr(default_factory=dict)
    _pull: dict[str, Tensor] = PrivateAttr(default_factory=dict)
    _weights: dict[str, float] | None = PrivateAttr(None)  # what F is multiplied by, besides the rate; of the present F
    _peak: float | None = PrivateAttr(None)  # the rate that the steps begin with

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """Some parameter must be trained in more than one experience."""
        self._peak = recipe.optimizer.rate
        return held.nothing_lasting(recipe, causal)

    def after_update(self, run: Run, batch: Batch) -> None:
        """Take the proximal step. Rows of the head that are newer than the anchors move freely."""
        own = run.lasting
        if self._weights is None:
            known = {name: fisher for name, fisher in self._fisher.items() if name in own}
            self._weights = held.weights(self.strength, self.pull, known, self._peak)
        with torch.no_grad():
            for name, factor in self._weights.items():
                part = own[name][: len(self._fisher[name])]
                fisher, pull = self._fisher[name].to(part.device), self._pull[name].to(part.device)
                weight = batch.rate * factor * (self._present() if self.strength is not None else 1.0)
                # (theta + w S) / (1 + w F) as a change: large w S and w F would lose theta's last digits
                part.add_((pull - fisher * part) * (weight / (1 + weight * fisher)))

    def after_experience(self, run: Run) -> None:
        """Add this experience's Fisher information, anchored where the parameters are now."""
        parameters = run.lasting
        for name, new in diagonal_fisher(run, parameters, self.samples, self.fisher).items():
            self._consolidate(name, new, parameters[name].detach().cpu())
        self._weights = None

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
        self._weights = None
