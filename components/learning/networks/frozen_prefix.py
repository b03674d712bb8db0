"""The lower blocks of an encoder that no checkpoint of a lineage has moved, run once per text instead of once per step.

The states at the cut (`split_encoder.py`), (T, width) hidden states of a text's T tokens, are kept for the run in a file without
name up to `room` bytes (`spill.py`), and in the workspace's cache up to its limit. There they are named by the digest of the base
model, the cut and the arithmetic, so they serve every experience, seed and checkpoint.

Invariants
- States are made row by row (`row_by_row.py`) in fp32 and kept in fp32: a text has the same bits whether the cache is cold, warm,
  damaged, trimmed or over its limit. Whether there is a prefix depends on the base model and on what has moved, never on the
  cache.
- Below the cut there is never dropout, not even in training: what does not move gives one answer. Above the cut there is dropout.
- A model whose features the halves do not reproduce on a probe (an unusual architecture) is run whole: `build_prefix` gives None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from components.learning.networks.blocks import blocks
from components.learning.networks.feature_store import ActivationStore, key
from components.learning.networks.packing import agree, first_position, lay_out, probe
from components.learning.networks.row_by_row import arithmetic, each_row, row_by_row
from components.learning.networks.spill import Spill
from components.learning.networks.split_encoder import SplitEncoder, trial, whole_features
from components.learning.networks.tokens import Rows, Tokens
from components.storage import digest_json

Floats = NDArray[np.float32]

ROOM = 1 << 30  # bytes of states that one run keeps on disk
CHUNK = 1 << 25  # bytes of states computed, read and written at a time


@dataclass
class Prefix:
    """An encoder in two halves, with the states of texts at the cut. Made by `build_prefix`."""

    split: SplitEncoder
    digest: str  # identifies the states
    first: int | None = None  # number of a text's first position, if the upper half can be run on packed texts
    store: ActivationStore | None = None
    near: Spill = field(default_factory=lambda: Spill(0))
    known: dict[bytes, Floats] = field(default_factory=dict)  # states of rows that have no text, by their token ids
    _written: int = 0

    @property
    def depth(self) -> int:
        """How many blocks are below the cut."""
        return self.split.depth

    @property
    def below(self) -> int:
        """How many layers below the cut are part of a feature: their pooled states come before those of the tokens."""
        return len(self.split.below)

    def fetch(self, tokens: Tokens, rows: Rows, keep: bool = False) -> list[Floats]:
        """(below + T, width) states of each row. keep: write states that had to be computed to the store."""
        names = [key(tokens.ids[row]) for row in rows]
        own = {name: tokens.ids[row].tobytes() for name, row in zip(names, rows)} if self.known else {}
        states_of = {name: self.known[own[name]] if own.get(name) in self.known else self.near.get(name) for name in set(names)}
        missing = {name: int(row) for name, row in zip(names, rows) if states_of[name] is None}
        for name, states in (self._read_or_make(tokens, missing, keep) if missing else {}).items():
            states_of[name] = states
            self.near.put(name, states)
        return [states_of[name] for name in names]  # type: ignore[misc]

    def _read_or_make(self, tokens: Tokens, missing: Mapping[bytes, int], keep: bool) -> dict[bytes, Floats]:
        store = self.store if self.store is not None and self.store.limit else None
        states_of = store.read(self.digest, list(missing), self.split.width) if store else {}
        rest = [name for name in missing if name not in states_of]
        if rest:
            rows = np.array([missing[name] for name in rest], dtype=np.int64)
            made = each_row(tokens.lengths, rows, partial(self.split.lower, tokens), self.split.device)
            states_of |= dict(zip(rest, made))
            size = sum(states.nbytes for states in made)
            if keep and store and self._written + size <= store.limit // 2:  # a run must not displace what it wrote itself
                store.write(self.digest, rest, made)
                self._written += size
        return states_of

    def features(self, states: Sequence[Floats]) -> torch.Tensor:
        """(n, layers * width) features from the states of `fetch`; differentiable above the cut."""
        layout = lay_out(np.array([len(one) - self.below for one in states]), self.first)
        device = self.split.device
        pooled = [torch.from_numpy(np.stack([one[j] for one in states])).to(device) for j in range(self.below)]
        return self.split.upper(pooled, layout.lay([one[self.below :] for one in states]).to(device), layout)

    def encode(self, tokens: Tokens, rows: Rows) -> Floats:
        """(n, layers * width) features of these rows, in order, with the same bits as the whole model's row by row."""
        out = np.zeros((len(rows), self.split.layers * self.split.width), np.float32)
        for part in self._chunks(tokens.lengths[rows]):
            states = self.fetch(tokens, rows[part], keep=True)
            lengths, own = tokens.lengths[rows[part]], np.arange(len(part))
            out[part] = row_by_row(lengths, own, partial(self._some, states), self.split.device)
        return out

    def _some(self, states: Sequence[Floats], rows: Rows) -> torch.Tensor:
        return self.features([states[row] for row in rows])

    def warm(self, tokens: Tokens, rows: Rows) -> None:
        """Compute the states of these rows in advance, as far as there is room; the others are computed when they are needed."""
        for part in self._chunks(tokens.lengths[rows]):
            if self.near.used and self.near.used + CHUNK > self.near.room:
                return
            self.fetch(tokens, rows[part], keep=True)

    def _chunks(self, lengths: Rows) -> Iterator[Rows]:
        """Places in `lengths`, the shortest first, in chunks whose states take about CHUNK bytes."""
        order = np.argsort(lengths, kind="stable")
        sizes = np.cumsum((lengths[order] + self.below) * self.split.width * 4)
        cuts = np.searchsorted(sizes, np.arange(CHUNK, sizes[-1] if len(sizes) else 0, CHUNK))
        yield from (part for part in np.split(order, cuts) if len(part))


def build_prefix(
    model: torch.nn.Module,
    base: str,
    depth: int,
    layers: int,
    pooling: str,
    store: ActivationStore | None = None,
    room: int = ROOM,
    pack: bool = True,
) -> Prefix | None:
    """The model cut before block `depth`; None if nothing is below, or if the model cannot be run in two halves.

    base: digest of the base model, whose weights the blocks below still have. store: the workspace's features; states are stored
    beside them. pack: whether to try if texts can be packed above the cut; a caller that runs the halves itself does not need it.
    """
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    depth = min(depth, blocks(inner)[1] - 1)
    if depth < 1 or layers > blocks(inner)[1] or not hasattr(inner, "config"):
        return None
    with trial(model):
        proven = _proven(model, inner, depth, layers, pooling, pack)
    if proven is None:
        return None
    split, first = proven
    below = {"layers": list(split.below), "pooling": pooling} if split.below else {}
    how = arithmetic(split.device, next(inner.parameters()).dtype)
    digest = digest_json({"base": base, "depth": depth, "arithmetic": how, **below})
    kept = None if store is None else ActivationStore(store.root.with_name("prefixes"), store.limit)
    return Prefix(split, digest, first, kept, Spill(room, None if kept is None else kept.root))


def _proven(
    model: torch.nn.Module, inner: torch.nn.Module, depth: int, layers: int, pooling: str, pack: bool
) -> tuple[SplitEncoder, int | None] | None:
    """A SplitEncoder that reproduces the whole model, also on padded rows, and its `Prefix.first`; None if it does not."""
    tupled: list[bool] = []
    block = inner.get_submodule(f"{blocks(inner)[0]}.0")
    hook = block.register_forward_hook(lambda _module, _args, out: tupled.append(isinstance(out, tuple)))
    tried = probe(inner.config)
    rows = np.arange(len(tried.ids))
    try:
        wanted = whole_features(model, tried, rows, layers, pooling, 0)
        hook.remove()
        split = SplitEncoder(inner, depth, layers, pooling, tupled[0])
        states = [split.lower(tried, rows[i : i + 1])[0].float().cpu().numpy() for i in rows]
        if not agree(Prefix(split, "").features(states), wanted):
            return None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RuntimeError):
        return None
    finally:
        hook.remove()
    return split, None if not pack else first_position(lambda first: Prefix(split, "", first).features(states), inner.config)
