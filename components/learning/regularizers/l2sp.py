"""L2-SP: stay near a starting point (Li, Grandvalet and Davoine, ICML 2018, arXiv 1802.01483, eq. 2), as a proximal step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from pydantic import Field, PrivateAttr

from components.learning.method import Method, Peers, register
from components.learning.regularizers import _held as held
from components.learning.regularizers._gradients import proximal_step

if TYPE_CHECKING:
    from torch import Tensor

    from components.learning.run import Batch, Draw, Run


@register("regularizer", "l2sp")
class L2SP(Method):
    """strength / 2 * |theta - theta_0|^2 over the parameters that move.

    anchor `line`, as in the paper: theta_0 is where the first checkpoint of the lineage started (the pretrained weights; for an
    adapter, its first values), the same for all experiences. The head has no pretrained weights and moves freely. anchor
    `experience`: theta_0 is what the last experience left, base model and head; rows of the head for new labels
    move freely. A fresh adapter of each experience (`lora_per_task`) is held near its own first values. The paper's second term,
    beta / 2 * |w|^2 on new layers, is left to the optimizer's `weight_decay`.
    """

    strength: float = Field(0.1, ge=0, description="weight of the penalty (alpha in the paper)")
    anchor: Literal["line", "experience"] = Field(
        "line", description="line: the pretrained weights; experience: the weights before it"
    )
    _anchor: dict[str, Tensor] = PrivateAttr(default_factory=dict)

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """With anchor `line`, some pretrained weights must move; with `experience`, any."""
        if self.anchor == "line" and not recipe.regime.moves(causal):
            return (
                f"no pretrained weight moves in regime {recipe.regime.kind!r}",
                "Set its anchor to experience, or regime to {kind: depth, depth: 1}.",
            )
        return held.nothing_trained(recipe, causal)

    def before_experience(self, run: Run) -> None:
        """Drop the anchors of an adapter that a fresh one has replaced; a snapshot restores those of the fresh one."""
        if run.renewed:
            self._anchor = {name: tensor for name, tensor in self._anchor.items() if not name.startswith("base.")}

    def compose_batch(self, run: Run, draw: Draw) -> Draw:
        """Before the first step: anchor parameters of the base model that move for the first time where they are."""
        for name, p in run.parameters.items():
            if name.startswith("base.") and name not in self._anchor:
                self._anchor[name] = p.detach().cpu().clone()
        return draw

    def after_update(self, run: Run, batch: Batch) -> None:
        """Take the proximal step."""
        weights = dict.fromkeys(self._anchor, self.strength)
        proximal_step(run.parameters, self._anchor, batch.rate, weights)

    def after_experience(self, run: Run) -> None:
        """With anchor `experience`: anchor the parameters where this experience left them."""
        if self.anchor == "experience":
            self._anchor.update({name: p.detach().cpu().clone() for name, p in run.lasting.items()})

    def state(self) -> dict[str, Tensor]:
        """The anchors."""
        return dict(self._anchor)

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore the anchors."""
        self._anchor = {name: tensor.clone() for name, tensor in state.items()}
