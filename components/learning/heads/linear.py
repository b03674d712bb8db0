"""A linear classifier on the normalised representation (cosine-like scores with a bias)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from components.lazy import lazy
from components.learning.axes import Head
from components.learning.heads import _correction as correction
from components.learning.heads import _several_rows as several
from components.learning.method import Peers, register

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import Parameter

    from components.learning.run import Batch, Run
else:
    torch = lazy("torch")


@register("head", "linear")
class Linear(Head):
    """scores = scale * z / |z| . W^T + b. New classes are new rows of W, at zero; the old rows stay bit for bit.

    correction changes the rows of the classes that an experience brought, after training on it:
    weight_alignment (Zhao et al., CVPR 2020, arXiv 1911.07053): their scores times mean norm of old rows / mean norm of new ones,
    but at most 4 and at least 1 / 4.
    bias (BiC, Wu et al., CVPR 2019, arXiv 1905.13260): alpha * score + beta, fitted on validation rows and memory rows, each
    class counting the same. The paper keeps some memory rows out of training for that; here replay has trained on them.
    weighting multiplies the weight of a row's loss by 1 / sqrt(rows of its class), scaled so that the weights keep their sum.
    """

    scale: float = Field(20.0, gt=0, description="the length to which the representation is normalised")
    correction: Literal["none", "weight_alignment", "bias"] = Field(
        "none",
        description="corrects the scores of new classes, which are too high if old classes were replayed little",
    )
    weighting: Literal["none", "inverse_sqrt"] = Field("none", description="inverse_sqrt: rows of frequent classes count less")
    _weight: Parameter | None = PrivateAttr(None)
    _bias: Parameter | None = PrivateAttr(None)
    _owners: Tensor | None = PrivateAttr(None)  # (R,) the class of each row of weights; None: a row for each class
    _counts: Tensor | None = PrivateAttr(None)  # (C,) training and memory rows of each class

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """The bias correction needs memory rows and validation rows."""
        if causal or self.correction != "bias":
            return super().objection(recipe, causal)
        if not recipe.rehearsal.rereads:
            return (
                f"correction bias is fitted on memory rows, and rehearsal {recipe.rehearsal.kind!r} keeps no texts",
                "Set learning.rehearsal to {kind: buffer}, or learning.head.correction to weight_alignment.",
            )
        if recipe.optimizer.validation == 0:
            return (
                "correction bias is fitted on the validation slice, and learning.optimizer.validation is 0",
                "Set learning.optimizer.validation to 0.1, or learning.head.correction to weight_alignment.",
            )
        return super().objection(recipe, causal)

    def grow(self, labels: Iterable[str], width: int) -> None:
        """Append rows for the unknown labels."""
        fresh = sorted(set(labels) - set(self._labels))
        weight, bias = torch.zeros(len(fresh), width), torch.zeros(len(fresh))
        if self._weight is not None and self._bias is not None:
            weight, bias = torch.cat([self._weight.data, weight]), torch.cat([self._bias.data, bias])
        self._weight, self._bias = torch.nn.Parameter(weight), torch.nn.Parameter(bias)
        self._owners = several.grown(self._owners, len(self._labels), len(fresh))
        self._labels += fresh

    def restore(self, labels: Iterable[str], state: Mapping[str, Tensor]) -> None:
        """Load the classes and the state; where classes were merged, it says which rows are whose."""
        known = list(labels)
        self._owners = several.checked(state.get("owners"), len(known))
        super().restore(known, state)

    def merge(self, places: Sequence[int], classes: int) -> None:
        """Keep the row of each class; the probability of a class is the sum of its rows'."""
        self._owners = several.merged(self._owners, places)

    def before_experience(self, run: Run) -> None:
        """Count the rows of each class."""
        if self.weighting == "inverse_sqrt":
            rows = [*run.split.training.tolist(), *range(run.new, len(run.table.targets))]
            columns = torch.tensor([self._labels.index(run.table.targets[i]) for i in rows])
            self._counts = torch.bincount(columns, minlength=len(self._labels))

    @property
    def penalises(self) -> bool:
        """True with class weights only."""
        return self.weighting != "none"

    def penalty(self, run: Run, batch: Batch) -> Tensor | None:
        """The loss with class weights minus the loss without; class weights multiply the weights of the draw."""
        if self._counts is None:
            return None
        losses = batch.losses
        base = torch.full_like(losses, 1 / len(losses)) if batch.weights is None else batch.weights.to(losses)
        columns = torch.tensor([self._labels.index(run.table.targets[i]) for i in batch.rows.tolist()])
        factors = correction.class_weights(self._counts, columns, base.detach().cpu()).to(losses)
        return ((factors - 1) * base * losses).sum()

    def after_experience(self, run: Run) -> None:
        """Correct the scores of the classes that this experience brought."""
        fresh = torch.tensor([not run.past.seen.get(label) for label in self._labels])
        if self.correction == "none" or fresh.all() or not fresh.any():
            return
        own = self.parameters()
        rows = fresh if self._owners is None else fresh[self._owners]
        if self.correction == "weight_alignment":
            alpha, beta = correction.alignment(own["weight"].data.cpu(), rows), 0.0
        else:
            alpha, beta = self._fitted(run, fresh)
        with torch.no_grad():
            own["weight"][rows.to(own["weight"].device)] *= alpha
            own["bias"][rows.to(own["bias"].device)] *= alpha
            own["bias"][rows.to(own["bias"].device)] += beta

    def _fitted(self, run: Run, fresh: Tensor) -> tuple[float, float]:
        rows = np.concatenate([run.split.validation, run.remembered])
        columns = torch.tensor([self._labels.index(run.table.targets[i]) for i in rows.tolist()])
        if not len(rows) or fresh[columns].all() or not fresh[columns].any():
            return 1.0, 0.0  # one side has no row
        with torch.no_grad():
            scores = self.logits(run.represent(rows).to(self.parameters()["weight"].device)).cpu()
        return correction.affine(scores, columns, fresh)

    def parameters(self) -> dict[str, Parameter]:
        """weight (C, width) and bias (C,), with a row more for each class that was merged into another."""
        if self._weight is None or self._bias is None:
            raise RuntimeError("a head has no parameters before it has grown")
        return {"weight": self._weight, "bias": self._bias}

    def logits(self, features: Tensor) -> Tensor:
        """(n, C) scores."""
        own = self.parameters()
        unit = torch.nn.functional.normalize(features, dim=-1)
        return several.by_class(self.scale * unit @ own["weight"].T + own["bias"], self._owners)

    def probabilities(self, features: Tensor) -> Tensor:
        """Softmax of the scores."""
        return self.logits(features).softmax(-1)

    def state(self) -> dict[str, Tensor]:
        """weight and bias, and the owners of their rows once classes were merged."""
        owners = {} if self._owners is None else {"owners": self._owners}
        return {**{name: p.data for name, p in self.parameters().items()}, **owners}

    def dimensions(self) -> Mapping[str, tuple[int | None, ...]]:
        """A row of weight and an entry of bias per class; per owner where classes were merged."""
        rows = len(self._labels if self._owners is None else self._owners)
        return {"weight": (rows, None), "bias": (rows,)}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Load weight and bias."""
        self._weight, self._bias = (torch.nn.Parameter(state[name].clone()) for name in ("weight", "bias"))
