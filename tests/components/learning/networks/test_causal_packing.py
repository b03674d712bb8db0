"""Packed rows of a causal LM: each text sees itself alone and what came before, whatever the architecture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from components.catalog.models import get_base
from components.lazy import lazy
from components.learning.networks.backbone import load_backbone
from components.learning.networks.causal import CausalLM
from components.learning.networks.packing import packed, padded
from components.learning.networks.table import Table
from components.learning.networks.tokens import Tokens

t: Any = lazy("transformers")
unit, integration = pytest.mark.unit, pytest.mark.integration
LENGTHS, PROMPTS = (9, 5, 7, 3, 14, 4, 6), (6, 3, 5, 2, 10, 2, 4)
ROWS = np.arange(len(LENGTHS))


def given_tokens() -> Tokens:
    rng = np.random.default_rng(0)
    return Tokens(tuple(rng.integers(5, 40, n) for n in LENGTHS), PROMPTS)


def losses_alone(model: Any, tokens: Tokens) -> torch.Tensor:
    """By the textbook: one text after another through the model in one piece, without mask or padding."""
    found = []
    for ids, given in zip(tokens.ids, tokens.prompt):
        scores = torch.log_softmax(model(input_ids=torch.from_numpy(ids).unsqueeze(0)).logits[0].float(), -1)
        found.append(-scores[torch.arange(given - 1, len(ids) - 1), torch.from_numpy(ids[given:])].mean())
    return torch.stack(found)


SMALL = {"vocab_size": 40, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "pad_token_id": 0}
LLAMA = {**SMALL, "intermediate_size": 24, "num_key_value_heads": 2}
GEMMA = {**LLAMA, "head_dim": 16, "sliding_window": 4, "final_logit_softcapping": 2.0}
#: The model; the number of a text's first position where it can be packed; whether its scores are the output layer's alone
MODELS: dict[str, tuple[Callable[[], Any], int | None, bool]] = {
    "Llama": (lambda: t.LlamaForCausalLM(t.LlamaConfig(**LLAMA)), 0, True),
    "GPT2": (lambda: t.GPT2LMHeadModel(t.GPT2Config(vocab_size=40, n_embd=32, n_layer=2, n_head=2)), 0, True),
    "GPTNeoX": (lambda: t.GPTNeoXForCausalLM(t.GPTNeoXConfig(**SMALL, intermediate_size=24)), 0, True),
    "OPT": (lambda: t.OPTForCausalLM(t.OPTConfig(**SMALL, ffn_dim=24, word_embed_proj_dim=32)), 0, True),
    "Qwen2": (lambda: t.Qwen2ForCausalLM(t.Qwen2Config(**LLAMA)), 0, True),
    "Bloom": (lambda: t.BloomForCausalLM(t.BloomConfig(vocab_size=40, hidden_size=32, n_layer=2, n_head=2)), None, True),
    "Mistral": (lambda: t.MistralForCausalLM(t.MistralConfig(**LLAMA, sliding_window=4)), None, True),
    "Mamba": (lambda: t.MambaForCausalLM(t.MambaConfig(vocab_size=40, hidden_size=32, num_hidden_layers=2)), None, True),
    "Gemma2": (lambda: t.Gemma2ForCausalLM(t.Gemma2Config(**GEMMA)), None, False),
    "Granite": (lambda: t.GraniteForCausalLM(t.GraniteConfig(**LLAMA, logits_scaling=3.0)), 0, False),
}


@integration
@pytest.mark.parametrize("name", list(MODELS))
def test_losses_are_those_of_each_text_alone(name: str) -> None:
    make, first, plain = MODELS[name]
    torch.manual_seed(0)
    model = make().eval()
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, 0, 0.3)  # as sharp as a trained one: what it must not see would show
    backbone: Any = SimpleNamespace(pad=0)
    network, tokens = CausalLM(backbone, model, (), 32), given_tokens()
    assert (network._first, network._plain) == (first, plain)
    table = Table(tokens, ("",) * len(ROWS))
    wanted = losses_alone(model, tokens)
    torch.testing.assert_close(network.losses(table, ROWS), wanted, rtol=1e-4, atol=1e-5)
    assert wanted.std() > 0.1


@integration
def test_gradients_are_those_of_padding(tiny_llama: Path) -> None:
    backbone = load_backbone(get_base(str(tiny_llama)))
    network, tokens = CausalLM(backbone, backbone.model, (), 32), given_tokens()
    assert network._first == 0
    assert packed(tokens.lengths, 0) is not None
    table = Table(tokens, ("",) * len(ROWS))
    found = []
    for first in (0, None):
        network.__dict__["_first"] = first
        network.model.zero_grad(set_to_none=True)
        network.losses(table, ROWS).mean().backward()
        found.append({name: p.grad.clone() for name, p in network.model.named_parameters() if p.grad is not None})
    assert found[0].keys() == found[1].keys() != set()
    for name, gradient in found[0].items():
        torch.testing.assert_close(gradient, found[1][name], rtol=1e-3, atol=1e-6, msg=name)


@unit
def test_a_mask_of_pairs_hides_what_follows() -> None:
    layout = packed(np.array([4, 2, 2, 1]), 0)
    assert layout is not None
    pairs = layout.inputs(torch.device("cpu"), causal=True)["attention_mask"][:, 0]
    owner = layout.lay([np.full(n, i + 1) for i, n in enumerate((4, 2, 2, 1))])
    for row, own in enumerate(owner):
        for place, text in enumerate(own):
            assert torch.equal(pairs[row, place], (own == text) & (torch.arange(len(own)) <= place))
    one = padded(np.array([3, 2])).inputs(torch.device("cpu"), causal=True)
    assert one["attention_mask"].tolist() == [[1, 1, 1], [1, 1, 0]], "the model itself hides it there"


@integration
def test_it_is_tried_in_full_precision_also_where_training_is_not(tiny_llama: Path) -> None:
    backbone = load_backbone(get_base(str(tiny_llama)))
    network = CausalLM(backbone, backbone.model, (), 32)
    table = Table(given_tokens(), ("",) * len(ROWS))
    with torch.autocast("cpu", torch.bfloat16):
        network.losses(table, ROWS)
    assert (network._first, network._plain) == (0, True)
