"""The lower blocks of an encoder that neither a recipe nor its line ever moves, run once per text and not once per step.

What stands at the cut, (T, width) hidden states of a text's T tokens, is kept in memory up to `room` bytes (first come, first
kept: an epoch comes back to every row alike) and in the workspace's cache up to its limit, named by the digest of the base model,
the cut and the arithmetic: it serves every experience, seed and checkpoint. Above it runs the model's own forward pass on a copy
that shares all modules but the stack of blocks: masks, position biases and last norm are the model's own.

Invariants
- States are made row by row (`encoding.py`) in fp32 and kept in fp32: a text has the same bits cold, warm, damaged, trimmed or
  over a limit. Whether there is a prefix depends on the base model and on what the line moves, never on what is kept.
- Below the cut there is no dropout, whether in training or not: what does not move gives one answer. Above it there is, as ever.
- A model whose output the copy does not reproduce on a probe (an odd architecture) is run whole: `build_prefix` gives None.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from components.learning.activations import ActivationStore, key
from components.learning.encoding import arithmetic, each_row, pool, row_by_row
from components.learning.tokens import Rows, Tokens, pad
from components.learning.weights import blocks
from components.storage import digest_json

Floats = NDArray[np.float32]

ROOM = 1 << 29  # bytes of states that one run keeps in memory
CHUNK = 1 << 26  # bytes of states made, read and written at a time
TOLERANCE = 1e-4  # of the largest output on the probe; a wrong way of running a model is off by more than a thousand times that


class _Stand(torch.nn.Module):
    """Stands in the place of a block; what the model asks of it otherwise is the block's."""

    def __init__(self, block: torch.nn.Module, act: Callable[[torch.Tensor], torch.Tensor | None], tupled: bool) -> None:
        """act: gets the hidden states that come in; gives those that go out, or None: the block is run on what came in."""
        super().__init__()
        self.__dict__.update(block=block, act=act, tupled=tupled)  # the block is no child of this module

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["block"], name)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        out = self.act(args[0] if args else kwargs["hidden_states"])
        if out is None:
            return self.block(*args, **kwargs)
        return (out, None) if self.tupled else out


@dataclass
class Prefix:
    """An encoder cut before block `depth` (from 1 on). Built by `build_prefix`."""

    model: torch.nn.Module  # without any wrapper of adapters; they sit in its blocks
    depth: int
    layers: int  # the last ones, whose pooled states make a feature
    pooling: str
    tupled: bool  # whether blocks return tuples
    digest: str = ""  # names what the states are
    store: ActivationStore | None = None
    room: int = ROOM
    held: dict[bytes, Floats] = field(default_factory=dict)  # states of rows that have no text, by their token ids
    _near: dict[bytes, Floats] = field(default_factory=dict)
    _used: int = 0
    _written: int = 0
    _now: threading.local = field(default_factory=threading.local)  # states that go in, states that come by

    def __post_init__(self) -> None:
        self.stack, self.total = blocks(self.model)
        own = list(self.model.get_submodule(self.stack))
        first = self.total - self.layers + 1  # hidden state i goes into block i; the last one comes out of the model
        self.below, self.above = range(first, self.depth), range(max(first, self.depth + 1), self.total)

        def stand(i: int, act: Callable[[torch.Tensor], torch.Tensor | None]) -> _Stand:
            return _Stand(own[i], act, self.tupled)

        def note(i: int, replace: bool) -> Callable[[torch.Tensor], torch.Tensor | None]:
            def act(states: torch.Tensor) -> torch.Tensor | None:
                self._now.seen[i] = states
                return states if replace else None

            return act

        def same(states: torch.Tensor) -> torch.Tensor:
            return states

        lower = [stand(i, note(i, False)) if i in self.below else own[i] for i in range(self.depth)]
        rest = [stand(i, same) for i in range(self.depth + 1, self.total)]
        self.lower = _with_stack(self.model, self.stack, [*lower, stand(self.depth, note(self.depth, True)), *rest])
        skipped = [stand(0, lambda _: self._now.states), *(stand(i, same) for i in range(1, self.depth))]
        upper = [stand(i, note(i, False)) if i in self.above else own[i] for i in range(self.depth, self.total)]
        self.upper = _with_stack(self.model, self.stack, [*skipped, *upper])

    @property
    def device(self) -> torch.device:
        return next(self.model.parameters()).device

    def train(self, mode: bool) -> None:
        """Dropout on or off above the cut."""
        self.model.eval()
        for copy in (self.lower, self.upper):  # they share all but the modules on the way to the stack
            copy.eval()
        for block in list(self.model.get_submodule(self.stack))[self.depth :]:
            block.train(mode)

    def fetch(self, tokens: Tokens, rows: Rows, keep: bool = False) -> list[Floats]:
        """Of each row: pooled states of the layers in `below`, then the states of its tokens. keep: write what had to be made."""
        names = [tokens.ids[row].tobytes() for row in rows]
        found = {name: self.held[name] if name in self.held else self._near.get(name) for name in names}
        missing = {name: int(row) for name, row in zip(names, rows) if found[name] is None}
        if missing:
            made = self._read_or_make(tokens, missing, keep)
            for name, states in made.items():
                if self._used + states.nbytes <= self.room:
                    self._near[name] = states = np.array(states)
                    self._used += states.nbytes
                found[name] = states
        return [found[name] for name in names]  # type: ignore[misc]

    def _read_or_make(self, tokens: Tokens, missing: Mapping[bytes, int], keep: bool) -> dict[bytes, Floats]:
        digests = {key(tokens.ids[row]): name for name, row in missing.items()}
        store = self.store if self.store is not None and self.store.limit else None
        there = store.read(self.digest, list(digests), self._width) if store else {}
        found = {digests[digest]: states for digest, states in there.items()}
        rest = [name for name in missing if name not in found]
        if rest:
            rows = np.array([missing[name] for name in rest], dtype=np.int64)
            made = each_row(tokens.lengths, rows, lambda batch: self._make(tokens, batch), self.device)
            found |= dict(zip(rest, made))
            size = sum(states.nbytes for states in made)
            if keep and store and self._written + size <= store.limit // 2:  # a run must not push out what it wrote itself
                store.write(self.digest, [key(tokens.ids[missing[name]]) for name in rest], made)
                self._written += size
        return found

    @property
    def _width(self) -> int:
        return int(self.model.config.hidden_size)

    def _make(self, tokens: Tokens, rows: Rows) -> torch.Tensor:
        """(n, below + T, width) of rows of one length."""
        ids, mask = (t.to(self.device) for t in pad(tokens, rows, 0))
        self._now.seen = {}
        with torch.autocast(self.device.type, enabled=False):
            self.lower(input_ids=ids, attention_mask=mask)
            seen = self._now.seen
            return torch.cat([*(pool(seen[i], mask, self.pooling).unsqueeze(1) for i in self.below), seen[self.depth]], dim=1)

    def features(self, states: Sequence[Floats]) -> torch.Tensor:
        """(n, layers * width) pooled states of the last layers, from what `fetch` gave; differentiable above the cut."""
        extra = len(self.below)
        lengths = np.array([len(one) - extra for one in states])
        fed = torch.zeros(len(states), int(lengths.max()), states[0].shape[1])
        room = fed.numpy()
        for i, one in enumerate(states):
            room[i, : lengths[i]] = one[extra:]
        mask = torch.from_numpy((np.arange(fed.shape[1]) < lengths[:, None]).astype(np.int64)).to(self.device)
        fed = fed.to(self.device)
        self._now.states, self._now.seen = fed, {}
        last = self.upper(input_ids=torch.zeros_like(mask), attention_mask=mask).last_hidden_state
        seen, self._now.states, self._now.seen = self._now.seen, None, {}
        found = [torch.from_numpy(np.stack([one[j] for one in states])).to(self.device) for j in range(extra)]
        if self.depth > self.total - self.layers:
            found.append(pool(fed, mask, self.pooling))
        return torch.cat([*found, *(pool(one, mask, self.pooling) for one in (*(seen[i] for i in self.above), last))], dim=-1)

    def encode(self, tokens: Tokens, rows: Rows) -> Floats:
        """(n, layers * width) features of these rows, in order: the bits of the whole model's row by row."""
        out = np.zeros((len(rows), self.layers * self._width), np.float32)
        for part in self._chunks(tokens.lengths[rows]):
            states = self.fetch(tokens, rows[part], keep=True)
            own, lengths = np.arange(len(part)), tokens.lengths[rows[part]]
            out[part] = row_by_row(lengths, own, partial(self._of, states), self.device)
        return out

    def _of(self, states: Sequence[Floats], rows: Rows) -> torch.Tensor:
        return self.features([states[row] for row in rows])

    def warm(self, tokens: Tokens, rows: Rows) -> None:
        """Have the states of these rows at hand, as far as there is room; those beyond are made when they are asked for."""
        for part in self._chunks(tokens.lengths[rows]):
            if self._used + CHUNK > self.room and self._used:
                return
            self.fetch(tokens, rows[part], keep=True)

    def _chunks(self, lengths: Rows) -> Iterator[Rows]:
        """Places in `lengths`, the shortest first, in parts whose states take about CHUNK bytes."""
        order = np.argsort(lengths, kind="stable")
        sizes = np.cumsum((lengths[order] + len(self.below)) * self._width * 4)
        cuts = np.searchsorted(sizes, np.arange(CHUNK, sizes[-1] if len(sizes) else 0, CHUNK))
        yield from (part for part in np.split(order, cuts) if len(part))


def _with_stack(model: torch.nn.Module, stack: str, own: Sequence[torch.nn.Module]) -> torch.nn.Module:
    """A copy of the model that shares every module and parameter with it but the list of blocks."""
    copy = _shallow(model)
    at, (*way, last) = copy, stack.split(".")
    for part in way:
        at._modules[part] = _shallow(at._modules[part])
        at = at._modules[part]
    at._modules[last] = torch.nn.ModuleList(own)
    return copy


def _shallow(module: Any) -> Any:
    copy = module.__class__.__new__(module.__class__)
    copy.__dict__ = dict(module.__dict__) | {"_modules": dict(module._modules)}
    return copy


def build_prefix(model: torch.nn.Module, base: str, depth: int, layers: int, pooling: str,
                 store: ActivationStore | None = None, room: int = ROOM) -> Prefix | None:  # fmt: skip
    """The model cut before block `depth`; None when nothing is below, or when the model cannot be run in two parts.

    base: digest of the base model, whose weights the blocks below still have. store: the workspace's features; states go beside.
    """
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    stack, total = blocks(inner)
    depth = min(depth, total - 1)
    if depth < 1 or layers > total or not hasattr(inner, "config"):
        return None
    training = {module: module.training for module in model.modules()}
    model.eval()
    try:
        tupled: list[bool] = []
        block = inner.get_submodule(f"{stack}.0")
        hook = block.register_forward_hook(lambda _module, _args, out: tupled.append(isinstance(out, tuple)))
        probe = _probe(int(inner.config.vocab_size))
        rows = np.arange(len(probe.ids))
        with torch.inference_mode():
            wanted = whole_features(model, probe, rows, layers, pooling, 0)
            hook.remove()
            prefix = Prefix(inner, depth, layers, pooling, tupled[0])
            found = prefix.features([prefix._make(probe, rows[i : i + 1])[0].float().cpu().numpy() for i in rows])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RuntimeError):
        return None
    finally:
        for module, mode in training.items():
            module.training = mode
    if found.shape != wanted.shape or not float((found - wanted).abs().max()) <= TOLERANCE * float(wanted.abs().max()):
        return None
    how = arithmetic(prefix.device, next(inner.parameters()).dtype)
    below = {"layers": list(prefix.below), "pooling": pooling} if prefix.below else {}
    prefix.digest = digest_json({"base": base, "depth": depth, "arithmetic": how, **below})
    prefix.store = ActivationStore(store.root.with_name("prefixes"), store.limit) if store is not None else None
    prefix.room = room
    return prefix


def _probe(vocabulary: int) -> Tokens:
    """Three short rows of different lengths."""
    return Tokens(tuple((np.arange(n, dtype=np.int64) * 7919 + n) % vocabulary for n in (2, 5, 7)))


def whole_features(model: torch.nn.Module, tokens: Tokens, rows: Rows, layers: int, pooling: str, padding: int) -> torch.Tensor:
    """(n, layers * width) pooled states of the last layers, the very last one at the end, by the model as it is."""
    device = next(model.parameters()).device
    ids, mask = (t.to(device) for t in pad(tokens, rows, padding))
    found = model(input_ids=ids, attention_mask=mask, output_hidden_states=layers > 1)
    states = found.hidden_states[-layers:] if layers > 1 else (found.last_hidden_state,)
    return torch.cat([pool(one, mask, pooling) for one in states], dim=-1)
