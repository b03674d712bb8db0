"""A stream of drawn words and an encoder so small that it costs nothing: a thousand cycles of the project's own functions.

A class is a set of eight words, a text has seven words: some of its class, the others from a common stock. The encoder is a BERT
of one block with random weights, close to a bag of words.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.mixing.plan import Part
from benchmarks.mixing.source import Source

CLASSES, OWN, COMMON, TEXTS = 300, 8, 400, 500


def vocabulary() -> list[str]:
    """All words: those of the classes, then the common stock."""
    return [f"w{i}" for i in range(CLASSES * OWN)] + [f"c{i}" for i in range(COMMON)]


def words_source(seed: int, texts: int = TEXTS) -> Source:
    """One domain of CLASSES classes with so many texts each; two to four of a text's seven words are its class's own."""
    rng = np.random.default_rng([seed, 7])
    return {"words": {f"class-{c:03d}": [_text(c, rng) for _ in range(texts)] for c in range(CLASSES)}}


def _text(of: int, rng: np.random.Generator) -> str:
    own = int(rng.integers(2, 5))
    words = [f"w{of * OWN + i}" for i in rng.choice(OWN, own, replace=False)] + [
        f"c{i}" for i in rng.integers(COMMON, size=7 - own)
    ]
    return " ".join(words[i] for i in rng.permutation(7))


def words_plan(seed: int, experiences: int) -> list[Part]:
    """Two classes each with 20 training and 12 held-out rows of each; new ones while there are some, else those long away."""
    rng = np.random.default_rng([seed, 8])
    new = [("words", f"class-{c:03d}") for c in rng.permutation(CLASSES)]
    known: list[tuple[str, str]] = []
    parts = []
    for n in range(experiences):
        fresh = min(len(new), int(rng.integers(0, 3)) if len(known) > 2 else 2)
        chosen, new = new[:fresh], new[fresh:]
        chosen += [known[i] for i in rng.choice(len(known), 2 - fresh, replace=False)] if fresh < 2 else []
        known += chosen[:fresh]
        parts.append(Part(f"{n + 1:04d}", tuple(chosen), 40, 24))
    return parts


def save_small_encoder(folder: Path) -> Path:
    """Write the encoder with its tokenizer; equal bytes every time."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *vocabulary()]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    splitter: Any = pre_tokenizers.WhitespaceSplit()
    tokenizer.pre_tokenizer = splitter
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=16,
    )
    fast.save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = BertConfig(
            vocab_size=len(words), hidden_size=192, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
            max_position_embeddings=16, type_vocab_size=1, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )  # fmt: skip
        model = BertModel(config)
        torch.nn.init.normal_(model.embeddings.word_embeddings.weight)
        model.save_pretrained(folder)
    return folder
