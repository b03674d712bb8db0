"""Pruning by singular values against numpy's SVD of the whole products (Eckart and Young), and how far outputs may move."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from components.learning.regimes._merging import adapted_layers, effects
from components.learning.regimes._pruning import least_rank, prune

pytestmark = pytest.mark.integration


def adapted(base: Path, rank: int) -> tuple[Any, dict[str, Any]]:
    """The tiny encoder with a random adapter whose singular values fall off, and its product s B A by layer."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModel

    torch.manual_seed(0)
    config = LoraConfig(r=rank, lora_alpha=3 * rank, lora_dropout=0.2, target_modules=["query", "intermediate.dense"])
    model: Any = get_peft_model(AutoModel.from_pretrained(base), config)
    matrices = {}
    with torch.no_grad():
        for number, (key, layer) in enumerate(adapted_layers(model, "default")):
            a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
            b.copy_(torch.randn_like(b) * (0.7 + 0.1 * number) ** torch.arange(rank))
            matrices[key] = (3 * b @ a).double().numpy()
    return model, matrices


@pytest.mark.parametrize("rank", [6, 40], ids=["thin", "wider than the layers"])
@pytest.mark.parametrize("energy", [0.5, 0.9, 0.999])
def test_it_is_the_nearest_of_the_least_rank_that_keeps_the_energy(energy: float, rank: int, tiny_encoder: Path) -> None:
    model, matrices = adapted(tiny_encoder, rank)
    found, kept = prune(model, "default", "less", energy)
    sizes = {key: np.linalg.svd(matrix, compute_uv=False) for key, matrix in matrices.items()}
    whole = sum((own**2).sum() for own in sizes.values())
    shares = [sum((own[:k] ** 2).sum() for own in sizes.values()) / whole for k in range(rank + 1)]
    assert shares[found] >= energy > shares[found - 1]
    assert kept == pytest.approx(shares[found], abs=1e-5)
    assert model.peft_config["less"].r == found
    generator = torch.Generator().manual_seed(1)
    for key, added in effects(model, "less").items():
        off = added[:-1].T.double().numpy() - matrices[key]
        left = sizes[key][found:]
        assert np.linalg.norm(off) == pytest.approx(np.sqrt((left**2).sum()), rel=1e-3, abs=1e-5)
        assert np.linalg.norm(off, 2) == pytest.approx(left.max(initial=0), rel=1e-3, abs=1e-5)
        x = torch.randn(50, off.shape[1], generator=generator).double().numpy()
        moved = np.linalg.norm(x @ off.T, axis=1)
        assert (moved <= left.max(initial=0) * np.linalg.norm(x, axis=1) * (1 + 1e-3) + 1e-4).all()


def test_energy_1_is_an_exact_copy_that_does_not_move(tiny_encoder: Path) -> None:
    model, _ = adapted(tiny_encoder, 3)
    moving = {name for name, p in model.named_parameters() if p.requires_grad}
    assert prune(model, "default", "copy", 1.0) == (3, 1.0)
    for _, layer in adapted_layers(model, "default"):
        for part in (layer.lora_A, layer.lora_B):
            assert torch.equal(part["copy"].weight, part["default"].weight)
        assert layer.scaling["copy"] == layer.scaling["default"] == 3
    assert {name for name, p in model.named_parameters() if p.requires_grad} == moving
    assert model.active_adapters == ["default"]


def test_the_least_rank_counts_all_layers_together() -> None:
    sizes = [torch.tensor([3.0, 1.0, 0.0]), torch.tensor([2.0, 2.0])]  # squares: 9 + 4, 1 + 4, 0
    assert least_rank(sizes, 13 / 18) == (1, pytest.approx(13 / 18))
    assert least_rank(sizes, 0.75) == (2, 1.0)
    assert least_rank([torch.zeros(3)], 0.9) == (1, 1.0)
