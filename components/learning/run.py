"""What the trainer shows to the methods while it learns one experience."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from components.contracts import Experience
from components.learning.networks.backbone import Backbone
from components.learning.networks.feature_store import ActivationStore
from components.learning.networks.tokens import Rows, Tokens


class Network(Protocol):
    """A base model with what turns it into a learner: `classifier.Classifier` or `causal.CausalLM`."""

    backbone: Backbone
    model: torch.nn.Module
    max_tokens: int

    @property
    def labels(self) -> tuple[str, ...]:
        """The answers that it knows, in column order."""
        ...

    def tokenise(self, texts: Sequence[str], targets: Sequence[str] | None = None) -> Tokens:
        """Token ids, with the targets appended where the model is to write them."""
        ...

    def score(self, run: Run, rows: Rows) -> tuple[torch.Tensor, torch.Tensor | None]:
        """(n,) loss of each row, differentiable, and the (n, C) scores behind it (None for models that write)."""
        ...

    def losses(self, run: Run, rows: Rows) -> torch.Tensor:
        """The losses alone."""
        ...

    def fisher_losses(self, run: Run, row: int, kind: Literal["sampled", "exact"]) -> list[tuple[float, torch.Tensor]]:
        """(weight, -log p(y | x)) over labels y of the model's own distribution, for one row."""
        ...

    def parameters(self) -> dict[str, torch.nn.Parameter]:
        """What gradients move; names starting with `temporary.` do not outlive the experience."""
        ...

    def cut(self, movable: Collection[str], store: ActivationStore | None) -> None:
        """Run the blocks below all that moves once per row from now on (prefix.py), where the base model allows it."""
        ...

    def warm(self, tokens: Tokens) -> None:
        """Have at hand what these rows become below the cut."""
        ...

    def train(self, mode: bool) -> None:
        """Dropout on or off."""
        ...

    def predict(self, texts: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.float32]]:
        """Answers and (n, C) probabilities."""
        ...


@dataclass(frozen=True)
class Batch:
    """The rows of a step with what the model said of them: losses (n,) and scores (n, C), None for models that write."""

    rows: Rows
    losses: torch.Tensor
    scores: torch.Tensor | None


@dataclass
class Run:
    """One experience being learned. Rows 0..new-1 are its training rows, then come the memory's, then what rehearsal adds."""

    network: Any
    tokens: Tokens
    targets: tuple[str, ...]
    new: int
    rng: np.random.Generator
    rate: float = 0.0  # the learning rate of the present step
    step: int = 0  # of this experience, the first is 0
    steps: int = 0  # planned for this experience; early stopping may take fewer
    features: torch.Tensor | None = None  # (rows, width) when the base model is frozen: encoded once
    training: Rows = field(default_factory=lambda: np.zeros(0, np.int64))  # new rows to train on
    validation: Rows = field(default_factory=lambda: np.zeros(0, np.int64))  # new rows that early stopping watches
    arrival: Rows = field(default_factory=lambda: np.zeros(0, np.int64))  # all new rows, the oldest first
    moved: bool = False  # whether the base model was trained in this run
    settled: bool = False  # whether it will not be again after this run, under this regime
    seen: dict[str, int] = field(default_factory=dict)  # per class, before this experience
    experiences: list[str] = field(default_factory=list)  # digests of the experiences learned before this one
    archive: Sequence[Experience] = ()  # those of them that the workspace still holds
    consented: bool = False  # of what is still held, learn again only from rows that came with `consent: true`
    experience: Experience | None = None  # the one being learned
    memory: Any = None  # the parent's memory (components.memory.Memory): its row i is row new + i here
    notes: dict[str, Any] = field(default_factory=dict)  # decisions with their reasons, for the checkpoint's manifest
    batch: Batch | None = None  # what the present step trains on, once it was scored
    weights: torch.Tensor | None = None  # of the present batch's rows in the loss; None: 1 / n each. Set it in `compose_batch`

    @property
    def learned(self) -> int:
        """How many experiences were learned before this one."""
        return len(self.experiences)

    @property
    def parameters(self) -> dict[str, torch.nn.Parameter]:
        """The parameters that move in this run and outlive it."""
        return {name: p for name, p in self.network.parameters().items() if not name.startswith("temporary.")}
