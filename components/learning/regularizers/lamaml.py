"""La-MAML (Gupta, Yadav and Paull, NeurIPS 2020, arXiv 2007.13904, Algorithm 1), first-order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, PrivateAttr

from components.lazy import lazy
from components.learning.method import Method, Peers, register
from components.learning.regularizers import _held as held
from components.learning.regularizers._gradients import filled, gradient_on

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import Parameter

    from components.learning.networks.tokens import Rows
    from components.learning.run import Batch, Run
else:
    torch = lazy("torch")


@register("regularizer", "lamaml")
class LaMaml(Method):
    """Look ahead over the new rows, with a learned rate alpha for each parameter, and step by the gradients taken there.

    A batch's new rows are cut into `inner` parts (one row each in the paper: `inner` = `optimizer.batch`). From theta_0 = theta:
    theta_j = theta_(j-1) - max(0, alpha) g_j, g_j the gradient on part j at theta_(j-1). The meta-loss is the mean over j of the
    loss at theta_j of the whole batch, memory rows included. Then, alpha first, as in the paper:
        alpha <- alpha - alpha_rate * mean over j of - G_j (g_1 + ... + g_j)     (max(0, .) left out: a rate can come back)
        theta <- theta - max(0, alpha) * mean over j of G_j                      (G_j: gradient of the meta-loss at theta_j)
    This is FO-La-MAML: derivatives of g_j are taken as zero, so there is no second-order meta-gradient.

    The mean of G_j replaces the loss's gradient, so that penalties and gradient projections of other methods and the
    trainer's clipping still apply to it (inner steps are not clipped). Then this step is taken instead of the optimizer's, whose
    rate and momentum have no effect. alpha is kept in the checkpoint. A step costs 1 + 2 * inner passes.
    """

    initial: float = Field(0.1, gt=0, description="first value of every rate alpha")
    alpha_rate: float = Field(0.1, ge=0, description="learning rate of the rates (eta); 0: they do not change")
    inner: int = Field(4, ge=1, description="inner steps per batch: the number of parts that its new rows are cut into")
    _alpha: dict[str, Tensor] = PrivateAttr(default_factory=dict)
    _before: dict[str, Tensor] = PrivateAttr(default_factory=dict)  # the parameters before the optimizer's step

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """It replaces the optimizer's step, so nothing else may change the parameters in between."""
        if recipe.optimizer.weight_decay:
            return (
                "it replaces the optimizer's step, so weight_decay would do nothing",
                "Set learning.optimizer.weight_decay to 0.",
            )
        for method in recipe.hooks:
            if method is self:
                break
            if type(method).after_update is not Method.after_update:
                return f"its step would undo what {method.kind} does after an update", "List lamaml first among the regularizers."
        return held.nothing_trained(recipe, causal)

    def penalty(self, run: Run, batch: Batch) -> Tensor | None:
        """Look ahead; the term changes the loss's gradient to the mean of G_j, and its value to the meta-loss."""
        if not (own := run.network.parameters()):
            return None
        rows = batch.rows
        new = rows[rows < run.new]
        if not len(new):
            return None
        value, meta = self._look_ahead(run, batch, own, np.array_split(new, min(self.inner, len(new))))
        linear = sum((g * (p - p.detach())).sum() for g, p in zip(meta, own.values()))
        return linear + value - batch.loss(batch.losses)

    def _look_ahead(
        self, run: Run, batch: Batch, own: Mapping[str, Parameter], parts: Sequence[Rows]
    ) -> tuple[float, list[Tensor]]:
        """(meta-loss, its first-order gradient); updates alpha. Afterwards the parameters are where they were."""
        parameters, rates = list(own.values()), [self._rate(name, p) for name, p in own.items()]
        start = [p.data for p in parameters]
        walked, meta, slope = ([torch.zeros_like(p) for p in parameters] for _ in range(3))
        value = 0.0
        try:
            for part in parts:
                for p, rate, sum_, g in zip(parameters, rates, walked, gradient_on(run, part, parameters)):
                    p.data = p.data - rate.clamp(min=0) * g  # not in place: the step's graph still needs the old values
                    sum_ += g
                loss = batch.loss(run.network.losses(run.table, batch.rows))
                value += float(loss.detach()) / len(parts)
                outer = filled(parameters, torch.autograd.grad(loss, parameters, allow_unused=True))
                for m, s, sum_, g in zip(meta, slope, walked, outer):
                    m.add_(g, alpha=1 / len(parts))
                    s.addcmul_(g, sum_, value=-1 / len(parts))
        finally:
            for p, data in zip(parameters, start):
                p.data = data
        for name, rate, s in zip(own, rates, slope):
            self._alpha[name] = rate - self.alpha_rate * s
        return value, meta

    def _rate(self, name: str, parameter: Tensor) -> Tensor:
        """alpha of a parameter; `initial` for a new parameter and for new rows of a grown one."""
        rate, old = torch.full_like(parameter, self.initial, requires_grad=False), self._alpha.get(name)
        if old is not None:
            rate[: len(old)] = old.to(rate.device)
        return rate

    def before_update(self, run: Run, batch: Batch) -> None:
        """Remember where the parameters are."""
        self._before = {name: p.detach().clone() for name, p in run.network.parameters().items() if name in self._alpha}

    def after_update(self, run: Run, batch: Batch) -> None:
        """Return there and take this method's own step."""
        own = run.network.parameters()
        with torch.no_grad():
            for name, before in self._before.items():
                if (gradient := own[name].grad) is not None:
                    own[name].copy_(before - self._alpha[name].clamp(min=0) * gradient)
        self._before = {}

    def after_experience(self, run: Run) -> None:
        """Drop the rates of a temporary head."""
        self._alpha = {name: t for name, t in self._alpha.items() if not name.startswith("temporary.")}

    def state(self) -> dict[str, Tensor]:
        """alpha of each parameter."""
        return dict(self._alpha)

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore the rates."""
        self._alpha = {name: tensor.clone() for name, tensor in state.items()}
