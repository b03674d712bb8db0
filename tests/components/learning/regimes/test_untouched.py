"""How many leading blocks a regime leaves alone: what it says, and that those blocks' activations indeed stay the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.learning.method import read_method

pytestmark = pytest.mark.integration  # models of transformers
LENGTH = 3
CASES = [
    ({"kind": "full"}, 0),
    ({"kind": "bias"}, 0),
    ({"kind": "head"}, LENGTH),
    *(({"kind": "depth", "depth": k}, max(0, LENGTH - k)) for k in range(LENGTH + 2)),
    *(({"kind": "lora", "rank": 2, "blocks": k}, LENGTH - k if 0 < k < LENGTH else 0) for k in range(LENGTH + 2)),
]


def encoder() -> Any:
    """Three blocks without dropout, random weights."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30, hidden_size=16, num_hidden_layers=LENGTH, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=8, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    return BertModel(config, add_pooling_layer=False).eval()


@pytest.mark.parametrize(("regime", "expected"), CASES, ids=str)
def test_the_blocks_that_it_names_and_no_more_stay_the_same(regime: dict[str, Any], expected: int) -> None:
    import torch

    method = read_method("regime", regime)
    model = method.prepare(encoder(), None)
    found = method.untouched(model)
    assert found == expected
    ids = torch.arange(6).unsqueeze(0)
    with torch.no_grad():
        before = model(input_ids=ids, output_hidden_states=True).hidden_states
        for name, parameter in model.named_parameters():
            if name in method.movable(model):
                parameter.add_(torch.randn_like(parameter))
        after = model(input_ids=ids, output_hidden_states=True).hidden_states
    same = [torch.equal(a, b) for a, b in zip(before, after)]  # the embeddings', then each block's
    assert not found or all(same[: found + 1])
    assert not any(same[found + 1 :])


def test_a_causal_model_ends_in_a_norm_that_moves_but_its_tied_embedding_does_not(tiny_llama: Path) -> None:
    from transformers import AutoModelForCausalLM

    for kind in ("head", "depth"):
        method = read_method("regime", {"kind": kind})
        model = method.prepare(AutoModelForCausalLM.from_pretrained(tiny_llama), None)
        assert method.untouched(model) == (2 if kind == "head" else 1)
        assert "model.norm.weight" in method.movable(model)
        assert "model.embed_tokens.weight" not in method.movable(model)


def test_position_biases_that_every_block_reads_are_not_behind_the_blocks() -> None:
    from transformers import MPNetConfig, MPNetModel

    config = MPNetConfig(vocab_size=30, hidden_size=16, num_hidden_layers=LENGTH, num_attention_heads=2, intermediate_size=16)
    model = MPNetModel(config, add_pooling_layer=False)
    shared = "encoder.relative_attention_bias.weight"
    assert shared in dict(model.named_parameters())
    method = read_method("regime", {"kind": "depth", "depth": 1})
    assert shared not in method.movable(model)
    assert method.untouched(model) == LENGTH - 1
    assert read_method("regime", {"kind": "full"}).untouched(model) == 0
