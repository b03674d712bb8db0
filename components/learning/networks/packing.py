"""How the texts of a batch are laid out: one per row and padded, or several in a row without seeing each other.

With texts of unequal lengths, such as new rows beside memory rows, much of a padded batch is empty, and every layer still
computes it. Packed (Krell et al., 2021), texts follow one another in rows of one length. Each token keeps its position within its
own text, and attention is limited to that text. Up to rounding, the result is the same as with padding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from components.learning.networks.tokens import Rows, Tokens

#: Texts are packed if that takes at most this share of the padded batch's places: masks have a cost too
WORTH = 0.9
#: Rows hold up to twice the longest text, and at most this many tokens; a batch with a longer text is padded
ROW = 256
TOLERANCE = 1e-4  # of the largest feature; running a model wrongly gives an error over a thousand times larger


@dataclass(frozen=True)
class Layout:
    """n texts of these lengths in a batch of `shape`; text i begins in row `row[i]` at `start[i]`."""

    lengths: Rows
    row: Rows
    start: Rows
    shape: tuple[int, int]
    first: int | None = None  # number of a text's first position, if rows hold several texts; None: one text per row

    @cached_property
    def _tokens(self) -> tuple[Rows, Rows, Rows]:
        """For every token in order: its text, its position in the text, and its place in the flattened batch."""
        text = np.repeat(np.arange(len(self.lengths)), self.lengths)
        place = np.arange(len(text)) - np.repeat(np.cumsum(self.lengths) - self.lengths, self.lengths)
        return text, place, self.begin[text] + place

    @cached_property
    def begin(self) -> Rows:
        """Where each text begins in the flattened batch."""
        return self.row * self.shape[1] + self.start

    def lay(self, parts: Sequence[NDArray[Any]], filler: int = 0) -> torch.Tensor:
        """(rows, longest row, ...) tensor from one array of tokens per text."""
        out = np.full((self.shape[0] * self.shape[1], *parts[0].shape[1:]), filler, parts[0].dtype)
        for i, part in enumerate(parts):
            out[self.begin[i] : self.begin[i] + len(part)] = part
        return torch.from_numpy(out.reshape(*self.shape, *out.shape[1:]))

    @cached_property
    def shown(self) -> torch.Tensor:
        """(n, longest text) mask: 1 where `apart` holds a token."""
        return torch.from_numpy((np.arange(int(self.lengths.max())) < self.lengths[:, None]).astype(np.int64))

    def inputs(self, device: torch.device, causal: bool = False) -> dict[str, torch.Tensor]:
        """The model's inputs besides tokens: a mask of places (one text per row) or of pairs of places, and positions.

        causal: a token sees none that follow it; a mask of pairs must include that.
        """
        if self.first is None:
            return {"attention_mask": self.shown.to(device)}
        text, place, spot = self._tokens
        owner, position = (np.zeros(self.shape[0] * self.shape[1], np.int64) for _ in range(2))
        owner[spot], position[spot] = text + 1, place + self.first
        own = torch.from_numpy(owner.reshape(self.shape)).to(device)
        pairs = own.unsqueeze(2) == own.unsqueeze(1)  # empty places see each other: no row of a softmax may be empty
        if causal:
            pairs = pairs.tril()
        return {
            "attention_mask": pairs.unsqueeze(1),
            "position_ids": torch.from_numpy(position.reshape(self.shape)).to(device),
        }

    def apart(self, states: torch.Tensor) -> torch.Tensor:
        """(n, longest text, width) states of each text from those of the batch; places that `shown` hides are undefined."""
        if self.first is None:
            return states
        text, place, spot = self._tokens
        index = np.zeros((len(self.lengths), int(self.lengths.max())), np.int64)
        index[text, place] = spot
        flat = states.flatten(0, 1).index_select(0, torch.from_numpy(index.reshape(-1)).to(states.device))
        return flat.view(*index.shape, -1)


def padded(lengths: Rows) -> Layout:
    """One text per row."""
    n = len(lengths)
    return Layout(lengths, np.arange(n), np.zeros(n, np.int64), (n, max(1, int(lengths.max()))))


def packed(lengths: Rows, first: int) -> Layout | None:
    """Several texts per row; None if that saves too little."""
    longest = int(lengths.max())
    if longest > ROW:
        return None
    widths = [min(longest * (4 + k) // 4, ROW) for k in range(5)]
    row, start, shape = min((_fit(lengths, width) for width in dict.fromkeys(widths)), key=lambda found: math.prod(found[2]))
    if math.prod(shape) > WORTH * len(lengths) * longest:
        return None
    return Layout(lengths, row, start, shape, first)


def _fit(lengths: Rows, width: int) -> tuple[Rows, Rows, tuple[int, int]]:
    """Row and place of every text by first fit, the longest first, in rows of at most `width`; and the shape of the batch."""
    row, start = np.zeros(len(lengths), np.int64), np.zeros(len(lengths), np.int64)
    used: list[int] = []
    for i in np.argsort(-lengths, kind="stable").tolist():
        length = int(lengths[i])
        at = next((r for r, taken in enumerate(used) if taken + length <= width), len(used))
        if at == len(used):
            used.append(0)
        row[i], start[i] = at, used[at]
        used[at] += length
    return row, start, (len(used), max(used))


def lay_out(lengths: Rows, first: int | None) -> Layout:
    """Packed if that is worth it and the model supports it (`first` is not None), else padded."""
    return (packed(lengths, first) if first is not None else None) or padded(lengths)


#: Settings of models whose tokens see only a window: their masks are more than pairs of one text
WINDOWS = ("local_attention", "sliding_window", "attention_window")


class Config(Protocol):
    """What is read from a model's configuration in `transformers`; optional settings are looked up by name."""

    vocab_size: int
    pad_token_id: int | None


def probe(config: Config, longest: int = ROW) -> Tokens:
    """Texts to try a model with, of different lengths up to `longest` or 8, without the padding id."""
    room = int(getattr(config, "max_position_embeddings", ROW)) - (config.pad_token_id or 0) - 1
    ids = np.delete(np.arange(config.vocab_size), config.pad_token_id or 0)
    return Tokens(tuple(ids[(np.arange(n) * 7919 + n) % len(ids)] for n in (2, 5, 7, max(8, min(longest, room)))))


def first_position(features: Callable[[int | None], torch.Tensor], config: Config) -> int | None:
    """The number of a text's first position with which the model gives the same features packed as padded; None if none does.

    features: gives those of the texts of `probe`, laid out with that number; called within `split_encoder.trial`. Most models
    count from 0, RoBERTa and its relatives from the padding id plus one. A model that does not accept masks of pairs, sees only a
    window or counts in another way is never packed.
    """
    if any(getattr(config, name, None) for name in WINDOWS):
        return None
    for first in (0, (config.pad_token_id or 0) + 1):
        try:
            if agree(features(first), features(None)):
                return first
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, RuntimeError):
            continue
    return None


def agree(result: torch.Tensor, wanted: torch.Tensor) -> bool:
    """Whether two ways of running a model give the same result."""
    return result.shape == wanted.shape and bool((result - wanted).abs().max() <= TOLERANCE * wanted.abs().max())
