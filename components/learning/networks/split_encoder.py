"""A model as two halves that share its modules: up to a cut between two blocks, and from there on.

Each half is the model's own forward pass on a copy that shares every module except the list of blocks, in which stand-ins replace
the blocks that the half does not run. So masks, position biases and the last norm are the model's own, whatever its
architecture, and adapters in its blocks work as usual. Blocks must not be replaced in the list afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from components.learning.networks.blocks import blocks
from components.learning.networks.packing import Layout, lay_out
from components.learning.networks.row_by_row import pool
from components.learning.networks.tokens import Rows, Tokens, pad

#: From incoming hidden states to outgoing ones, or None to run the block itself
Act = Callable[[torch.Tensor], torch.Tensor | None]


class _Stand(torch.nn.Module):
    """A stand-in for a block; all other attributes are the block's."""

    def __init__(self, block: torch.nn.Module, act: Act, tupled: bool) -> None:
        super().__init__()
        self.__dict__.update(block=block, act=act, tupled=tupled)  # the block is not a child of this module

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["block"], name)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        out = self.act(args[0] if args else kwargs["hidden_states"])
        if out is None:
            return self.block(*args, **kwargs)
        return (out, None) if self.tupled else out


class SplitEncoder:
    """A model cut before block `depth` (at least 1). A feature consists of the pooled states of the last `layers`."""

    def __init__(self, model: torch.nn.Module, depth: int, layers: int, pooling: str, tupled: bool) -> None:
        """model: without the wrapper of adapters; tupled: whether its blocks return tuples."""
        self.model, self.depth, self.layers, self.pooling = model, depth, layers, pooling
        stack, self.total = blocks(model)
        self.own = list(model.get_submodule(stack))
        first = self.total - layers + 1  # hidden state i goes into block i; the last one comes out of the model
        self.below, self.above = range(first, depth), range(max(first, depth + 1), self.total)
        now = self._now = threading.local()  # states that go in; states seen at the entrances of blocks
        # what follows captures `now` and not `self`: a circle of references would keep the model in memory when it is done

        def stand(i: int, act: Act) -> _Stand:
            return _Stand(self.own[i], act, tupled)

        def passing(states: torch.Tensor) -> torch.Tensor:
            return states

        def seen(i: int) -> torch.nn.Module:
            def note(states: torch.Tensor) -> None:
                now.seen[i] = states

            return stand(i, note)

        def end(states: torch.Tensor) -> torch.Tensor:
            now.seen[depth] = states
            return states

        lower = [seen(i) if i in self.below else self.own[i] for i in range(depth)]
        after = [stand(i, passing) for i in range(depth + 1, self.total)]
        self._lower = _with_stack(model, stack, [*lower, stand(depth, end), *after])
        before = [stand(0, lambda _: now.states), *(stand(i, passing) for i in range(1, depth))]
        upper = [seen(i) if i in self.above else self.own[i] for i in range(depth, self.total)]
        self._upper = _with_stack(model, stack, [*before, *upper])

    @property
    def device(self) -> torch.device:
        return next(self.model.parameters()).device

    @property
    def width(self) -> int:
        """Size of a hidden state."""
        return int(self.model.config.hidden_size)

    def train(self, mode: bool) -> None:
        """Switch dropout on or off in the blocks above the cut; there is none elsewhere."""
        self.model.eval()
        self._lower.eval()  # the copies' own modules; they share all others
        self._upper.eval()
        for block in self.own[self.depth :]:
            block.train(mode)

    def lower(self, tokens: Tokens, rows: Rows) -> torch.Tensor:
        """(n, below + T, width) for rows of one length: pooled states of the layers in `below`, then the states at the cut."""
        ids, mask = (t.to(self.device) for t in pad(tokens, rows, 0))
        self._now.seen = {}
        with torch.autocast(self.device.type, enabled=False):
            self._lower(input_ids=ids, attention_mask=mask)
            seen = self._now.seen
            return torch.cat([*(pool(seen[i], mask, self.pooling).unsqueeze(1) for i in self.below), seen[self.depth]], dim=1)

    def run(self, states: torch.Tensor, **inputs: Any) -> tuple[torch.Tensor, dict[int, torch.Tensor]]:
        """The (rows, longest, width) states that come out of the model, and those that went into the blocks in `above`."""
        self._now.states, self._now.seen = states, {}
        ids = torch.zeros(states.shape[:2], dtype=torch.long, device=states.device)
        last = self._upper(input_ids=ids, **inputs).last_hidden_state
        seen, self._now.states, self._now.seen = self._now.seen, None, {}
        return last, seen

    def upper(self, pooled: Sequence[torch.Tensor], states: torch.Tensor, layout: Layout) -> torch.Tensor:
        """(n, layers * width) features from the pooled states of `below` and the states at the cut, laid out."""
        last, seen = self.run(states, **layout.inputs(self.device))
        at_cut = [states] if self.depth > self.total - self.layers else []
        parts, shown = [*at_cut, *(seen[i] for i in self.above), last], layout.shown.to(self.device)
        return torch.cat([*pooled, *(pool(layout.apart(part), shown, self.pooling) for part in parts)], dim=-1)


def _with_stack(model: torch.nn.Module, stack: str, own: Sequence[torch.nn.Module]) -> torch.nn.Module:
    """A copy of the model that shares every module and parameter except the list of blocks."""
    copy = _shallow(model)
    at, (*way, last) = copy, stack.split(".")
    for part in way:
        at._modules[part] = _shallow(at._modules[part])
        at = at._modules[part]
    at._modules[last] = torch.nn.ModuleList(own)
    return copy


def _shallow(module: torch.nn.Module) -> torch.nn.Module:
    copy = module.__class__.__new__(module.__class__)
    copy.__dict__ = dict(module.__dict__) | {"_modules": dict(module._modules)}
    return copy


@contextmanager
def trial(model: torch.nn.Module) -> Iterator[None]:
    """A block for comparing two ways of running a model: no dropout, no gradients, full precision. Restores everything."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.inference_mode(), torch.autocast(next(model.parameters()).device.type, enabled=False):
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def whole_features(
    model: torch.nn.Module,
    tokens: Tokens,
    rows: Rows,
    layers: int,
    pooling: str,
    padding: int,
    first: int | None = None,
) -> torch.Tensor:
    """(n, layers * width) pooled states of the last layers, with the last layer at the end, by the whole model.

    first: number of a text's first position, if the model can be run on packed texts.
    """
    device = next(model.parameters()).device
    layout = lay_out(tokens.lengths[rows], first)
    ids, shown = layout.lay([tokens.ids[row] for row in rows], padding).to(device), layout.shown.to(device)
    output = model(input_ids=ids, **layout.inputs(device), output_hidden_states=layers > 1)
    states = output.hidden_states[-layers:] if layers > 1 else (output.last_hidden_state,)
    return torch.cat([pool(layout.apart(one), shown, pooling) for one in states], dim=-1)
