"""Texts as token ids, made once; batches of similar length; padding only to the longest of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from components.lazy import lazy

if TYPE_CHECKING:
    import torch
else:
    torch = lazy("torch")

Rows = NDArray[np.int64]

#: An epoch is cut into pools of this many batches; rows are sorted by length only within a pool, so the order stays random.
POOL = 50


@dataclass(frozen=True)
class Tokens:
    """Token ids of n texts. prompt: how many leading ids of each are given and not learned (causal LMs)."""

    ids: tuple[Rows, ...]
    prompt: tuple[int, ...] = ()

    @cached_property
    def lengths(self) -> Rows:
        return np.array([len(ids) for ids in self.ids], dtype=np.int64)

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.ids + other.ids, self.prompt + other.prompt)


class Tokenizer(Protocol):
    """The part of a tokenizer of `transformers` that is used."""

    unk_token_id: int | None
    eos_token_id: int | None
    pad_token_id: int | None
    all_special_ids: list[int]

    def __len__(self) -> int: ...
    def __call__(
        self, text: list[str], *, truncation: bool, max_length: int, add_special_tokens: bool, return_attention_mask: bool
    ) -> dict[str, list[list[int]]]: ...
    def decode(self, token_ids: Sequence[int]) -> str: ...
    def batch_decode(self, sequences: list[list[int]], *, skip_special_tokens: bool) -> list[str]: ...


def tokenise(tokenizer: Tokenizer, texts: Sequence[str], limit: int, special: bool = True) -> Tokens:
    """Ids of each text, cut to `limit` tokens.

    special: these are whole texts, with special tokens. A text without any token becomes one unknown token, or the end token if
    there is no unknown one. Otherwise they are parts of texts, which may be empty.
    """
    if not texts:
        return Tokens(())
    encoded = tokenizer(list(texts), truncation=True, max_length=limit, add_special_tokens=special, return_attention_mask=False)
    nothing: list[int] = []
    if special:
        known = (tokenizer.unk_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id)
        nothing = [next((token for token in known if token is not None), 0)]
    return Tokens(tuple(np.asarray(ids or nothing, dtype=np.int64) for ids in encoded["input_ids"]))


def pad(tokens: Tokens, rows: Rows, value: int, left: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, longest) ids and attention mask of these rows."""
    longest = max(1, int(tokens.lengths[rows].max()))
    ids = np.full((len(rows), longest), value, dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for i, row in enumerate(rows):
        own = tokens.ids[row]
        span = slice(longest - len(own), longest) if left else slice(0, len(own))
        ids[i, span] = own
        mask[i, span] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)


def shuffled_batches(lengths: Rows, rows: Rows, batch: int, rng: np.random.Generator) -> list[Rows]:
    """The rows in random batches of similar length: shuffled, sorted by length within pools, batches shuffled again."""
    order = rng.permutation(rows)
    batches: list[Rows] = []
    for start in range(0, len(order), batch * POOL):
        pool = order[start : start + batch * POOL]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [pool[i : i + batch] for i in range(0, len(pool), batch)]
    return [batches[i] for i in rng.permutation(len(batches))]


def sorted_batches(lengths: Rows, batch: int) -> list[Rows]:
    """All rows by length, the longest first, so that memory use peaks at the beginning."""
    order = np.argsort(-lengths, kind="stable")
    return [order[i : i + batch] for i in range(0, len(order), batch)]
