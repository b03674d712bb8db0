"""What heads made of statistics share: a temporary linear head while the base model moves, and handling of stale statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from components.errors import UsageError
from components.lazy import lazy
from components.learning.axes import Head
from components.learning.heads.linear import Linear

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import Parameter

    from components.learning.run import Run
else:
    torch = lazy("torch")


@dataclass(frozen=True)
class Lesson:
    """The rows of one experience, the new ones first, then the memory's, as the present base model encodes them."""

    features: Tensor  # (rows, width)
    columns: Tensor  # (rows,) the class of each
    weights: Tensor  # (rows,) float64: how many rows each represents in the statistics
    counted: int  # rows 0..counted-1 go into the statistics
    fresh: bool  # the statistics start again from zero
    before: Tensor | None  # (rows, width) features before the base model moved, if old statistics are to be transported
    trusted: Tensor  # rows to calibrate on


class StatisticsHead(Head):
    """A head without its own gradients. A subclass defines `taught`, learns from a `Lesson` and answers.

    When the base model has moved, old statistics are stale. refresh: they are rebuilt from the memory rows, each weighted by
    seen / kept of its class. transport: they are shifted by the drift of the present rows (`_transport.py`), with or without
    a memory.
    """

    trained: ClassVar[bool] = False
    stale: Literal["refresh", "transport"] = Field(
        "refresh",
        description="if the base model moved: refresh the statistics from memory rows, or transport them by the measured drift",
    )
    bandwidth: float = Field(
        0.3,
        gt=0,
        description="transport: a class mean's drift is measured on rows within about this share of the usual distance to it",
    )
    _linear: Linear | None = PrivateAttr(None)
    _before: Tensor | None = PrivateAttr(None)

    @property
    def taught(self) -> bool:
        """Whether there are statistics."""
        raise NotImplementedError

    def rebuilt(self) -> bool:
        """True unless the statistics are transported."""
        return self.stale == "refresh"

    def learn(self, lesson: Lesson) -> None:
        """Add the lesson to the statistics and calibrate."""
        raise NotImplementedError

    def before_experience(self, run: Run) -> None:
        """Make a temporary linear head over all labels if the base model is trained, and keep the features from before."""
        if not run.moved:
            return
        if self.stale == "refresh" and run.learned and not run.past.rows:
            raise UsageError(
                f"learning.head: the base model moves, so {self.kind} statistics must be rebuilt from memory, which is empty",
                "Use rehearsal kind buffer, head stale: transport, or regime adapt: first with fewer experiences.",
            )
        if self.stale == "transport" and self.taught:
            self._before = encoded(run)
        self._linear = Linear()
        self._linear.grow(self._labels, self.layers * int(run.network.backbone.width))

    def parameters(self) -> dict[str, Parameter]:
        """The parameters of the temporary head."""
        return {f"temporary.{name}": p for name, p in self._linear.parameters().items()} if self._linear else {}

    def logits(self, features: Tensor) -> Tensor:
        """The scores of the temporary head."""
        if self._linear is None:
            raise RuntimeError("nothing moves by gradients, so there is no temporary head")
        return self._linear.logits(features)

    def after_experience(self, run: Run) -> None:
        """Add the new rows to the statistics, or rebuild them."""
        self._linear, before, self._before = None, self._before, None
        self.learn(self._lesson(run, before))

    def _lesson(self, run: Run, before: Tensor | None) -> Lesson:
        features = encoded(run)
        column = {label: i for i, label in enumerate(self._labels)}
        columns = torch.tensor([column[target] for target in run.table.targets[: len(features)]])
        weights = torch.ones(len(columns), dtype=torch.float64)
        fresh = not self.taught or (run.moved and before is None)
        if fresh:
            kept = torch.bincount(columns[run.new :], minlength=len(column))
            for label, i in column.items():
                weights[run.new :][columns[run.new :] == i] = max(1.0, run.past.seen.get(label, 0) / max(1, int(kept[i])))
        # rows that the base model was just trained on look better than unseen ones
        own = torch.as_tensor(run.split.validation) if run.moved and len(run.split.validation) else torch.arange(run.new)
        trusted = torch.cat([own, torch.arange(run.new, len(columns))])
        return Lesson(features, columns, weights, len(columns) if fresh else run.new, fresh, before, trusted)


def encoded(run: Run) -> Tensor:
    """(rows, width) features of the new rows and the memory's by the present base model, without what rehearsal adds to them."""
    return run.represent(np.arange(run.new + run.past.rows))
