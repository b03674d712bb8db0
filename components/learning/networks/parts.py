"""A batch in parts, so that what one forward pass keeps for its backward pass stays within a fixed room, however long the texts.

The parts give the losses, scores and gradients of the whole batch, up to rounding (dropout draws other masks). Large blocks of
memory are fetched from the system anew at every step, so on a CPU small parts are also faster: on MiniLM, 64 texts of 256 tokens
take a quarter of the time. A batch that fits is left as it is, to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.checkpoint import checkpoint

from components.learning.networks.packing import lay_out
from components.learning.networks.tokens import Rows

#: Bytes that the activations of one part may take, by the kind of device
ROOM = {"cpu": 3 << 27}
ELSEWHERE = 1 << 32

#: (rows, scores) of some places of a batch
Scored = tuple[torch.Tensor, torch.Tensor | None]


@dataclass(frozen=True)
class Load:
    """What a forward pass keeps: `blocks` blocks of this width with this many heads, and scores of this many tokens a target."""

    width: int
    heads: int
    blocks: int
    vocabulary: int = 0

    @classmethod
    def of(cls, config: Any, blocks: int, vocabulary: int = 0) -> Load:
        """blocks: how many keep their activations for the backward pass. Without gradients only one's are alive at a time."""
        heads = int(getattr(config, "num_attention_heads", 0) or 1)
        return cls(int(config.hidden_size), heads, blocks if torch.is_grad_enabled() else 1, vocabulary)

    def bytes(self, shape: tuple[int, int], targets: int = 0) -> int:
        """Bytes for a batch of this (rows, longest) shape with this many target tokens.

        A block keeps 34 s b h + 5 a s^2 b bytes in 16 bits (Korthikanti et al. 2022, arXiv 2205.05198, eq. 2); twice that in 32,
        and as much again for the backward pass itself, adapters and what the allocator cannot use (measured: 1.6 to 1.9 times).
        """
        rows, longest = shape
        return 4 * rows * longest * self.blocks * (34 * self.width + 5 * self.heads * longest) + 16 * targets * self.vocabulary


def cut(lengths: Rows, first: int | None, load: Load, device: torch.device, targets: Rows | None = None) -> list[Rows]:
    """The places of a batch in parts that fit, texts of similar length together; a single text is a part whatever its length.

    first: as in `packing.lay_out`; targets: (n,) target tokens of each text, for models that write.
    """
    room = ROOM.get(device.type, ELSEWHERE)

    def halved(places: Rows) -> list[Rows]:
        own = lengths[places]
        wanted = 0 if targets is None else int(targets[places].sum())
        shape = lay_out(own, first if own.min() < own.max() else None).shape
        if len(places) == 1 or load.bytes(shape, wanted) <= room:
            return [places]
        middle = len(places) // 2
        return [*halved(places[:middle]), *halved(places[middle:])]

    parts = halved(np.argsort(-lengths, kind="stable"))
    return parts if len(parts) > 1 else [np.arange(len(lengths))]


def scored(score: Callable[[Rows], Scored], parts: list[Rows]) -> Scored:
    """The (n,) losses and scores of a batch, part by part. With gradients, each part is computed again for the backward pass
    (Chen et al. 2016, arXiv 1604.06174), so that only one part's activations are alive at a time.
    """
    if len(parts) == 1:
        return score(parts[0])
    again = torch.is_grad_enabled()
    return joined([checkpoint(score, part, use_reentrant=False) if again else score(part) for part in parts], parts)


def joined(made: list[Scored], parts: list[Rows]) -> Scored:
    """The losses and scores of the parts in the order of the batch."""
    order = torch.from_numpy(np.argsort(np.concatenate(parts))).to(made[0][0].device)
    scores = [scores for _, scores in made if scores is not None]
    return torch.cat([losses for losses, _ in made])[order], torch.cat(scores)[order] if scores else None
