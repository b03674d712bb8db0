"""Reptile (Nichol, Achiam and Schulman 2018, arXiv 1803.02999, Algorithm 1) over batches with memory rows, as in MER."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import Field, PrivateAttr

from components.lazy import lazy
from components.learning.method import Method, Peers, register
from components.learning.regularizers import _held as held

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from components.learning.run import Batch, Draw, Run
else:
    torch = lazy("torch")


@register("regularizer", "reptile")
class Reptile(Method):
    """Every `every` steps: theta <- theta + step (phi - theta), where the optimizer reached phi from theta in these steps.

    Over batches of new and memory rows this is the across-batch update of MER (Riemer et al., ICLR 2019, arXiv 1810.11910,
    Algorithm 1 with its within-batch update left out; `optimizer.batch: 1` makes each row a batch, as there). To first order it
    also raises the inner products between the batches' gradients, so that learning from one batch helps with the others.

    The optimizer keeps its moments over the update. Everything that gradients move takes part, also a temporary head. The steps
    of an unfinished inner loop at the end of an experience stay as the optimizer made them. List it last: then it interpolates
    everything that a step did.
    """

    every: int = Field(5, ge=1, description="optimizer steps per inner loop (k)")
    step: float = Field(0.5, gt=0, le=1, description="how far theta moves towards phi (epsilon); 1: as without reptile")
    _slow: dict[str, Tensor] = PrivateAttr(default_factory=dict)  # theta: the parameters at the start of the inner loop
    _done: int = PrivateAttr(0)  # steps done in the inner loop

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """It needs gradient steps."""
        return held.nothing_trained(recipe, causal)

    def compose_batch(self, run: Run, draw: Draw) -> Draw:
        """Before the first step: set theta to the present parameters."""
        if not self._slow:
            self._slow = {name: p.detach().clone() for name, p in run.network.parameters().items()}
        return draw

    def after_update(self, run: Run, batch: Batch) -> None:
        """Count the step; at the end of an inner loop, update."""
        self._done += 1
        if self._done < self.every:
            return
        self._done = 0
        with torch.no_grad():
            for name, p in run.network.parameters().items():
                slow = self._slow[name].to(p.device)
                p.copy_(slow + self.step * (p - slow))
                self._slow[name] = p.detach().clone()

    def after_experience(self, run: Run) -> None:
        """Reset: the next experience starts a new inner loop."""
        self._slow, self._done = {}, 0

    def state(self) -> dict[str, Tensor]:
        """During training: theta, and how many steps the inner loop has done."""
        return {**{f"slow.{name}": t for name, t in self._slow.items()}, "done": torch.tensor([self._done])} if self._slow else {}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore them."""
        self._slow = {key.removeprefix("slow."): tensor.clone() for key, tensor in state.items() if key != "done"}
        self._done = int(state["done"])
