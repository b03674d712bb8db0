"""What a network reads: rows of tokens, what each is to be answered with, and their features where those stand still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components.lazy import lazy
from components.learning.networks.tokens import Rows, Tokens

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")


@dataclass
class Table:
    """Rows are known by their number; more may come behind those that there are."""

    tokens: Tokens
    targets: tuple[str, ...]
    features: torch.Tensor | None = None  # (rows, width), made once while the base model stands still

    def __len__(self) -> int:
        return len(self.targets)

    def some(self, rows: Rows) -> Tokens:
        """The tokens of these rows."""
        ids, prompts = self.tokens.ids, self.tokens.prompt
        return Tokens(tuple(ids[row] for row in rows), tuple(prompts[row] for row in rows) if prompts else ())

    def append(self, tokens: Tokens, targets: Sequence[str], features: torch.Tensor | None = None) -> Rows:
        """Add rows at the end, with their features if those of the others are known; returns their numbers."""
        start = len(self)
        self.tokens, self.targets = self.tokens + tokens, (*self.targets, *targets)
        if self.features is not None and features is not None:
            self.features = torch.cat([self.features, features])
        return np.arange(start, len(self))
