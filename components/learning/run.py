"""What methods see of a training while it learns one experience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from components.contracts import Experience
from components.learning.networks.protocol import Network
from components.learning.networks.table import Table
from components.learning.networks.tokens import Rows, Tokens

if TYPE_CHECKING:
    import torch

    from components.memory.store import Memory


@dataclass(frozen=True)
class Draw:
    """What a step trains on: rows of the run's table, and their weights in the loss."""

    rows: Rows
    rate: float = 0.0  # the step's learning rate
    weights: torch.Tensor | None = None  # (n,); None: 1 / n each

    def loss(self, losses: torch.Tensor) -> torch.Tensor:
        """The loss of the step from the (n,) losses of its rows, without any penalty."""
        return losses.mean() if self.weights is None else (losses * self.weights.to(losses.device)).sum()


@dataclass(frozen=True, kw_only=True)
class Batch(Draw):
    """A draw with the model's output for it: losses (n,) and scores (n, C), None for models that write."""

    losses: torch.Tensor
    scores: torch.Tensor | None = None


def _none() -> Rows:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class Split:
    """The new rows: those to train on, those for validation, and all of them, the oldest first."""

    training: Rows = field(default_factory=_none)
    validation: Rows = field(default_factory=_none)
    arrival: Rows = field(default_factory=_none)


@dataclass(frozen=True)
class Past:
    """What was learned before this run, and what is still there of it."""

    experiences: Sequence[str] = ()  # their digests
    seen: Mapping[str, int] = field(default_factory=dict)  # rows per class
    memory: Memory | None = None  # the parent's: its row i is row new + i of the run
    archive: Sequence[Experience] = ()  # the experiences that the workspace still holds
    consented: bool = False  # learn again only from rows that came with `consent: true`

    @property
    def rows(self) -> int:
        """How many rows the memory has."""
        return len(self.memory) if self.memory is not None else 0


@dataclass(frozen=True)
class Run:
    """One experience being learned. Rows 0..new-1 are its training rows, then come the memory's, then what rehearsal adds."""

    network: Network
    table: Table
    new: int
    rng: np.random.Generator
    split: Split = field(default_factory=Split)
    past: Past = field(default_factory=Past)
    experience: Experience | None = None  # the one being learned
    moved: bool = False  # whether the base model is trained in this run
    settled: bool = False  # whether this regime will not train it again after this run
    renewed: bool = False  # whether this run trains new parameters in place of those that the last experience trained
    notes: dict[str, Any] = field(default_factory=dict)  # decisions with their reasons, for the checkpoint's manifest

    @property
    def learned(self) -> int:
        """How many experiences were learned before this one."""
        return len(self.past.experiences)

    @property
    def seen(self) -> int:
        """How many rows were learned before this run."""
        return sum(self.past.seen.values())

    @property
    def rereadable(self) -> bool:
        """Whether every row that was learned before may and can be read again, so that moving the base model loses nothing."""
        return not self.past.consented and len(self.past.archive) == self.learned

    @property
    def remembered(self) -> Rows:
        """The numbers of the memory's rows."""
        return np.arange(self.new, self.new + self.past.rows)

    @property
    def parameters(self) -> dict[str, torch.nn.Parameter]:
        """The parameters that move in this run and outlive it."""
        return {name: p for name, p in self.network.parameters().items() if not name.startswith("temporary.")}

    @property
    def lasting(self) -> dict[str, torch.nn.Parameter]:
        """The parameters that an earlier experience trained as well, or a later one will: those that have a past to stay near.

        A fresh adapter (`lora_per_task`) has the name of the last one, and nothing else in common with it.
        """
        return {name: p for name, p in self.parameters.items() if not (self.renewed and name.startswith("base."))}

    def represent(self, rows: Rows) -> torch.Tensor:
        """(n, width) features of these rows by the present model, on the CPU; cached ones if the base model does not move."""
        if self.table.features is not None:
            return self.table.features[rows]
        mode = self.network.model.training
        features = self.network.encode(self.table.some(rows))
        self.network.train(mode)
        return features

    def append(self, tokens: Tokens, targets: Sequence[str], features: torch.Tensor | None = None) -> Rows:
        """Append rows; returns their numbers. features: those of the rows, if they have no text."""
        if self.table.features is not None and features is None:
            features = self.network.encode(tokens)
        return self.table.append(tokens, targets, features)
