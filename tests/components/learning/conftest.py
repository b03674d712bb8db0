"""Tiny base models (random weights, a few kilobytes) and small experiences, so that every path runs in a blink."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.contracts import EVENT_COLUMNS, Experience
from components.settings import LearningSettings
from components.storage import building, digest_text, publish
from components.workspace import Workspace
from tests.killing import Nursery

THINGS = {
    "fruit": ["apple", "pear", "plum", "fig", "lime"],
    "tool": ["saw", "axe", "drill", "file", "plane"],
    "bird": ["crow", "wren", "gull", "robin", "owl"],
    "metal": ["iron", "gold", "tin", "lead", "zinc"],
}
FRAMES = ["i see a {}", "this is the {}", "what about one {}", "bring me that {} now"]
WORDS = sorted({w for ws in THINGS.values() for w in ws} | {w for f in FRAMES for w in f.split() if w != "{}"} | set(THINGS))


def sentences(label: str) -> list[str]:
    """20 texts of a class."""
    return [frame.format(word) for word in THINGS[label] for frame in FRAMES]


def save_tokenizer(folder: Path, *, causal: bool) -> int:
    """A word-level tokenizer in `folder`; returns its vocabulary size."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "[END]", "\n", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "removed")
    kept = {"eos_token": "[END]"} if causal else {"cls_token": "[END]"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", **kept).save_pretrained(folder)
    return len(vocabulary)


def save_encoder(folder: Path, layers: int = 2) -> Path:
    """A small BERT, 32 wide, with dropout; near a bag of words, so that heads have something to read."""
    import torch
    from transformers import BertConfig, BertModel

    size = save_tokenizer(folder, causal=False)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        config = BertConfig(
            vocab_size=size, hidden_size=32, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=24,
            max_position_embeddings=16, type_vocab_size=1,
        )  # fmt: skip
        model = BertModel(config)
        torch.nn.init.normal_(model.embeddings.word_embeddings.weight)
        model.save_pretrained(folder)
    return folder


def save_llama(folder: Path) -> Path:
    """A two-layer Llama, 64 wide."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    size = save_tokenizer(folder, causal=True)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        config = LlamaConfig(
            vocab_size=size, hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
            max_position_embeddings=32, tie_word_embeddings=True, pad_token_id=0, eos_token_id=2, bos_token_id=2,
        )  # fmt: skip
        LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def make_experience(workspace: Workspace, rows: Sequence[tuple[str, str]], name: str, completions: bool = False) -> Experience:
    """Publish (text, label) rows as an experience: every fifth one is held out."""

    def table(part: Sequence[tuple[str, str]]) -> pa.Table:
        columns: dict[str, list[object]] = {column: [None] * len(part) for column in EVENT_COLUMNS}
        columns["text"] = [text for text, _ in part]
        columns["completion" if completions else "label"] = [label for _, label in part]
        columns["digest"] = [digest_text(text) for text, _ in part]
        columns["priority"] = ["normal"] * len(part)
        kinds = {"consent": pa.bool_()}
        return pa.table([pa.array(columns[c], kinds.get(c, pa.string())) for c in EVENT_COLUMNS], names=list(EVENT_COLUMNS))

    train = [row for i, row in enumerate(rows) if i % 5]
    heldout = [row for i, row in enumerate(rows) if not i % 5]
    with building(workspace.experiences) as scratch:
        for part, own in (("train", train), ("heldout", heldout), ("unlabelled", [])):
            parquet.write_table(table(own), scratch / f"{part}.parquet")
        fields = {"kind": "experience", "name": name, "labels": sorted({label for _, label in rows}), "after": None}
        digest = publish(scratch, workspace.experiences, fields | {"counts": {"train": len(train), "heldout": len(heldout)}})
    return workspace.experience(digest)


@pytest.fixture(scope="session")
def tiny_encoder(shared: Callable[..., Path]) -> Path:
    """Folder of the tiny encoder."""
    return shared("tiny-encoder", save_encoder)


@pytest.fixture(scope="session")
def tiny_llama(shared: Callable[..., Path]) -> Path:
    """Folder of the tiny causal LM."""
    return shared("tiny-llama", save_llama)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace."""
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def experiences(workspace: Workspace) -> list[Experience]:
    """Two experiences of two classes each, 32 training rows a piece."""
    first, second = [("fruit", "tool"), ("bird", "metal")]
    pairs = [
        [(text, label) for pair in zip(*map(sentences, labels)) for text, label in zip(pair, labels)]
        for labels in (first, second)
    ]
    return [make_experience(workspace, rows, name) for rows, name in zip(pairs, ("one", "two"))]


@pytest.fixture(scope="session")
def settings_for() -> Callable[..., LearningSettings]:
    """LearningSettings on a base, quick ones, with axes replaced by keyword."""

    def make(base: Path, **axes: object) -> LearningSettings:
        quick = {"optimizer": {"kind": "adamw", "rate": 0.01, "epochs": 2, "batch": 8}, "head": {"kind": "analytic", "width": 40}}
        return LearningSettings.model_validate({"base": str(base), "max_tokens": 16, **quick, **axes})

    return make


@pytest.fixture(scope="session")
def make() -> Callable[..., Experience]:
    """`make_experience`, for tests that want odd ones."""
    return make_experience


@pytest.fixture
def one_thread() -> Iterator[None]:
    """One thread in this process, as in a child whose digests are compared with its own."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """One process that forks learners, for all tests of a worker."""
    nursery = Nursery()
    yield nursery
    nursery.close()
