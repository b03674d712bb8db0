"""O-LoRA (Wang et al., Findings of EMNLP 2023, arXiv 2310.14152, eq. 6 to 8): a new adapter orthogonal to the earlier ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from pydantic import Field, PrivateAttr

from components.lazy import lazy
from components.learning.method import Method, Peers, register
from components.learning.networks.adapters import is_past

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from components.learning.run import Batch, Run
else:
    torch = lazy("torch")


_FACTOR = re.compile(r"(.+)\.lora_A\.([^.]+)\.weight")


@register("regularizer", "olora")
class OLora(Method):
    """strength * sum over adapted layers and earlier adapters i of |A_i A_t^T|^2, the sum of the squared entries.

    The rows of A (rank x inputs in PEFT; the paper writes A transposed) span the inputs that an adapter reads. norm `absolute`
    sums the entries' absolute values instead, like the released code. That code also pulls the new A and B towards 0, with a
    weight set by hand for each task; this is left out (use `optimizer.weight_decay`). In the paper each adapter is trained on
    top of the sum of the earlier ones: regime {kind: lora_per_task, merge: sum}. With other merges the penalty keeps the merged
    adapters apart. Pruned adapters count with their stored A. Cost and stored bytes grow with the number of experiences.
    """

    strength: float = Field(0.5, ge=0, description="weight of the penalty (lambda_1 in the paper)")
    norm: Literal["squared", "absolute"] = Field(
        "squared", description="squared: as in the paper; absolute: as in its released code"
    )
    _past: dict[str, Tensor] = PrivateAttr(default_factory=dict)  # per layer, the rows of A of all earlier adapters

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """It needs adapters that are kept apart, and more than one experience that trains an adapter."""
        if recipe.regime.kind != "lora_per_task":
            return (
                f"regime {recipe.regime.kind!r} keeps no adapter of each experience to be orthogonal to",
                "Set learning.regime to {kind: lora_per_task, merge: sum}, or use {kind: online_ewc}.",
            )
        if not recipe.regime.moves_again():
            return "only the first experience trains an adapter", "Set learning.regime.adapt to always, or leave olora out."
        return None

    def before_experience(self, run: Run) -> None:
        """Look up A of the earlier adapters, frozen in the model. There is no state: after a kill this is done again."""
        earlier: dict[str, list[Tensor]] = {}
        for name, parameter in run.network.model.named_parameters():
            match = _FACTOR.fullmatch(name)
            if match and is_past(match[2]):
                earlier.setdefault(match[1], []).append(parameter.detach())
        self._past = {layer: torch.cat(factors) for layer, factors in earlier.items()}

    def penalty(self, run: Run, batch: Batch) -> Tensor | None:
        """The overlap of the adapter that moves with all earlier ones."""
        terms = []
        for name, parameter in run.parameters.items():
            match = _FACTOR.fullmatch(name.removeprefix("base."))
            if match and match[1] in self._past:
                overlap = self._past[match[1]].to(parameter.device) @ parameter.T
                terms.append((overlap**2 if self.norm == "squared" else overlap.abs()).sum())
        return self.strength * sum(terms[1:], terms[0]) if terms else None
