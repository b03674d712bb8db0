"""Class-conditional Gaussians of features as sums: up to rounding the same in any order, and rows can be removed again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components.lazy import lazy
from components.relabelling import Names, now_called

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")


@dataclass(frozen=True)
class Gaussians:
    """counts (C,); sums (C, d) of features; moments: sums of their squares (C, d), or of z z^T (d, d) where classes share one.

    All float64. A class is known by its name.
    """

    labels: tuple[str, ...]
    counts: torch.Tensor
    sums: torch.Tensor
    moments: torch.Tensor
    shared: bool

    @classmethod
    def empty(cls, width: int, shared: bool) -> Gaussians:
        """Gaussians of no class."""
        none = torch.zeros(0, width, dtype=torch.float64)
        return cls((), none.new_zeros(0), none, none.new_zeros(width, width) if shared else none, shared)

    def add(self, features: torch.Tensor, targets: Sequence[str], sign: int = 1) -> Gaussians:
        """Gaussians with these (n, d) rows added; sign -1: removed, as if never added. New classes come in sorted order."""
        labels = (*self.labels, *sorted(set(targets) - set(self.labels)))
        column = {label: i for i, label in enumerate(labels)}
        z = features.double()
        one_hot = torch.zeros(len(z), len(labels), dtype=torch.float64)
        one_hot[torch.arange(len(z)), torch.tensor([column[target] for target in targets], dtype=torch.long)] = sign
        counts, sums = self._grown(self.counts, len(labels)), self._grown(self.sums, len(labels))
        moments = self.moments + sign * (z.T @ z) if self.shared else self._grown(self.moments, len(labels)) + one_hot.T @ z**2
        return Gaussians(labels, counts + one_hot.sum(0), sums + one_hot.T @ z, moments, self.shared)

    def relabelled(self, names: Names) -> Gaussians:
        """Gaussians of the same rows under other names; sums of classes that become one are added."""
        labels = tuple(now_called(self.labels, names))
        places = torch.tensor([labels.index(names.get(label, label)) for label in self.labels], dtype=torch.long)

        def merged(sums: torch.Tensor) -> torch.Tensor:
            return sums.new_zeros(len(labels), *sums.shape[1:]).index_add(0, places, sums)

        moments = self.moments if self.shared else merged(self.moments)
        return Gaussians(labels, merged(self.counts), merged(self.sums), moments, self.shared)

    @staticmethod
    def _grown(tensor: torch.Tensor, classes: int) -> torch.Tensor:
        return torch.cat([tensor, tensor.new_zeros(classes - len(tensor), *tensor.shape[1:])])

    def means(self) -> torch.Tensor:
        """(C, d) means."""
        return self.sums / self.counts.clamp(min=1).unsqueeze(1)

    def spread(self, shrink: float) -> torch.Tensor:
        """The shared (d, d) covariance within classes, shrunk to a multiple of I; or (C, d) variances, shrunk to their mean."""
        if self.shared:
            within = (self.moments - self.means().T @ self.sums) / self.counts.sum()
            return (1 - shrink) * within + shrink * within.diagonal().mean() * torch.eye(len(within), dtype=torch.float64)
        own = (self.moments / self.counts.clamp(min=1).unsqueeze(1) - self.means() ** 2).clamp(min=0)
        return (1 - shrink) * own + shrink * (self.counts @ own) / self.counts.sum()

    def sample(self, targets: Iterable[str], rng: np.random.Generator, shrink: float) -> torch.Tensor:
        """(n, d) float32 draws, one for each named class."""
        column = {label: i for i, label in enumerate(self.labels)}
        columns = torch.tensor([column[target] for target in targets], dtype=torch.long)
        noise = torch.from_numpy(rng.standard_normal((len(columns), self.sums.shape[1])))
        if self.shared:
            values, vectors = torch.linalg.eigh(self.spread(shrink))
            moved = noise @ (vectors * values.clamp(min=0).sqrt()).T
        else:
            moved = noise * self.spread(shrink)[columns].sqrt()
        return (self.means()[columns] + moved).float()

    def state(self) -> dict[str, torch.Tensor]:
        """counts, sums, gram or squares, and the class names as the bytes of a JSON list."""
        names = torch.tensor(list(json.dumps(self.labels).encode()), dtype=torch.uint8)
        return {"labels": names, "counts": self.counts, "sums": self.sums, "gram" if self.shared else "squares": self.moments}

    @classmethod
    def load(cls, state: Mapping[str, torch.Tensor]) -> Gaussians:
        """The Gaussians from a `state`."""
        labels = tuple(json.loads(bytes(state["labels"].tolist())))
        shared = "gram" in state
        return cls(labels, state["counts"], state["sums"], state["gram" if shared else "squares"], shared)
