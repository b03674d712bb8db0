"""Generative rehearsal: LAMOL for causal LMs, Gaussians of features for classifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from components.errors import UsageError
from components.lazy import lazy
from components.learning.axes import Rehearsal
from components.learning.method import Peers, register
from components.learning.networks.protocol import as_encoder
from components.learning.networks.tokens import Rows, Tokens
from components.learning.rehearsal import _lamol as lamol
from components.learning.rehearsal._gaussians import Gaussians
from components.relabelling import Names

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from components.learning.run import Draw, Run
else:
    torch = lazy("torch")


@register("rehearsal", "generative")
class Generative(Rehearsal):
    """The model generates what it rehearses; no text is kept.

    Causal LMs: LAMOL (Sun, Ho and Lee, ICLR 2020). Each row is trained twice: to answer it, and, after a token of its
    experience, to write it whole: L = L_QA + weight * L_LM. Before a new experience, `gamma` times as many pseudo-samples as
    new rows are drawn from the model by top-k sampling, equally many of each past experience, and added to the new rows.
    Deviations (`_lamol.py`): an old rare token is used instead of a new one, and answers unknown in the past are dropped.

    Classifiers: the mean of each class's features and a covariance, kept as sums over rows (after HiDe-Prompt's pseudo-features,
    which have one covariance per class). Features drawn from them, equally many of each past class and `ratio` per new row, train
    the head together with the new rows. The sums are valid only for the representation that they were computed with, so the base
    model must stay frozen.

    What remains of a person: no text. In a Gaussian a row is one part in n of its class's sums; if n is small, the mean is
    nearly that row's features, and features can reveal a text. Removing a row from the sums is exact (`Gaussians.add`, sign -1),
    but it needs the row's features and so its text once more; the head that was trained on draws keeps what it learned. A LAMOL
    model was trained to write the person's texts: to erase them, learn again from the parent checkpoint.
    """

    rereads: ClassVar[bool] = False
    gamma: float = Field(0.2, ge=0, description="causal LMs: pseudo-samples per new row")
    weight: float = Field(0.25, ge=0, description="causal LMs: weight of learning to write inputs (lambda)")
    top_k: int = Field(20, ge=1, description="causal LMs: each token is drawn from the k most probable")
    ratio: float = Field(1.0, ge=0, description="classifiers: drawn features per new row")
    covariance: Literal["shared", "diagonal"] = Field(
        "shared", description="classifiers: one covariance for all classes, or variances of each class"
    )
    shrink: float = Field(
        0.1,
        ge=0,
        le=1,
        description="classifiers: shrinkage of the covariance to a multiple of I, or of the variances to their mean",
    )
    _tasks: list[int] = PrivateAttr(default_factory=list)  # numbers of the experiences that the model learned to write
    _gaussians: Gaussians | None = PrivateAttr(None)
    _features: str = PrivateAttr("")  # which features the Gaussians are of
    _pool: Rows = PrivateAttr(default_factory=lambda: np.zeros(0, np.int64))  # row numbers of the generated rows
    _twins: Rows = PrivateAttr(
        default_factory=lambda: np.zeros(0, np.int64)
    )  # causal LMs: row -> the row that holds the same text to be written

    def objection(self, recipe: Peers, causal: bool) -> tuple[str, str] | None:
        """Classifiers: the base model must stay frozen, and the head must be trained by gradients."""
        if causal:
            return None
        if not recipe.head.trained:
            why = f"the {recipe.head.kind} head keeps exact statistics of every row already"
            return why, "Use rehearsal {kind: none} with it, or head {kind: linear}."
        regime = recipe.regime
        if not regime.moves_again():
            return None
        return (
            f"regime {regime.kind} moves the representation after its features were summed",
            f"Use regime {{kind: {regime.kind}, adapt: first, experiences: 1}} or {{kind: head}}, or rehearsal {{kind: buffer}}.",
        )

    def before_experience(self, run: Run) -> None:
        """Generate what is rehearsed and append it to the run's rows."""
        self._pool = np.zeros(0, np.int64)
        if run.network.writes:
            self._dream(run)
        elif self._gaussians is not None:
            self._draw(run, self._gaussians)

    def _dream(self, run: Run) -> None:
        sources: list[int] = []
        if self._tasks and (count := round(self.gamma * run.new)):
            tokens, answers, sources = lamol.dream(run, self._tasks, count, self.top_k)
            self._pool = run.append(tokens, answers)
        rows = np.concatenate([run.split.training, self._pool])
        written = lamol.to_write(run, rows, [run.learned] * len(run.split.training) + sources)
        self._twins = np.zeros(len(run.table), np.int64)
        self._twins[rows] = run.append(written, [run.table.targets[row] for row in rows])

    def _draw(self, run: Run, gaussians: Gaussians) -> None:
        if run.table.features is None:
            raise UsageError(
                "learning.rehearsal: generative: the base model moves, so the features of past classes no longer hold",
                "Keep the base model frozen (regime kind head, or adapt: first), or start again in a new workspace.",
            )
        if self._features != _features(run) or gaussians.shared != (self.covariance == "shared"):
            raise UsageError(
                "learning.rehearsal: generative: the parent's Gaussians are of other features or another covariance",
                "Keep the parent's head.pooling, head.layers and rehearsal.covariance, or start again in a new workspace.",
            )
        labels = gaussians.labels
        targets = [labels[i % len(labels)] for i in range(round(self.ratio * run.new))]
        drawn = gaussians.sample(targets, run.rng, self.shrink)
        nothing = np.array([run.network.backbone.pad], dtype=np.int64)  # these rows have no text
        self._pool = run.append(Tokens((nothing,) * len(targets)), targets, drawn)

    def compose_batch(self, run: Run, draw: Draw) -> Draw:
        """The new rows with their share of the generated ones; for a causal LM all of them once more, to be written."""
        rows = draw.rows
        if len(self._pool):
            count = min(len(self._pool), max(1, round(len(rows) * len(self._pool) / run.new)))
            rows = np.concatenate([rows, run.rng.choice(self._pool, count, replace=False)])
        if not run.network.writes or not self.weight:
            return replace(draw, rows=rows)
        weights = torch.tensor([1 / len(rows)] * len(rows) + [self.weight / len(rows)] * len(rows))
        return replace(draw, rows=np.concatenate([rows, self._twins[rows]]), weights=weights)

    def after_experience(self, run: Run) -> None:
        """Record that the model can write this experience, or add its rows' features to the sums."""
        if run.network.writes:
            self._tasks = [*self._tasks, run.learned]
            return
        features = run.represent(np.arange(run.new))
        known = self._gaussians or Gaussians.empty(features.shape[1], self.covariance == "shared")
        self._gaussians = known.add(features, run.table.targets[: run.new])
        self._features = _features(run)

    def relabel(self, labels: Sequence[str], names: Names) -> None:
        """Rename the classes of the Gaussians."""
        if self._gaussians is not None:
            self._gaussians = self._gaussians.relabelled(names)

    def state(self) -> dict[str, Tensor]:
        """The experiences' numbers, or the Gaussians' sums."""
        if self._gaussians is not None:
            return {**self._gaussians.state(), "features": torch.tensor(list(self._features.encode()), dtype=torch.uint8)}
        return {"tasks": torch.tensor(self._tasks)} if self._tasks else {}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Restore them."""
        if "tasks" in state:
            self._tasks = state["tasks"].tolist()
        else:
            self._gaussians = Gaussians.load(state)
            self._features = bytes(state["features"].tolist()).decode()


def _features(run: Run) -> str:
    """Names the features that the head reads: Gaussians of other features are of no use to it."""
    head = as_encoder(run.network).head
    return f"{head.pooling} {head.layers}"
