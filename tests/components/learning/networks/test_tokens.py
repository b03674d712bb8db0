"""Texts as ids: no text is without any, whatever its tokenizer makes of it; and batches of like length."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.catalog.models import get_base
from components.learning.method import read_method
from components.learning.networks.backbone import load_backbone
from components.learning.networks.causal import CausalLM
from components.learning.networks.encoder import Classifier
from components.learning.networks.tokens import Tokens, pad, shuffled_batches, sorted_batches, tokenise
from tests.examples import examples

unit, integration = pytest.mark.unit, pytest.mark.integration
NOTHING = ["", "   "]
TEXTS = ["i see a plum", "", "bring me that owl now", "   ", "unheard", "plum", "axe", "crow"]


def word_tokenizer(special: dict[str, str], frame: bool = False) -> Any:
    """Splits at spaces. special: its special tokens by role; frame: whether it puts [CLS] and [SEP] around a text."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[END]", "plum"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "removed")
    if frame:
        tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)


@integration
@pytest.mark.parametrize(
    ("special", "token"),
    [
        ({"unk_token": "[UNK]", "eos_token": "[END]", "pad_token": "[PAD]"}, 3),
        ({"eos_token": "[END]", "pad_token": "[PAD]"}, 4),
        ({"pad_token": "[PAD]"}, 0),
    ],
    ids=["unknown", "end", "neither"],
)
def test_a_text_of_no_token_becomes_one(special: dict[str, str], token: int) -> None:
    tokens = tokenise(word_tokenizer(special), ["plum", *NOTHING, "plum plum"], 8)
    assert [ids.tolist() for ids in tokens.ids] == [[5], [token], [token], [5, 5]]
    assert {ids.dtype for ids in tokens.ids} == {np.dtype(np.int64)}
    assert tokens.lengths.tolist() == [1, 1, 1, 2]


@integration
def test_special_tokens_are_enough() -> None:
    tokenizer = word_tokenizer({"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}, frame=True)
    assert [ids.tolist() for ids in tokenise(tokenizer, ["plum", *NOTHING], 8).ids] == [[1, 5, 2], [1, 2], [1, 2]]
    assert [ids.tolist() for ids in tokenise(tokenizer, ["plum", *NOTHING], 8, special=False).ids] == [[5], [], []]


@integration
def test_an_empty_answer_stays_empty(tiny_llama: Path) -> None:
    """A causal LM that is taught to write nothing writes the end token alone."""
    backbone = load_backbone(get_base(str(tiny_llama)))
    network = CausalLM(backbone, backbone.model, (), 16)
    assert [ids.tolist() for ids in network.answers(["", "plum"])] == [[network.end], [*network.answers(["plum"])[0]]]
    assert network.tokenise(["i see"], [""]).ids[0][network.tokenise(["i see"], [""]).prompt[0] :].tolist() == [network.end]


@integration
@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("layers", [1, 2])
def test_a_cut_encoder_reads_an_empty_text_as_the_whole_one_does(tiny_encoder: Path, layers: int, pooling: str) -> None:
    """As an unknown word; and so does a batch with other texts in it."""
    found: list[torch.Tensor] = []
    for cut in (False, True):
        backbone = load_backbone(get_base(str(tiny_encoder)))
        regime = read_method("regime", {"kind": "lora", "rank": 2, "blocks": 1})
        model = regime.prepare(backbone.model, None)
        head = read_method("head", {"kind": "linear", "layers": layers, "pooling": pooling})
        network = Classifier(backbone, model, head, 16)
        if cut:
            network.cut(regime.moving(model), None)
            assert network.prefix is not None
        tokens = network.tokenise(TEXTS)
        found.append(network.encode(tokens))
        with torch.inference_mode():
            batched = network.features(tokens, np.arange(len(TEXTS)))
        torch.testing.assert_close(batched, found[-1], rtol=1e-5, atol=1e-5)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[1][1], found[1][4])
    assert torch.equal(found[1][3], found[1][4])
    assert found[1].abs().sum(1).min() > 0


@unit
@examples(30)
@given(lengths=st.lists(st.integers(1, 40), min_size=1, max_size=300), batch=st.integers(1, 40), seed=st.integers(0, 99))
def test_every_row_comes_once_an_epoch(lengths: list[int], batch: int, seed: int) -> None:
    sizes, rows = np.array(lengths), np.arange(len(lengths))
    batches = shuffled_batches(sizes, rows, batch, np.random.default_rng(seed))
    assert sorted(np.concatenate(batches).tolist()) == rows.tolist()
    assert max(map(len, batches)) <= batch
    again = shuffled_batches(sizes, rows, batch, np.random.default_rng(seed))
    assert all(np.array_equal(a, b) for a, b in zip(batches, again))
    assert sorted(np.concatenate(sorted_batches(sizes, batch)).tolist()) == rows.tolist()


@unit
def test_bucketing_saves_most_padding() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(3, 60, 2000)
    padded = sum(int(lengths[b].max()) * len(b) for b in shuffled_batches(lengths, np.arange(2000), 16, rng))
    assert padded < 1.1 * lengths.sum()


@unit
@pytest.mark.parametrize("left", [False, True])
def test_padding_is_masked(left: bool) -> None:
    tokens = Tokens((np.array([5, 6, 7]), np.array([8]), np.zeros(0, np.int64)))
    ids, mask = pad(tokens, np.array([0, 1, 2]), 9, left=left)
    assert ids.tolist() == ([[5, 6, 7], [9, 9, 8], [9, 9, 9]] if left else [[5, 6, 7], [8, 9, 9], [9, 9, 9]])
    assert mask.sum(1).tolist() == [3, 1, 0]
