"""What a network reads: rows of tokens, the target of each, and their features if these do not change."""

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
    """Rows have numbers; more rows may be appended."""

    tokens: Tokens
    targets: tuple[str, ...]
    features: torch.Tensor | None = None  # (rows, width), computed once if the base model does not move

    def __len__(self) -> int:
        return len(self.targets)

    def some(self, rows: Rows) -> Tokens:
        """The tokens of these rows."""
        ids, prompts = self.tokens.ids, self.tokens.prompt
        return Tokens(tuple(ids[row] for row in rows), tuple(prompts[row] for row in rows) if prompts else ())

    def append(self, tokens: Tokens, targets: Sequence[str], features: torch.Tensor | None = None) -> Rows:
        """Append rows, with their features if the others have theirs; returns the numbers of the new rows."""
        start = len(self)
        self.tokens, self.targets = self.tokens + tokens, (*self.targets, *targets)
        if self.features is not None and features is not None:
            self.features = torch.cat([self.features, features])
        return np.arange(start, len(self))
