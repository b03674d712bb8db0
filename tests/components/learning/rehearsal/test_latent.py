"""Latent rehearsal: what a buffer of texts learns, without a text in the checkpoint."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import torch

from components.contracts import Experience
from components.errors import UsageError
from components.learning.choice.resolve import refuse_illegal
from components.learning.learn import learn
from components.learning.rehearsal.latent import activations, without_texts
from components.learning.shared_bases import load_predictor
from components.learning.tensors import load_tensors
from components.memory.rows import COLUMNS
from components.memory.store import Memory
from components.settings import LearningSettings
from components.storage import digest_text, read_manifest
from components.workspace import Workspace

unit, integration = pytest.mark.unit, pytest.mark.integration
LORA = {"kind": "lora", "rank": 2, "blocks": 2}
LINEAR, ANALYTIC = {"kind": "linear", "layers": 3}, {"kind": "analytic", "width": 40, "layers": 2}
FRUITS = ["apple", "pear", "plum", "fig", "lime"]


@pytest.fixture(scope="session")
def deep_encoder(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny encoder with four blocks."""
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("bases") / "deep-encoder"
    shutil.copytree(tiny_encoder, folder)
    with torch.random.fork_rng():
        torch.manual_seed(2)
        model = BertModel(BertConfig.from_pretrained(tiny_encoder, num_hidden_layers=4))
        torch.nn.init.normal_(model.embeddings.word_embeddings.weight)
        model.save_pretrained(folder)
    return folder


@pytest.fixture
def three(workspace: Workspace, experiences: list[Experience], make: Callable[..., Experience]) -> list[Experience]:
    """The two experiences and one more of a class that the first has."""
    rows = [(f"an other {word} on the {place}", "fruit") for word in FRUITS for place in ("axe", "owl", "saw", "file")]
    return [*experiences, make(workspace, rows, "three")]


def line(workspace: Workspace, experiences: list[Experience], settings: LearningSettings) -> list[Path]:
    """The checkpoints of a line over these experiences."""
    found: list[Path] = []
    for experience in experiences:
        learned = learn(experience, found[-1] if found else None, settings, seed=0, workspace=workspace)
        found.append(workspace.checkpoint(learned.checkpoint))
    return found


def memory_of(checkpoint: Path) -> Memory:
    return Memory.load(checkpoint, read_manifest(checkpoint)["memory"])


@integration
@pytest.mark.parametrize(
    ("recipe", "ways"),
    [
        ({"regime": LORA, "head": LINEAR}, {}),
        (
            {"regime": {**LORA, "blocks": 1}, "head": {"kind": "cosine", "layers": 3}},
            {"policy": "reservoir", "sampling": "balanced"},
        ),
        ({"regime": LORA, "head": ANALYTIC}, {"policy": "herding", "sampling": "mir"}),
        ({"regime": {"kind": "depth", "depth": 1}, "head": {"kind": "lda"}}, {"policy": "priority", "sampling": "grasp"}),
        ({"regime": {**LORA, "adapt": "drift"}, "head": ANALYTIC}, {"policy": "gdumb"}),
        ({"regime": {**LORA, "adapt": "first", "experiences": 2}, "head": LINEAR}, {}),
        ({"regime": {"kind": "head"}, "head": LINEAR}, {"policy": "ring"}),
        ({"regime": LORA, "head": LINEAR, "regularizers": [{"kind": "agem"}, {"kind": "lwf"}]}, {}),
    ],
    ids=["linear", "cosine", "analytic", "depth", "drift", "first", "head", "regularizers"],
)
def test_in_float32_it_learns_bit_for_bit_what_a_buffer_of_texts_learns(
    recipe: dict[str, Any], ways: dict[str, Any], deep_encoder: Path, three: list[Experience], workspace: Workspace,
    settings_for: Callable[..., LearningSettings],
) -> None:  # fmt: skip
    texts = {"kind": "buffer", "capacity": 20, **ways}
    latent = {**texts, "kind": "latent", "precision": "float32"}
    lines = [line(workspace, three, settings_for(deep_encoder, rehearsal=how, **recipe)) for how in (texts, latent)]
    for one, other in zip(*lines, strict=True):
        for name in ("adapter/adapter_model.safetensors", "weights.safetensors", "head.safetensors"):
            own, its = load_tensors(one / name), load_tensors(other / name)
            assert own.keys() == its.keys()
            assert all(torch.equal(own[key], its[key]) for key in own), name
        assert memory_of(one).rows["digest"] == memory_of(other).rows["digest"]
    assert memory_of(lines[0][-1]).rows["text"].null_count == 0


@integration
@pytest.mark.parametrize("regime", [LORA, {**LORA, "adapt": "first"}, {"kind": "head"}], ids=["states", "features", "head"])
def test_no_text_of_the_past_is_in_the_checkpoint(
    regime: dict[str, Any], deep_encoder: Path, workspace: Workspace, make: Callable[..., Experience],
    settings_for: Callable[..., LearningSettings],
) -> None:  # fmt: skip
    rows = [(f"i see a {word} {i} secretly", ("fruit", "tool")[i % 2]) for i, word in enumerate(FRUITS * 6)]
    labelled, completed = make(workspace, rows[:15], "one"), make(workspace, rows[15:], "two", completions=True)
    settings = settings_for(deep_encoder, regime=regime, head=LINEAR, rehearsal={"kind": "latent", "capacity": 20})
    checkpoints = line(workspace, [labelled, completed], settings)
    for checkpoint in checkpoints:
        for path in checkpoint.rglob("*"):
            if not path.is_file():
                continue
            content = path.read_bytes()
            if path.suffix == ".parquet":
                table = parquet.read_table(path)
                values = [value for column in table.columns for value in column.to_pylist()]
                content += b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)
            assert b"secretly" not in content, path
            assert not [text for text, _ in rows if text.encode() in content], path
        memory = memory_of(checkpoint)
        assert memory.rows["text"].null_count == memory.rows["completion"].null_count == len(memory)
        assert set(memory.rows["label"].to_pylist()) == {"fruit", "tool"}, "a completion that was the class is the label now"
        heldout = {digest for e in (labelled, completed) for digest in e.table("heldout")["digest"].to_pylist()}
        assert not heldout & set(memory.rows["digest"].to_pylist())
    assert len(memory_of(checkpoints[-1])) == 20
    predictor = load_predictor(checkpoints[-1])
    assert predictor.predict(["i see a plum"]).labels == ("fruit", "tool")


@integration
@pytest.mark.parametrize("precision", ["float16", "float32"])
def test_bytes_are_as_said(
    precision: str, deep_encoder: Path, experiences: list[Experience], workspace: Workspace,
    settings_for: Callable[..., LearningSettings],
) -> None:  # fmt: skip
    latent = {"kind": "latent", "capacity": 20, "precision": precision}
    settings = settings_for(deep_encoder, regime={**LORA, "blocks": 1}, head=LINEAR, rehearsal=latent)
    checkpoint = line(workspace, experiences, settings)[-1]
    lengths = {
        row["digest"]: len(row["text"].split())
        for e in experiences for row in e.table("train").select(["digest", "text"]).to_pylist()
    }  # fmt: skip
    rows = memory_of(checkpoint).rows
    for digest, shape in zip(rows["digest"].to_pylist(), rows["shape"].to_pylist()):
        assert shape == [1 + lengths[digest], 32], "one token a word, and the pooled state of the one layer below the cut"
    size = sum(np.dtype(precision).itemsize * 32 * (1 + lengths[digest]) for digest in rows["digest"].to_pylist())
    notes = read_manifest(checkpoint)["notes"]["latent"]
    assert (notes["bytes"], notes["rows"], notes["precision"]) == (size, 20, precision)
    assert notes["kept"] == "states after block 3, with mean of 1 layers below"


@integration
def test_half_precision_stays_as_it_came(
    deep_encoder: Path, three: list[Experience], workspace: Workspace, settings_for: Callable[..., LearningSettings]
) -> None:
    settings = settings_for(deep_encoder, regime=LORA, head=ANALYTIC, rehearsal={"kind": "latent", "capacity": 40})
    kept = [memory_of(checkpoint).rows for checkpoint in line(workspace, three, settings)]
    first, last = (dict(zip(rows["digest"].to_pylist(), rows["latent"].to_pylist())) for rows in (kept[0], kept[-1]))
    both = first.keys() & last.keys()
    assert len(both) > 5
    assert all(first[digest] == last[digest] for digest in both), "no rounding on rounding"


@integration
def test_once_the_base_stands_still_features_take_the_place_of_states(
    deep_encoder: Path, three: list[Experience], workspace: Workspace, settings_for: Callable[..., LearningSettings]
) -> None:
    regime = {**LORA, "adapt": "first", "experiences": 2}
    latent = {"kind": "latent", "capacity": 30, "precision": "float32"}
    settings = settings_for(deep_encoder, regime=regime, head=LINEAR, rehearsal=latent)
    checkpoints = line(workspace, three, settings)
    kept = [read_manifest(checkpoint)["notes"]["latent"]["kept"] for checkpoint in checkpoints]
    assert kept == ["states after block 2", "mean features of 3 layers", "mean features of 3 layers"]
    words = {row["digest"]: row["text"] for e in three for row in e.table("train").to_pylist()}
    rows = memory_of(checkpoints[-1]).rows
    stored = np.stack([one for one in activations(rows) if one is not None])
    wanted = load_predictor(checkpoints[1])._network
    tokens = wanted.tokenise([words[digest] for digest in rows["digest"].to_pylist()])
    np.testing.assert_allclose(stored, wanted.encode(tokens).numpy(), rtol=1e-5, atol=1e-6)
    again = settings_for(deep_encoder, regime={**regime, "adapt": "always"}, head=LINEAR, rehearsal=latent)
    with pytest.raises(UsageError, match="features of the frozen base model"):
        learn(three[0], checkpoints[-1], again, seed=0, workspace=workspace)


@integration
def test_a_memory_of_texts_becomes_latent_and_never_back(
    deep_encoder: Path, three: list[Experience], workspace: Workspace, settings_for: Callable[..., LearningSettings]
) -> None:
    def recipe(kind: str) -> LearningSettings:
        return settings_for(deep_encoder, regime=LORA, head=LINEAR, rehearsal={"kind": kind, "capacity": 20})

    parent = line(workspace, three[:1], recipe("buffer"))[0]
    child = workspace.checkpoint(learn(three[1], parent, recipe("latent"), seed=0, workspace=workspace).checkpoint)
    memory = memory_of(child)
    assert memory.rows["text"].null_count == 20
    assert memory.rows["latent"].null_count == 0
    assert three[0].digest in memory.rows["experience"].to_pylist(), "rows of the buffer are still there"
    with pytest.raises(UsageError, match="needs texts"):
        learn(three[2], child, recipe("buffer"), seed=0, workspace=workspace)


@integration
def test_the_cut_of_a_line_stays_or_falls_with_what_is_stored(
    deep_encoder: Path, three: list[Experience], workspace: Workspace, settings_for: Callable[..., LearningSettings]
) -> None:
    def recipe(depth: int, layers: int = 1) -> LearningSettings:
        head, latent = {"kind": "linear", "layers": layers}, {"kind": "latent", "capacity": 20}
        return settings_for(deep_encoder, regime={"kind": "depth", "depth": depth}, head=head, rehearsal=latent)

    high, low = (line(workspace, three[:1], recipe(depth))[0] for depth in (1, 2))
    with pytest.raises(UsageError, match=r"holds states after block 3, this recipe needs .* or states after block 2"):
        learn(three[1], high, recipe(2), seed=0, workspace=workspace)
    with pytest.raises(UsageError, match=r"this recipe needs .* or states after block 3, with mean of 2 layers below"):
        learn(three[1], high, recipe(1, layers=4), seed=0, workspace=workspace)
    child = workspace.checkpoint(learn(three[1], low, recipe(1), seed=0, workspace=workspace).checkpoint)
    kept = read_manifest(child)["notes"]["latent"]["kept"]
    assert kept == "states after block 2", "what the parent moved is not below the cut, so its rows still hold"


@integration
@pytest.mark.parametrize(
    ("regime", "way"),
    [
        ({"kind": "lora"}, "learning.regime.blocks to 3"),
        ({"kind": "full"}, "{kind: lora, blocks: 3}"),
        ({"kind": "bias"}, "{kind: lora, blocks: 3}"),
        ({"kind": "full", "adapt": "first", "experiences": 2}, "{kind: lora, blocks: 3}"),
    ],
    ids=["lora", "full", "bias", "first"],
)
def test_a_regime_that_moves_every_block_is_refused_with_one_that_does_not(
    regime: dict[str, Any], way: str, deep_encoder: Path, settings_for: Callable[..., LearningSettings]
) -> None:
    latent = {"kind": "latent", "capacity": 20}
    with pytest.raises(UsageError, match="no block of the base model untouched") as refused:
        refuse_illegal(settings_for(deep_encoder, regime=regime, rehearsal=latent))
    assert way in (refused.value.hint or "")
    refuse_illegal(settings_for(deep_encoder, regime={**regime, "adapt": "first", "experiences": 1}, rehearsal=latent))
    refuse_illegal(settings_for(deep_encoder, regime={"kind": "lora", "blocks": 3}, rehearsal=latent))


@integration
def test_what_only_the_model_tells_is_refused_before_training(
    deep_encoder: Path, tiny_llama: Path, experiences: list[Experience], workspace: Workspace,
    settings_for: Callable[..., LearningSettings],
) -> None:  # fmt: skip
    latent = {"kind": "latent", "capacity": 20}
    for regime in ({"kind": "depth", "depth": 4}, {"kind": "lora", "rank": 2, "blocks": 9}):
        with pytest.raises(UsageError, match="no block of this base model untouched"):
            learn(experiences[0], None, settings_for(deep_encoder, regime=regime, rehearsal=latent), seed=0, workspace=workspace)
    assert not workspace.checkpoints.exists() or not list(workspace.checkpoints.iterdir())
    with pytest.raises(UsageError, match="this base model writes"):
        refuse_illegal(settings_for(tiny_llama, regime=LORA, rehearsal=latent))


@unit
@pytest.mark.parametrize("precision", ["float16", "float32"])
def test_rows_come_back_and_can_be_erased(precision: str, tmp_path: Path) -> None:
    texts = ["one", "two", "three"]
    stored = [np.full((n + 1, 4), n + 0.25, np.float32) for n in range(3)]
    stored[2][0] = 1e6
    columns: dict[str, Any] = {name: [None] * 3 for name in COLUMNS.names}
    columns |= {"text": texts, "label": ["a", None, "b"], "completion": [None, "c", "kept out"], "subject": ["x", "y", "x"]}
    columns |= {"digest": [digest_text(text) for text in texts], "priority": ["normal"] * 3}
    table = pa.table([pa.array(columns[field.name], field.type) for field in COLUMNS], schema=COLUMNS)
    memory = Memory.empty(5, "reservoir", 0).add(table, experience="e")
    memory = Memory(
        memory.capacity, memory.policy, without_texts(memory.rows, stored, precision), memory.seen, 0, memory.generator
    )
    loaded = Memory.load(tmp_path, memory.save(tmp_path))
    assert loaded.rows["label"].to_pylist() == ["a", "c", "b"]
    most = np.finfo(precision).max
    for found, one in zip(activations(loaded.rows), stored):
        assert found is not None
        np.testing.assert_array_equal(found, np.minimum(one, most), "too large for float16 becomes its largest, not infinity")
    left = loaded.drop(subjects=["x"], now=datetime.now(UTC))
    [only] = activations(left.rows)
    np.testing.assert_array_equal(only, stored[1])
