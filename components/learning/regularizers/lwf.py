"""Learning without forgetting (Li and Hoiem, ECCV 2016, arXiv 1606.09282, eq. 2 and 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, PrivateAttr

from components.errors import UsageError
from components.lazy import lazy
from components.learning.method import Method, Peers, register
from components.learning.networks.protocol import as_encoder
from components.learning.regularizers._gradients import CHUNK

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from components.learning.run import Batch, Run
else:
    torch = lazy("torch")


_REASON = "its targets are the scores that the head gave before this experience, but this head trains only a temporary head"
_HINT = "Set learning.head to {kind: linear}, or use {kind: online_ewc}."


@register("regularizer", "lwf")
class LearningWithoutForgetting(Method):
    """strength * T^2 * mean over the batch's new rows of KL(old || new) between softmax(scores / T) over the old labels.

    The old scores are those of the model as the last experience left it, on the rows of this one, computed once, dropout off. The
    paper writes the cross-entropy, which differs by a constant, the targets' entropy. T^2 keeps the gradient's scale (Hinton et
    al. 2015). Only columns of labels known before take part; the columns that the head has grown since are free. Memory rows take
    no part, because they have labels. The paper's warm-up of the new columns alone is left out (they start at zero here).
    """

    strength: float = Field(1.0, ge=0, description="weight of the penalty (lambda_o in the paper)")
    temperature: float = Field(2.0, gt=0, description="T: divides the scores before the softmax")
    _columns: Tensor | None = PrivateAttr(None)  # columns of the labels known before
    _targets: Tensor | None = PrivateAttr(None)  # (new, known before): softened answers; zeros where they are not needed

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """It needs class scores from a head that outlives the experience."""
        if causal:
            return "a model that writes has no class scores", "Use {kind: online_ewc}, or rehearsal {kind: buffer}."
        return None if recipe.head.trained else (_REASON, _HINT)

    def before_experience(self, run: Run) -> None:
        """Answer this experience's training rows. There is no state: after a kill this is done again before training."""
        self._columns = self._targets = None
        known = [i for i, label in enumerate(run.network.labels) if label in run.past.seen]
        if not known or not run.parameters or not len(run.split.training):
            return
        if not any(name.startswith("head.") for name in run.parameters):
            raise UsageError(f"learning.regularizers: lwf: {_REASON}", _HINT)
        run.network.train(False)
        targets = torch.zeros(run.new, len(known))
        with torch.no_grad():
            for start in range(0, len(run.split.training), CHUNK):
                rows = run.split.training[start : start + CHUNK]
                scores = as_encoder(run.network).logits(run.table, rows)[:, known].float().cpu()
                targets[torch.from_numpy(rows)] = (scores / self.temperature).softmax(-1)
        if (targets[torch.from_numpy(run.split.training)] * len(known)).sub(1).abs().max() > 1e-6:  # else the head is untrained
            self._columns, self._targets = torch.tensor(known), targets

    def penalty(self, run: Run, batch: Batch) -> Tensor | None:
        """The distillation loss of the step's new rows."""
        if self._targets is None or self._columns is None or batch.scores is None:
            return None
        new = torch.from_numpy(batch.rows < run.new)
        scores = batch.scores[new.to(batch.scores.device)]
        if not len(scores):
            return None
        wanted = self._targets[torch.from_numpy(batch.rows)[new]].to(scores.device)
        answers = (scores[:, self._columns.to(scores.device)] / self.temperature).log_softmax(-1)
        divergence = torch.nn.functional.kl_div(answers, wanted, reduction="batchmean")
        return self.strength * self.temperature**2 * divergence
