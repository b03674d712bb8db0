"""Reduce the rank of an adapter: drop the smallest singular directions of B A. No other adapter of rank k is nearer.

Eckart and Young, Psychometrika 1936: with s B A = sum of sigma_j u_j v_j, the sum over j <= k is the nearest matrix of rank k.
Its error is sigma_(k+1) in the spectral norm, and the root of the sum of the dropped squares in the Frobenius norm.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from components.lazy import lazy
from components.learning.regimes._merging import adapted_layers, keep_moving

if TYPE_CHECKING:
    import torch
    from peft import PeftModel
    from peft.tuners.lora import LoraLayer
else:
    torch = lazy("torch")


def prune(model: PeftModel, adapter: str, name: str, energy: float) -> tuple[int, float]:
    """Add to a PeftModel `name`: `adapter` (plain LoRA), frozen and cut to the least rank that keeps this share of its energy.

    Energy: the squared singular values, summed over all layers. All layers get one rank, so that any reader of PEFT's
    layout can serve the adapter. energy 1: an exact copy. The new adapter has no dropout. Returns the rank and the share kept.
    """
    config = replace(model.peft_config[adapter], lora_dropout=0.0)
    if energy >= 1:
        with keep_moving(model):
            model.add_adapter(name, config)
        tensors = dict(model.named_parameters())
        with torch.no_grad():
            for key, tensor in tensors.items():
                if f".{name}" in key:
                    tensor.copy_(tensors[key.replace(f".{name}", f".{adapter}")])
        return config.r, 1.0
    parts = {key: factors(layer, adapter) for key, layer in adapted_layers(model, adapter)}
    rank, kept = least_rank((sizes for _, sizes, _ in parts.values()), energy)
    with keep_moving(model):
        model.add_adapter(name, replace(config, r=rank, lora_alpha=rank))
    with torch.no_grad():
        for key, layer in adapted_layers(model, name):
            left, sizes, right = (part[..., :rank] for part in parts[key])
            layer.lora_A[name].weight.zero_()[: len(sizes)] = (right * sizes.sqrt()).T
            layer.lora_B[name].weight.zero_()[:, : len(sizes)] = left * sizes.sqrt()
    return rank, kept


def least_rank(sizes: Iterable[torch.Tensor], energy: float) -> tuple[int, float]:
    """The least rank with this share of the energy of all layers together, and its share. sizes: each layer's singular values."""
    squares = torch.nn.utils.rnn.pad_sequence([own.double() ** 2 for own in sizes]).sum(1)
    if float(squares.sum()) == 0:
        return 1, 1.0
    shares = squares.cumsum(0) / squares.sum()
    rank = min(int((shares < energy).sum()) + 1, len(shares))
    return rank, float(shares[rank - 1])


def factors(layer: LoraLayer, adapter: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(U, sigma, V) of a layer's s B A, from its thin factors; the product itself is never computed."""
    a, b = layer.lora_A[adapter].weight.detach(), layer.lora_B[adapter].weight.detach()
    left, upper = torch.linalg.qr(b)
    right, lower = torch.linalg.qr(a.T)
    u, sizes, vt = torch.linalg.svd(layer.scaling[adapter] * upper @ lower.T, full_matrices=False)
    return left @ u, sizes, right @ vt.T
