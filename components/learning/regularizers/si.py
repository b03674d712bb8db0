"""Synaptic intelligence (Zenke, Poole and Ganguli, ICML 2017, arXiv 1703.04200, eq. 3 to 5), applied as a proximal step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import Field, PrivateAttr

from components.lazy import lazy
from components.learning.method import Method, Peers, register
from components.learning.regularizers import _held as held
from components.learning.regularizers._gradients import filled, proximal_step

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from components.learning.run import Batch, Draw, Run
else:
    torch = lazy("torch")


def _empty() -> dict[str, dict[str, Tensor]]:
    return {kind: {} for kind in ("omega", "anchor", "path", "start", "previous")}


@register("regularizer", "si")
class SynapticIntelligence(Method):
    """strength * sum of Omega (theta - theta_last)^2, Omega += max(0, omega) / ((theta_end - theta_start)^2 + xi).

    omega = - sum over steps of g * (theta_after - theta_before), the path integral of the loss: summed over the parameters it is
    the decrease of the loss, up to the size of the steps. g is the gradient of the batch's loss alone, before penalties, changes
    by other methods and clipping. The step is the one actually taken, with proximal steps (moves after an update by methods that
    are listed later count with the next step). The penalty is minimised in closed form after each step, as in `ewc.py`, and by
    default relative to Omega's own scale, which is not in the paper. A fresh adapter of each experience is not held.

    Not in the paper: a negative omega counts as 0, because otherwise the quadratic would have no minimum. If early stopping
    returns to an earlier epoch, omega still covers the whole path, but the distance is the one to where training returned.
    """

    strength: float | None = Field(None, ge=0, description="weight of the penalty (c in the paper); empty: relative, see `pull`")
    pull: float = Field(
        held.PULL,
        ge=0,
        description="p: each step takes a parameter of mean importance p / (1 + p) of the way back to its past value",
    )
    xi: float = Field(0.1, gt=0, description="damping: added to the squared distance that a parameter moved")
    _kept: dict[str, dict[str, Tensor]] = PrivateAttr(default_factory=_empty)
    _gradient: dict[str, Tensor] = PrivateAttr(default_factory=dict)  # the gradient of the present step
    _weights: dict[str, float] | None = PrivateAttr(None)  # what Omega is multiplied by, besides the rate
    _peak: float | None = PrivateAttr(None)  # the rate that the steps begin with
    _alone: bool = PrivateAttr(False)  # no other method changes the gradient: the trainer's backward pass can be used

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """Some parameter must be trained in more than one experience.

        Notes whether other methods of the recipe change the gradient; if not, it need not be computed twice.
        """
        self._peak = recipe.optimizer.rate
        others = [method for method in recipe.hooks if method is not self]
        self._alone = not any(m.penalises or type(m).before_update is not Method.before_update for m in others)
        return held.nothing_lasting(recipe, causal)

    def compose_batch(self, run: Run, draw: Draw) -> Draw:
        """Before the first step: the path starts here."""
        if not self._kept["start"]:
            for name, p in run.lasting.items():
                self._kept["path"][name] = torch.zeros_like(p, requires_grad=False)
                self._kept["start"][name] = p.detach().clone()
                self._kept["previous"][name] = p.detach().clone()
        return draw

    def penalty(self, run: Run, batch: Batch) -> None:
        """Adds no term. Takes the gradient of the batch's loss before anything is added to it."""
        if not self._alone and (own := run.lasting):
            loss, parameters = batch.loss(batch.losses), list(own.values())
            gradients = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
            self._gradient = dict(zip(own, filled(parameters, gradients)))

    def before_update(self, run: Run, batch: Batch) -> None:
        """Take the gradient here if no other method changes it."""
        if self._alone:
            for name, p in run.lasting.items():
                if p.grad is None:
                    self._gradient.pop(name, None)
                elif name in self._gradient:
                    self._gradient[name].copy_(p.grad)
                else:
                    self._gradient[name] = p.grad.clone()

    def after_update(self, run: Run, batch: Batch) -> None:
        """Take the proximal step, then add this step to the path, in place: allocating a whole model's tensors is slow."""
        own, kept = run.lasting, self._kept
        if self._weights is None:
            known = {name: omega for name, omega in kept["omega"].items() if name in own}
            twice = None if self.strength is None else 2 * self.strength
            self._weights = held.weights(twice, self.pull, known, self._peak)
        proximal_step(own, kept["anchor"], batch.rate, self._weights, kept["omega"])
        for name, gradient in self._gradient.items():
            now = own[name].detach()
            path, previous = (kept[kind][name].to(now.device) for kind in ("path", "previous"))
            path.addcmul_(gradient, previous.sub_(now))  # -g * (now - previous)
            kept["path"][name], kept["previous"][name] = path, previous.copy_(now)

    def after_experience(self, run: Run) -> None:
        """Turn the path into importances; anchor the parameters where they are now."""
        kept, own = self._kept, run.lasting
        for name, start in kept["start"].items():
            now = own[name].detach().cpu().clone()
            went = now - start.cpu()
            new = kept["path"][name].cpu().clamp(min=0) / (went**2 + self.xi)
            if (old := kept["omega"].get(name)) is not None:
                new[: len(old)] += old
            kept["omega"][name], kept["anchor"][name] = new, now
        for kind in ("path", "start", "previous"):
            kept[kind] = {}
        self._gradient, self._weights = {}, None

    def state(self) -> dict[str, Tensor]:
        """Omega and anchor; during training also the path, its start and its last point."""
        return {f"{kind}.{name}": tensor for kind, own in self._kept.items() for name, tensor in own.items()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore them."""
        self._kept = _empty()
        for key, tensor in state.items():
            kind, name = key.split(".", 1)
            self._kept[kind][name] = tensor.clone()
        self._weights = None
