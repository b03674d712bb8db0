"""What heads made of statistics share: a temporary linear head while the base model moves, and handling of stale statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from components.errors import UsageError
from components.lazy import lazy
from components.learning import rows
from components.learning.archive import archived
from components.learning.axes import Head
from components.learning.heads._row_weights import RowWeights, unknown
from components.learning.heads.linear import Linear

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import Parameter

    from components.learning.run import Run
else:
    torch = lazy("torch")


#: What every such head keeps beside its statistics
OWN = ("since", "earlier", "earlier_weights", "moved")


@dataclass(frozen=True)
class Lesson:
    """The rows of one experience, the new ones first, then the memory's, as the present base model encodes them."""

    features: Tensor  # (rows, width)
    columns: Tensor  # (rows,) the class of each
    weights: Tensor  # (rows,) float64: how many rows each represents in the statistics
    counted: int  # rows 0..counted-1 go into the statistics
    fresh: bool  # the statistics start again from zero
    before: Tensor | None  # (rows, width) features before the base model moved, if old statistics are to be transported
    trusted: Tensor  # rows to calibrate on: those that the base model was not trained on
    learned: int = 0  # how many experiences were learned before this one
    digests: Sequence[str] = ()  # of the rows after the new ones, if the statistics start again from zero


class StatisticsHead(Head):
    """A head without its own gradients. A subclass defines `taught`, learns from a `Lesson` and answers.

    When the base model has moved, old statistics are stale. refresh: they are rebuilt from the memory rows and from the training
    rows of past experiences that the workspace still holds (`archived`), each weighted by seen / kept of its class: with every
    row at hand, by 1. transport: they are shifted by the drift of the present rows (`_transport.py`), with or without a memory.
    """

    trained: ClassVar[bool] = False
    stale: Literal["refresh", "transport"] = Field(
        "refresh",
        description="if the base model moved: refresh the statistics from memory rows, or transport them by the measured drift",
    )
    archive: int = Field(
        3000,
        ge=0,
        description="refresh: the most rows of past experiences in the workspace to read again beside the memory's; 0: none",
    )
    bandwidth: float = Field(
        0.3,
        gt=0,
        description="transport: a class mean's drift is measured on rows within about this share of the usual distance to it",
    )
    _linear: Linear | None = PrivateAttr(None)
    _before: Tensor | None = PrivateAttr(None)
    _row_weights: RowWeights = PrivateAttr(default_factory=RowWeights)
    _moved: int = PrivateAttr(-1)  # the last experience that the base model was trained on; -1: none that is known of

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
        self.take(self._lesson(run, before))
        if run.moved:
            self._moved = run.learned

    def take(self, lesson: Lesson) -> None:
        """Learn the lesson, and keep what each of its rows weighs."""
        if lesson.fresh:
            new = len(lesson.weights) - len(lesson.digests)
            self._row_weights = RowWeights.rebuilt(lesson.learned, lesson.digests, lesson.weights[new:])
        self.learn(lesson)

    def leaving(self, labels: Sequence[str], digests: Sequence[str] | None, learned: Sequence[int] | None) -> Tensor:
        """(n,) weights of rows to take out of the statistics, by digest and the experience that they were learned in.

        A row may leave once. Without digests each weighs 1, which holds for the rows of experiences learned since the last
        rebuild. Raises UsageError if the weights were not kept.
        """
        if not self._row_weights.since and not self.whole():
            raise unknown()
        if digests is None or learned is None:
            return torch.ones(len(labels), dtype=torch.float64)
        weights, self._row_weights = self._row_weights.take(digests, learned)
        return weights

    def whole(self) -> bool:
        """Whether each row in the statistics weighs 1."""
        raise NotImplementedError

    def state(self) -> dict[str, Tensor]:
        """What earlier rows weigh, and which experience the base model was last trained on, if any is known."""
        return {**self._row_weights.state(), **({"moved": torch.tensor([self._moved])} if self._moved >= 0 else {})}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take it back."""
        self._row_weights = RowWeights.load(state)
        self._moved = int(state["moved"]) if "moved" in state else -1

    def _lesson(self, run: Run, before: Tensor | None) -> Lesson:
        features, targets, digests = encoded(run), list(run.table.targets[: run.new + run.past.rows]), _remembered(run)
        fresh = not self.taught or (run.moved and before is None)
        if fresh and run.learned:
            more = self._archived(run)
            features, targets = torch.cat([features, more[0]]), targets + more[1]
            digests = [*digests, *more[2]]
        column = {label: i for i, label in enumerate(self._labels)}
        columns = torch.tensor([column[target] for target in targets])
        weights = torch.ones(len(columns), dtype=torch.float64)
        if fresh:
            kept = torch.bincount(columns[run.new :], minlength=len(column))
            for label, i in column.items():
                weights[run.new :][columns[run.new :] == i] = max(1.0, run.past.seen.get(label, 0) / max(1, int(kept[i])))
        counted = len(columns) if fresh else run.new
        trusted = unseen(run, self._moved)
        return Lesson(features, columns, weights, counted, fresh, before, trusted, run.learned, digests if fresh else ())

    def _archived(self, run: Run) -> tuple[Tensor, list[str], list[str]]:
        """(features, targets, digests) of past training rows that are neither new nor in the memory."""
        most = self.archive if run.experience is not None else 0
        if run.experience is None or not most:
            return torch.zeros(0, self.layers * int(run.network.backbone.width)), [], []
        known = {*run.experience.table("train")["digest"].to_pylist(), *_remembered(run)}
        table = archived(run.past, run.experience, self._labels, known, most, writes=False)
        targets = list(rows.targets(table, writes=False))
        mode = run.network.model.training
        features = run.network.encode(run.network.tokenise(table["text"].to_pylist(), targets))
        run.network.train(mode)
        return features, targets, table["digest"].to_pylist()


def unseen(run: Run, moved: int) -> Tensor:
    """Rows of the run that the base model was not trained on: trained rows look better than others, and judge too kindly.

    moved: the last experience that it was trained on, -1 for none. While it moves these are the validation rows, if there are
    any; else the new rows, and those of the memory that came after `moved`.
    """
    if run.moved:
        return torch.as_tensor(run.split.validation)
    place = {digest: i for i, digest in enumerate(run.past.experiences)}
    origin = run.past.memory.rows["experience"].to_pylist() if run.past.memory is not None else []
    late = [run.new + i for i, digest in enumerate(origin) if place.get(digest, -1) > moved]
    return torch.tensor([*range(run.new), *late])


def _remembered(run: Run) -> list[str]:
    """The digests of the memory's rows."""
    return run.past.memory.rows["digest"].to_pylist() if run.past.memory is not None else []


def encoded(run: Run) -> Tensor:
    """(rows, width) features of the new rows and the memory's by the present base model, without what rehearsal adds to them."""
    return run.represent(np.arange(run.new + run.past.rows))
