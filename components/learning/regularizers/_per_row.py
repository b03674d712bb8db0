"""Sums over rows of a power of each row's own gradient, many rows in one pass.

The gradient of a layer's weight on one row is a sum over the row's tokens of (gradient of the output) x (input). The outputs'
gradients and the inputs of all rows come from one pass; only the small products are taken row by row. This is exact, unlike
powers of a batch's mean gradient. It works for linear layers (also the factors of an adapter), layer norms and embeddings that a
model runs once; three rows are compared with gradients taken one by one before it is used, and other models take that slower way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from components.lazy import lazy
from components.learning.networks.protocol import Encoder

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import Module, Parameter

    from components.learning.networks import packing
    from components.learning.networks.packing import Layout
    from components.learning.networks.table import Table
    from components.learning.networks.tokens import Rows
else:
    torch, packing = lazy("torch"), lazy("components.learning.networks.packing")

#: From the (n, C) scores of rows to terms: (n,) weights and (n,) values; row i's gradients are those of its values
Terms = Callable[["Tensor"], Sequence[tuple["Tensor", "Tensor"]]]
#: Rows in one pass; entries of gradients of single rows that are held at once
BATCH, ENTRIES = 32, 1 << 24
TOLERANCE = 1e-3


def sums_over_rows(
    network: Encoder, table: Table, rows: Rows, parameters: Mapping[str, Parameter], terms: Terms, power: int
) -> dict[str, Tensor]:
    """For each parameter: sum over rows and terms of weight * |d value / d parameter| ^ power, entry by entry."""
    uses = _uses(network.model, parameters) if table.features is None else {}
    if uses is not None and len(rows) > 3 and not _agrees(network, table, rows[:3], parameters, uses, power):
        uses = None
    total = {name: torch.zeros_like(p, requires_grad=False) for name, p in parameters.items()}
    if uses is None or len(rows) <= 3:
        for row in rows:
            one_by_one(network, table, np.array([row]), parameters, terms, power, total)
        return total
    ordered = rows[np.argsort(table.tokens.lengths[rows], kind="stable")] if table.features is None else rows
    for start in range(0, len(ordered), BATCH):
        batch = ordered[start : start + BATCH]
        try:
            _together(network, table, batch, parameters, uses, terms, power, total)
        except _UnknownShapeError:  # nothing was added
            for row in batch:
                one_by_one(network, table, np.array([row]), parameters, terms, power, total)
    return total


def one_by_one(
    network: Encoder,
    table: Table,
    rows: Rows,
    parameters: Mapping[str, Parameter],
    terms: Terms,
    power: int,
    total: Mapping[str, Tensor],
) -> None:
    """Add the rows' gradients, with a backward pass for each."""
    pairs = [(w, v) for weights, values in terms(network.logits(table, rows).float()) for w, v in zip(weights, values)]
    for i, (weight, value) in enumerate(pairs):
        found = torch.autograd.grad(value, list(parameters.values()), retain_graph=i + 1 < len(pairs), allow_unused=True)
        for sum_, gradient in zip(total.values(), found):
            if gradient is not None:
                sum_.add_(gradient.abs() ** power * weight)


def _uses(model: Module, parameters: Mapping[str, Parameter]) -> dict[Module, dict[str, str]] | None:
    """The layers that hold these parameters of the base model: their names by the layer's own; None if one is not known."""
    names = {id(p): name for name, p in parameters.items() if name.startswith("base.")}
    found: dict[Module, dict[str, str]] = {}
    for module in model.modules():
        for key, parameter in module.named_parameters(recurse=False):
            if id(parameter) in names:
                found.setdefault(module, {})[key] = names[id(parameter)]
    held = [name for own in found.values() for name in own.values()]
    known = all(isinstance(m, (torch.nn.Linear, torch.nn.LayerNorm, torch.nn.Embedding)) for m in found)
    return found if known and len(held) == len(set(held)) == len(names) else None


def _agrees(
    network: Encoder,
    table: Table,
    rows: Rows,
    parameters: Mapping[str, Parameter],
    uses: Mapping[Module, Mapping[str, str]],
    power: int,
) -> bool:
    """Whether both ways give the same for the sum of squared scores."""

    def length(scores: Tensor) -> list[tuple[Tensor, Tensor]]:
        return [(torch.ones(len(scores)), (scores**2).sum(1))]

    both = []
    for way in (0, 1):
        both.append({name: torch.zeros_like(p, requires_grad=False) for name, p in parameters.items()})
        try:
            if way:
                _together(network, table, rows, parameters, uses, length, power, both[way])
            else:
                one_by_one(network, table, rows, parameters, length, power, both[way])
        except _UnknownShapeError:
            return False
    sizes = {name: float(wanted.abs().max()) for name, wanted in both[0].items()}
    noise = TOLERANCE * max(sizes.values())  # a key's bias has no effect, and gradients that are noise alone
    return all(
        float((both[1][name] - wanted).abs().max()) <= TOLERANCE * (sizes[name] + noise) for name, wanted in both[0].items()
    )


class _UnknownShapeError(Exception):
    """A layer was run more than once, or on something else than the rows' tokens."""


def _together(
    network: Encoder,
    table: Table,
    rows: Rows,
    parameters: Mapping[str, Parameter],
    uses: Mapping[Module, Mapping[str, str]],
    terms: Terms,
    power: int,
    total: Mapping[str, Tensor],
) -> None:
    """Add the rows' gradients, with one backward pass for all rows."""
    seen: dict[Module, tuple[Tensor, Tensor]] = {}
    again: list[Module] = []

    def note(module: Module, given: tuple[Tensor, ...], out: Tensor) -> None:
        if not torch.is_grad_enabled():
            return  # a network that tries once how it may lay out its texts
        if module in seen:
            again.append(module)
        seen[module] = given[0].detach(), out

    hooks = [module.register_forward_hook(note) for module in uses]
    try:
        scores = network.logits(table, rows).float()
    finally:
        for hook in hooks:
            hook.remove()
    if again:
        raise _UnknownShapeError
    layouts = _layouts(table.tokens.lengths[rows]) if seen else {}
    outputs = [out for _, out in seen.values()]
    for weights, values in terms(scores):
        gradients = torch.autograd.grad(values.sum(), outputs, retain_graph=True, allow_unused=True) if outputs else ()
        if any(gradient is not None and tuple(gradient.shape[:2]) not in layouts for gradient in gradients):
            raise _UnknownShapeError
        for (module, (given, _)), gradient in zip(seen.items(), gradients):
            if gradient is None:
                continue
            layout = layouts[gradient.shape[0], gradient.shape[1]]
            shown = layout.shown.to(gradient.device).unsqueeze(-1)
            apart = layout.apart(gradient) * shown
            inputs = layout.apart(given.unsqueeze(-1) if given.dim() == 2 else given)
            for key, name in uses[module].items():
                _add(module, key, inputs, apart, weights, power, total[name])
        _head(values, weights, parameters, power, total)


def _layouts(lengths: Rows) -> dict[tuple[int, int], Layout]:
    """How a network may have laid out texts of these lengths, by shape."""
    own = [packing.padded(lengths), packing.packed(lengths, 0)]
    return {layout.shape: layout for layout in own if layout is not None}


def _add(module: Module, key: str, inputs: Tensor, gradient: Tensor, weights: Tensor, power: int, total: Tensor) -> None:
    """Add to `total` from (n, T, in) inputs of a layer and (n, T, out) gradients of its outputs, 0 where there is no token."""
    weights = weights.to(gradient)
    if key == "bias":
        total.add_(torch.einsum("n,no->o", weights, gradient.sum(1).abs() ** power))
    elif isinstance(module, torch.nn.LayerNorm):
        plain = torch.nn.functional.layer_norm(inputs, module.normalized_shape, eps=module.eps)
        total.add_(torch.einsum("n,no->o", weights, (gradient * plain).sum(1).abs() ** power))
    elif isinstance(module, torch.nn.Embedding):
        for ids, own, weight in zip(inputs.squeeze(-1).long(), gradient, weights):
            tokens, place = ids.unique(return_inverse=True)
            sums = own.new_zeros(len(tokens), own.shape[1]).index_add_(0, place, own)
            total.index_add_(0, tokens, sums.abs() ** power * weight)
    else:
        size = max(1, ENTRIES // total.numel())
        for start in range(0, len(gradient), size):
            part = slice(start, start + size)
            products = torch.bmm(gradient[part].transpose(1, 2), inputs[part])  # (n, out, in)
            total.add_((weights[part] @ (products.abs() ** power).flatten(1)).view_as(total))


def _head(values: Tensor, weights: Tensor, parameters: Mapping[str, Parameter], power: int, total: Mapping[str, Tensor]) -> None:
    """The head's part, row by row: its passes are short."""
    own = {name: p for name, p in parameters.items() if not name.startswith("base.")}
    for value, weight in zip(values, weights) if own else ():
        found = torch.autograd.grad(value, list(own.values()), retain_graph=True, allow_unused=True)
        for name, gradient in zip(own, found):
            if gradient is not None:
                total[name].add_(gradient.abs() ** power * weight.to(gradient))
