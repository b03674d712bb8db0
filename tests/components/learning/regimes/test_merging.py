"""Merges against the papers' formulas worked out in numpy, and the checks that refuse what PEFT gets wrong without a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from components.errors import IntegrityError, UsageError
from components.learning.method import read_method
from components.learning.regimes import _merging as merging
from components.learning.regimes._merging import check_identity, effects, merge

pytestmark = pytest.mark.integration
Floats = NDArray[np.float64]
SIDE = 32


def adapted(base: Path, ranks: list[int], **config: Any) -> Any:
    """The tiny encoder with random adapters u, v, ... of these ranks; the last one is active and moves."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModel

    model: Any = AutoModel.from_pretrained(base)
    torch.manual_seed(0)
    for number, (name, rank) in enumerate(zip("uvwx", ranks)):
        settings = LoraConfig(r=rank, lora_alpha=2 * rank + 1, lora_dropout=0.3, target_modules=["query", "value"], **config)
        if number == 0:
            model = get_peft_model(model, settings, adapter_name=name)
        else:
            model.add_adapter(name, settings)
    with torch.no_grad():
        for key, tensor in model.named_parameters():
            if "lora_" in key:
                tensor.add_(0.3 * torch.randn_like(tensor))
    model.set_adapter("uvwx"[len(ranks) - 1])
    return model.train()


def products(model: Any, name: str) -> dict[str, Floats]:
    """s B A of each adapted layer, worked out from the factors."""
    found = {}
    for key, layer in merging.adapted_layers(model, name):
        a, b = (part[name].weight.detach().double().numpy() for part in (layer.lora_A, layer.lora_B))
        config = model.peft_config[name]
        found[key] = config.lora_alpha / config.r * b @ a
    return found


def changes(model: Any, name: str) -> dict[str, Floats]:
    """What the layers really add for this adapter, as (out, in) matrices."""
    found = {}
    for key, added in effects(model, name).items():
        assert float(added[-1].abs().max()) == 0, "no bias"
        found[key] = added[:-1].T.double().numpy()
    return found


def cut(matrix: Floats, rank: int) -> Floats:
    """The nearest matrix of this rank."""
    u, s, vt = np.linalg.svd(matrix)
    return (u[:, :rank] * s[:rank]) @ vt[:rank]


def ties(matrices: list[Floats], shares: list[float], density: float) -> Floats:
    """Algorithm 1 of the paper: trim, elect signs, mean of those that agree; a weight is a share times the number of adapters."""
    trimmed = []
    for matrix in matrices:
        k = int(density * matrix.size)
        least = np.sort(np.abs(matrix).ravel())[::-1][k - 1]
        trimmed.append(np.where(np.abs(matrix) >= least, matrix, 0))
    stack = np.stack(trimmed)
    elected = np.where(stack.sum(0) >= 0, 1, -1)
    agree = np.sign(stack) == elected
    weights = len(matrices) * np.array(shares)[:, None, None]
    return np.asarray((weights * stack * agree).sum(0) / np.maximum(agree.sum(0), 1))


def test_effects_are_the_scaled_products_whatever_is_active_and_dropped(tiny_encoder: Path) -> None:
    model = adapted(tiny_encoder, [2, 3])
    moving = {name for name, p in model.named_parameters() if p.requires_grad}
    for name in "uv":
        for key, expected in products(model, name).items():
            np.testing.assert_allclose(changes(model, name)[key], expected, atol=2e-6)
    assert model.training
    assert model.base_model.active_adapters == ["v"]
    assert {name for name, p in model.named_parameters() if p.requires_grad} == moving


@pytest.mark.parametrize(("how", "expected"), [("linear", (0.2, 0.5, 0.3)), ("sum", (1, 1, 1))])
def test_linear_and_sum_are_exact_for_any_ranks(how: Any, expected: tuple[float, ...], tiny_encoder: Path) -> None:
    model = adapted(tiny_encoder, [2, 3, 1])
    merge(model, "uvw", [0.2, 0.5, 0.3], how, "m")
    assert model.peft_config["m"].r == 6
    parts = [products(model, name) for name in "uvw"]
    for key, found in changes(model, "m").items():
        np.testing.assert_allclose(found, sum(w * part[key] for w, part in zip(expected, parts)), atol=5e-6)


@pytest.mark.parametrize("ranks", [[16, 16], [5, 4]], ids=["whole", "cut"])
@pytest.mark.parametrize("density", [0.2, 0.7, 1.0])
def test_ties_is_the_papers_algorithm_on_whole_products(density: float, ranks: list[int], tiny_encoder: Path) -> None:
    model = adapted(tiny_encoder, ranks)
    merge(model, "uv", [0.25, 0.75], "ties", "m", density)
    assert model.peft_config["m"].r == sum(ranks)
    u, v = products(model, "u"), products(model, "v")
    for key, found in changes(model, "m").items():
        expected = cut(ties([u[key], v[key]], [0.25, 0.75], density), sum(ranks))
        np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max() + 1e-5)


def test_dare_drops_entries_and_rescales_the_rest(tiny_encoder: Path) -> None:
    model = adapted(tiny_encoder, [16, 16])
    u, v = products(model, "u"), products(model, "v")
    dropped = []
    for number in range(4):
        merge(model, "uv", [0.5, 0.5], "dare_linear", f"m{number}", 0.4)
        for key, found in changes(model, f"m{number}").items():
            possible = np.stack([0 * u[key], u[key], v[key], u[key] + v[key]]) * 0.5 / 0.4
            nearest = np.abs(found - possible)
            assert nearest.min(0).max() < 1e-4
            dropped.append((nearest.argmin(0) == 0).mean())
    assert np.mean(dropped) == pytest.approx(0.6**2, abs=0.02), "both dropped, of 16,384 entries: sd .004"


def test_dare_ties_at_density_1_is_ties(tiny_encoder: Path) -> None:
    model = adapted(tiny_encoder, [4, 4])
    for how in ("ties", "dare_ties"):
        merge(model, "uv", [0.5, 0.5], how, how)
    one, other = changes(model, "ties"), changes(model, "dare_ties")
    for key in one:
        np.testing.assert_allclose(one[key], other[key], atol=1e-6)


@pytest.mark.parametrize("config", [{"use_rslora": True}, {"use_dora": True}, {"lora_bias": True}], ids=lambda c: next(iter(c)))
@pytest.mark.parametrize("how", ["sum", "linear", "ties", "dare_linear", "dare_ties"])
def test_what_peft_merges_wrongly_is_refused_and_leaves_nothing_behind(
    how: Any, config: dict[str, bool], tiny_encoder: Path
) -> None:
    model = adapted(tiny_encoder, [4], **config)
    own = effects(model, "u")
    model.add_weighted_adapter(["u"], [1.0], "peft")
    wrong = [float((added - own[key]).norm() / own[key].norm()) for key, added in effects(model, "peft").items()]
    assert max(wrong) > 0.05, "PEFT does it right now: the check can go"
    model.delete_adapter("peft")
    with pytest.raises(IntegrityError, match="changes the outputs") as caught:
        merge(model, ["u"], [1.0], how, "m")
    assert "lora_per_task" in caught.value.hint
    assert list(model.peft_config) == ["u"]
    assert not any(".m." in name or "identity" in name for name, _ in model.named_parameters())
    for key, added in effects(model, "u").items():
        torch.testing.assert_close(added, own[key])


def test_adding_up_factors_apart_is_refused(tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "COMBINATIONS", {"linear": "linear"})  # PEFT's own, on A and B apart
    with pytest.raises(IntegrityError, match=r"with itself in halves.* is 1 of the adapter's size"):
        check_identity(adapted(tiny_encoder, [4]), "u", "linear")


def test_one_adapter_of_the_wrong_form_is_found_among_others(tiny_encoder: Path) -> None:
    from peft import LoraConfig

    for place, names in enumerate((["x", "u", "v"], ["u", "x", "v"], ["u", "v", "x"])):
        model = adapted(tiny_encoder, [2, 3])
        model.add_adapter("x", LoraConfig(r=2, lora_alpha=3, target_modules=["query", "value"], use_rslora=True))
        with torch.no_grad():
            for _, layer in merging.adapted_layers(model, "x"):
                layer.lora_B["x"].weight.normal_()
        with pytest.raises(IntegrityError, match="the adapter 'x'"):
            merge(model, names, [1 / 3] * 3, "ties", f"m{place}", 0.5)


def test_adapters_on_embeddings_are_merged_as_well(tiny_encoder: Path) -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModel

    config = LoraConfig(r=2, lora_alpha=3, target_modules=["word_embeddings"])
    model: Any = get_peft_model(AutoModel.from_pretrained(tiny_encoder), config, adapter_name="u")
    model.add_adapter("v", config)
    with torch.no_grad():
        for key, tensor in model.named_parameters():
            if "lora_" in key:
                tensor.normal_()
    merge(model, "uv", [0.25, 0.75], "linear", "m")
    [one], [other], [both] = (list(effects(model, name).values()) for name in "uvm")
    torch.testing.assert_close(both, 0.25 * one + 0.75 * other)
    assert both.abs().max() > 1


def test_a_name_that_is_taken_is_refused(tiny_encoder: Path) -> None:
    model = adapted(tiny_encoder, [2, 2])
    before = products(model, "v")
    model.add_weighted_adapter(["u"], [1.0], "v")
    for key, matrix in products(model, "v").items():
        np.testing.assert_array_equal(matrix, before[key])  # what PEFT does: nothing
    with pytest.raises(UsageError, match="already"):
        merge(model, ["u"], [1.0], "linear", "v")


def test_an_adapter_that_has_learned_next_to_nothing_can_be_merged(tiny_encoder: Path) -> None:
    model = read_method("regime", {"kind": "lora", "rank": 2}).prepare(adapted(tiny_encoder, [2]).unload(), None)
    check_identity(model, "default", "linear")  # B = 0
    with torch.no_grad():
        for _, layer in merging.adapted_layers(model, "default"):
            layer.lora_B["default"].weight.normal_(std=1e-5)
    for how in ("sum", "linear", "ties", "dare_linear", "dare_ties"):
        check_identity(model, "default", how)
