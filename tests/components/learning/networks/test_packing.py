"""Packing: every token has a place of its own, and a text's features and gradients are those that padding gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.learning.networks.packing import ROW, WORTH, lay_out, packed, padded, probe
from components.learning.networks.split_encoder import whole_features
from components.learning.networks.tokens import Tokens
from tests.components.learning.networks.test_frozen_prefix import classifier

unit, integration = pytest.mark.unit, pytest.mark.integration
LENGTHS = (9, 2, 5, 3, 1, 9, 4)
ROWS = np.arange(len(LENGTHS))


def texts(*lengths: int) -> Tokens:
    rng = np.random.default_rng(0)
    return Tokens(tuple(rng.integers(5, 40, n) for n in lengths))


@unit
@given(st.lists(st.integers(1, 2 * ROW), min_size=1, max_size=60))
def test_every_token_has_a_place_of_its_own(lengths: list[int]) -> None:
    layout = lay_out(np.array(lengths), 0)
    parts = [np.arange(n, dtype=np.float32)[:, None] + 1000 * i + 1 for i, n in enumerate(lengths)]
    laid = layout.lay(parts)
    assert int((laid != 0).sum()) == sum(lengths), "none over another"
    apart = layout.apart(laid)
    assert apart.shape == (len(lengths), max(lengths), 1)
    for i, part in enumerate(parts):
        assert np.array_equal(apart[i][layout.shown[i].bool()].numpy(), part)
    if layout.first is not None:
        assert max(layout.shape[1], max(lengths)) <= ROW
        assert layout.shape[0] * layout.shape[1] <= WORTH * len(lengths) * max(lengths)


@unit
@given(st.integers(1, 300), st.integers(1, 70))
def test_texts_of_one_length_are_never_packed(length: int, n: int) -> None:
    assert packed(np.full(n, length), 0) is None, "their bits must not depend on how many there are"


@unit
def test_each_text_sees_itself_alone_and_counts_from_the_first_position() -> None:
    layout = packed(np.array([4, 2, 2, 1]), 7)
    assert layout is not None
    inputs = layout.inputs(torch.device("cpu"))
    owner = layout.lay([np.full(n, i + 1) for i, n in enumerate((4, 2, 2, 1))])
    pairs = inputs["attention_mask"][:, 0]
    for row, own in enumerate(owner):
        for place, text in enumerate(own):
            assert torch.equal(pairs[row, place], own == text)
    positions = layout.apart(inputs["position_ids"].unsqueeze(-1))[..., 0]
    assert [p[s.bool()].tolist() for p, s in zip(positions, layout.shown)] == [[7, 8, 9, 10], [7, 8], [7, 8], [7]]


@integration
@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("regime", [{"kind": "full"}, {"kind": "lora", "rank": 2}], ids=["full", "lora"])
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "halves"])
def test_features_and_gradients_are_those_of_padding(
    tiny_encoder: Path, layers: int, pooling: str, regime: dict[str, Any], cut: bool
) -> None:
    network, tokens = classifier(tiny_encoder, regime, layers, pooling)[0], texts(*LENGTHS)
    if cut:
        network, moving = classifier(tiny_encoder, {"kind": "depth", "depth": 1}, layers, pooling)
        network.cut(moving, None)
        assert network.prefix is not None
        assert network.prefix.first == 0
    assert packed(tokens.lengths, 0) is not None
    network.train(False)
    found = []
    for first in (0, None):
        if network.prefix is not None:
            network.prefix.first = first
            features = network.features(tokens, ROWS)
        else:
            assert network._first == 0
            features = network._whole(tokens, ROWS, first)
        network.model.zero_grad(set_to_none=True)
        (features * torch.arange(1, features.numel() + 1).view_as(features)).mean().backward()
        gradients = {name: p.grad.clone() for name, p in network.model.named_parameters() if p.grad is not None}
        found.append((features.detach(), gradients))
    torch.testing.assert_close(found[0][0], found[1][0], rtol=1e-5, atol=1e-5)
    assert found[0][1].keys() == found[1][1].keys() != set()
    for name, gradient in found[0][1].items():
        torch.testing.assert_close(gradient, found[1][1][name], rtol=1e-3, atol=1e-3, msg=name)


def models() -> dict[str, tuple[Any, int | None]]:
    """Small models of several architectures, and the first position with which they can be packed."""
    import transformers as t

    small = {"vocab_size": 40, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
    relative = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 8}
    special = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2}
    distil = t.DistilBertConfig(vocab_size=40, dim=32, n_layers=2, n_heads=2, hidden_dim=24)
    return {
        "Bert": (t.BertModel(t.BertConfig(**small)), 0),
        "Electra": (t.ElectraModel(t.ElectraConfig(**small)), 0),
        "DistilBERT": (t.DistilBertModel(distil), 0),
        "Roberta": (t.RobertaModel(t.RobertaConfig(**small, pad_token_id=1)), 2),
        "XLMRoberta": (t.XLMRobertaModel(t.XLMRobertaConfig(**small, pad_token_id=1)), 2),
        "MPNet": (t.MPNetModel(t.MPNetConfig(**small, pad_token_id=1)), None),  # a bias by the distance of places in the row
        "DeBERTa": (t.DebertaV2Model(t.DebertaV2Config(**small, **relative)), None),
        "ModernBERT": (t.ModernBertModel(t.ModernBertConfig(**small, **special)), None),  # sees 64 tokens to each side
    }


@integration
@pytest.mark.parametrize("name", ["Bert", "Electra", "DistilBERT", "Roberta", "XLMRoberta", "MPNet", "DeBERTa", "ModernBERT"])
def test_a_model_that_packing_would_change_is_padded(name: str, tiny_encoder: Path) -> None:
    from components.learning.networks.frozen_prefix import build_prefix

    torch.manual_seed(0)
    model, first = models()[name]
    network = classifier(tiny_encoder, {"kind": "full"}, 1, "mean")[0]
    network = replace(network, backbone=replace(network.backbone, model=model), model=model.train())
    assert network._first == first
    assert model.training, "the trial leaves the mode as it was"
    prefix = build_prefix(model, "base", 1, 1, "mean")
    assert prefix is not None
    assert (prefix.first is None) == (first is None)
    model.eval()
    tokens = texts(*LENGTHS, 200)
    wanted = whole_features(model, tokens, np.arange(8), 1, "mean", model.config.pad_token_id)
    torch.testing.assert_close(network.features(tokens, np.arange(8)), wanted, rtol=1e-4, atol=1e-4)


@unit
def test_the_trial_packs() -> None:
    from transformers import BertConfig

    tried = probe(BertConfig(vocab_size=30, max_position_embeddings=40))
    assert max(tried.lengths) == 39
    assert packed(tried.lengths, 0) is not None
    assert padded(tried.lengths).shape == (4, 39)


@integration
def test_it_is_tried_in_full_precision_also_where_training_is_not(tiny_encoder: Path) -> None:
    network = classifier(tiny_encoder, {"kind": "full"}, 1, "mean")[0]
    with torch.autocast("cpu", torch.bfloat16):
        network.features(texts(*LENGTHS), ROWS)
    assert network._first == 0, "rounding to 8 bits must not look like another model"
