"""learn and load_predictor, end to end on tiny models: every regime with every head, determinism, resume, faults."""

from __future__ import annotations

import json
import logging
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.contracts import Experience
from components.errors import IntegrityError, PerdureError, UnavailableError, UsageError
from components.learning.learn import learn
from components.learning.shared_bases import SharedBase, load_predictor
from components.settings import LearningSettings
from components.storage import read_manifest
from components.workspace import Workspace

pytestmark = pytest.mark.integration
Make = Callable[..., LearningSettings]
MakeExperience = Callable[..., Experience]
TEXTS = ["i see a plum", "bring me that owl now", "", "words never seen", "what about one saw"]
REGIMES = [{"kind": "full"}, {"kind": "depth", "depth": 1}, {"kind": "head"}, {"kind": "lora", "rank": 2, "dropout": 0.1}]
HEADS = [{"kind": "linear"}, {"kind": "analytic", "width": 40}, {"kind": "analytic", "width": 0, "layers": 2, "pooling": "cls"}]


def line(experiences: list[Experience], settings: LearningSettings, workspace: Workspace, **more: Any) -> list[str]:
    """Learn the experiences one after another; returns the checkpoints' digests."""
    digests: list[str] = []
    for experience in experiences:
        parent = workspace.checkpoint(digests[-1]) if digests else None
        digests.append(learn(experience, parent, settings, seed=3, workspace=workspace, **more).checkpoint)
    return digests


@pytest.mark.parametrize("regime", REGIMES, ids=lambda r: r["kind"])
@pytest.mark.parametrize("head", HEADS, ids=["linear", "analytic", "analytic-layers"])
def test_every_regime_learns_with_every_head(
    regime: dict[str, Any],
    head: dict[str, Any],
    experiences: list[Experience],
    workspace: Workspace,
    tiny_encoder: Path,
    settings_for: Make,
) -> None:
    optimizer = {"kind": "adamw", "rate": 0.01, "epochs": 6, "batch": 8}
    moves = regime["kind"] != "head" or head["kind"] == "linear"  # else there is nothing to hold, and it is refused
    ewc = [{"kind": "online_ewc", "samples": 4}] if moves else []
    settings = settings_for(tiny_encoder, regime=regime, head=head, regularizers=ewc, optimizer=optimizer)
    first, second = line(experiences, settings, workspace)
    predictor = load_predictor(workspace.checkpoint(second))
    assert set(predictor.labels) == {"fruit", "tool", "bird", "metal"}
    assert predictor.labels[:2] == load_predictor(workspace.checkpoint(first)).labels
    found = predictor.predict(TEXTS)
    assert found.probabilities.shape == (5, 4)
    np.testing.assert_allclose(found.probabilities.sum(1), 1, rtol=1e-5)
    again = load_predictor(workspace.checkpoint(second)).predict(TEXTS)
    np.testing.assert_array_equal(found.probabilities, again.probabilities)
    fits = [e.table("train") for e in experiences]
    right = sum(
        predictor.predict(t["text"].to_pylist()).top()[i] == y for t in fits for i, y in enumerate(t["label"].to_pylist())
    )
    assert right > 24, "of 64, on what it was trained on: better than chance (16)"


def test_equal_inputs_give_equal_digests_whatever_the_snapshots(
    experiences: list[Experience], workspace: Workspace, tmp_path: Path, tiny_encoder: Path, settings_for: Make
) -> None:
    settings = settings_for(tiny_encoder, head={"kind": "linear"}, regime={"kind": "lora", "rank": 2})
    elsewhere = Workspace(tmp_path / "elsewhere")
    elsewhere.root.mkdir()
    elsewhere.experiences.symlink_to(workspace.experiences)
    seen: list[int] = []
    first = line(experiences, settings, workspace)
    second = line(experiences, settings, elsewhere, snapshot_seconds=0.0, progress=lambda done, total, text: seen.append(done))
    assert first == second
    assert seen, "progress was told"
    assert not any(elsewhere.scratch.iterdir()), "snapshots are removed once the checkpoint is published"
    other = learn(experiences[0], None, settings, seed=4, workspace=workspace)
    assert other.checkpoint != first[0], "another seed is another checkpoint"


class PowerCutError(Exception):
    """Stands for a power cut."""


@pytest.mark.parametrize("head", HEADS[:2], ids=["linear", "analytic"])
def test_interrupted_at_any_step_it_ends_in_the_same_digest(
    head: dict[str, Any],
    experiences: list[Experience],
    workspace: Workspace,
    tmp_path: Path,
    tiny_encoder: Path,
    settings_for: Make,
) -> None:
    settings = settings_for(tiny_encoder, head=head, regime={"kind": "lora", "rank": 2, "dropout": 0.2, "adapt": "always"})
    undisturbed = line(experiences, settings, workspace)
    disturbed = Workspace(tmp_path / "disturbed")
    disturbed.root.mkdir()
    disturbed.experiences.symlink_to(workspace.experiences)
    done_so_far: list[int] = []

    def stop(done: int, total: int, text: str) -> None:
        done_so_far.append(done)
        if len(done_so_far) % 2 == 0:  # every second step dies; a snapshot at each step means each run gets one further
            raise PowerCutError

    digests: list[str] = []
    for experience in experiences:
        parent = disturbed.checkpoint(digests[-1]) if digests else None
        for _ in range(40):
            try:
                digests.append(
                    learn(experience, parent, settings, seed=3, workspace=disturbed, progress=stop, snapshot_seconds=0).checkpoint
                )
                break
            except PowerCutError:
                continue
    assert digests == undisturbed
    assert sorted(set(done_so_far)) == list(range(1, 9)), "no step was skipped"


def test_a_damaged_snapshot_is_left_aside(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_for(tiny_encoder, head={"kind": "linear"})

    def stop(done: int, total: int, text: str) -> None:
        if done == 3:
            raise PowerCutError

    with pytest.raises(PowerCutError):
        learn(experiences[0], None, settings, seed=3, workspace=workspace, progress=stop, snapshot_seconds=0)
    [damaged] = workspace.scratch.rglob("parameters.safetensors")
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    with caplog.at_level(logging.WARNING):
        again = learn(experiences[0], None, settings, seed=3, workspace=workspace).checkpoint
    assert "damaged training snapshot" in caplog.text
    workspace.checkpoint(again).rename(workspace.root / "aside")
    assert learn(experiences[0], None, settings, seed=3, workspace=workspace).checkpoint == again


def test_adapt_first_freezes_the_adapter(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    settings = settings_for(tiny_encoder, regime={"kind": "lora", "rank": 2, "adapt": "first"})
    steps: list[int] = []
    first, second = line(experiences, settings, workspace, progress=lambda done, total, text: steps.append(done))
    files = [read_manifest(workspace.checkpoint(d))["files"]["adapter/adapter_model.safetensors"] for d in (first, second)]
    assert files[0] == files[1]
    assert len(steps) == 8, "the second experience takes no gradient step"


def test_the_checkpoint_is_whole_and_says_what_it_is(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    first, second = line(experiences, settings_for(tiny_encoder), workspace)
    manifest = read_manifest(workspace.checkpoint(second))
    assert manifest["parent"] == first
    assert manifest["experiences"] == [e.digest for e in experiences]
    assert manifest["labels"] == ["fruit", "tool", "bird", "metal"]
    assert manifest["seen"] == {"bird": 16, "fruit": 16, "metal": 16, "tool": 16}
    assert manifest["memory"]["rows"] == 64
    assert set(manifest["files"]) == {
        "adapter/adapter_model.safetensors", "adapter/adapter_config.json", "head.safetensors", "memory.parquet", "rng.json",
    }  # fmt: skip
    config = json.loads((workspace.checkpoint(second) / "adapter" / "adapter_config.json").read_text())
    assert config["target_modules"] == ["query", "value"]


def test_the_adapter_loads_with_peft(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModel, AutoTokenizer

    [digest] = line(experiences[:1], settings_for(tiny_encoder), workspace)
    model = PeftModel.from_pretrained(AutoModel.from_pretrained(tiny_encoder), workspace.checkpoint(digest) / "adapter")
    tokens = AutoTokenizer.from_pretrained(tiny_encoder)(TEXTS[:1], return_tensors="pt", return_token_type_ids=False)
    with torch.inference_mode():
        mean = model(**tokens).last_hidden_state.mean(1).numpy()
    np.testing.assert_allclose(load_predictor(workspace.checkpoint(digest)).embed(TEXTS[:1]), mean, atol=1e-6)


def test_checkpoints_share_one_base_and_keep_apart(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    lora = line(experiences, settings_for(tiny_encoder, regime={"kind": "lora", "rank": 2}), workspace)
    [head] = line(experiences[:1], settings_for(tiny_encoder, regime={"kind": "head"}), workspace)
    [full] = line(experiences[:1], settings_for(tiny_encoder, regime={"kind": "full"}), workspace)
    alone = {d: load_predictor(workspace.checkpoint(d)).predict(TEXTS).probabilities for d in (*lora, head, full)}
    from components.catalog.models import get_base

    shared = SharedBase(get_base(str(tiny_encoder)))
    loaded = {d: shared.load(workspace.checkpoint(d)) for d in (full, *lora, head)}
    for digest, predictor in reversed(loaded.items()):
        np.testing.assert_array_equal(predictor.predict(TEXTS).probabilities, alone[digest])
    shared.unload(lora[0])
    np.testing.assert_array_equal(loaded[lora[1]].predict(TEXTS).probabilities, alone[lora[1]])
    np.testing.assert_array_equal(shared.load(workspace.checkpoint(lora[0])).predict(TEXTS).probabilities, alone[lora[0]])
    for digest in lora:
        shared.unload(digest)
    shared.unload("never loaded")
    np.testing.assert_array_equal(loaded[head].predict(TEXTS).probabilities, alone[head])
    np.testing.assert_array_equal(shared.load(workspace.checkpoint(lora[1])).predict(TEXTS).probabilities, alone[lora[1]])


def test_order_and_batching_do_not_matter_to_predictions(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    [digest] = line(experiences[:1], settings_for(tiny_encoder), workspace)
    predictor = load_predictor(workspace.checkpoint(digest))
    together = predictor.predict(TEXTS).probabilities
    one_by_one = np.concatenate([predictor.predict([text]).probabilities for text in TEXTS])
    np.testing.assert_allclose(together, one_by_one, atol=1e-5)
    assert predictor.predict([]).probabilities.shape == (0, 2)


def test_held_out_texts_are_neither_learned_nor_remembered(
    make: MakeExperience, experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    settings = settings_for(tiny_encoder, regime={"kind": "head"})
    [first] = line(experiences[:1], settings, workspace)
    held = experiences[0].table("heldout")
    rows = [("i see a gold", "metal"), *zip(held["text"].to_pylist(), held["label"].to_pylist()), ("this is the tin", "metal")]
    leaky = make(workspace, rows, "leaky")
    second = learn(leaky, workspace.checkpoint(first), settings, seed=3, workspace=workspace).checkpoint
    manifest = read_manifest(workspace.checkpoint(second))
    assert manifest["seen"].get("metal", 0) + 32 == sum(manifest["seen"].values())


def test_a_divergence_is_told_and_nothing_is_published(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    settings = settings_for(
        tiny_encoder, regime={"kind": "full"}, optimizer={"kind": "sgd", "rate": 1e30, "epochs": 3, "batch": 8}
    )
    with pytest.raises(PerdureError, match=r"diverged at step \d+"):
        learn(experiences[0], None, settings, seed=3, workspace=workspace)
    assert not list(workspace.checkpoints.glob("*"))
    assert not list(workspace.scratch.glob("*")), "the next try starts from the beginning"


def test_more_layers_than_the_base_has_are_refused(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    settings = settings_for(tiny_encoder, head={"kind": "analytic", "width": 0, "layers": 40})
    with pytest.raises(UsageError, match=r"head\.layers is 40, and the base model .* has \d+"):
        learn(experiences[0], None, settings, seed=3, workspace=workspace)


def test_damage_and_strange_bases_are_refused(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, tiny_llama: Path, settings_for: Make
) -> None:
    [digest] = line(experiences[:1], settings_for(tiny_encoder), workspace)
    parent = workspace.checkpoint(digest)
    with pytest.raises(IntegrityError, match="learned on"):
        learn(experiences[1], parent, settings_for(tiny_llama), seed=3, workspace=workspace)
    with pytest.raises(UsageError, match=r"rank 3.*parent has 8"):
        learn(experiences[1], parent, settings_for(tiny_encoder, regime={"kind": "lora", "rank": 3}), seed=3, workspace=workspace)
    head = parent / "head.safetensors"
    head.write_bytes(head.read_bytes()[:-1] + b"x")
    with pytest.raises(IntegrityError, match=r"head\.safetensors does not match"):
        load_predictor(parent)
    with pytest.raises(IntegrityError, match=r"head\.safetensors does not match"):
        learn(experiences[1], parent, settings_for(tiny_encoder), seed=3, workspace=workspace)


def test_moving_the_base_under_an_analytic_head_needs_a_memory(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    settings = settings_for(tiny_encoder, regime={"kind": "lora", "adapt": "always"}, rehearsal={"kind": "none"})
    with pytest.raises(UsageError, match="rebuilt from memory"):
        line(experiences, settings, workspace)


@pytest.mark.parametrize("seconds", [0.0, 1000.0], ids=["snapshot", "checkpoint"])
def test_a_full_disk_is_told_and_nothing_is_lost(
    seconds: float, experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    settings = settings_for(tiny_encoder, regime={"kind": "full"})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(UnavailableError, match="Could not write"):
            learn(experiences[0], None, settings, seed=3, workspace=workspace, snapshot_seconds=seconds)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(workspace.checkpoints.glob("*"))
    assert learn(experiences[0], None, settings, seed=3, workspace=workspace).checkpoint


def test_a_missing_or_broken_base_model_is_told(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="No base model"):
        learn(experiences[0], None, settings_for(tmp_path / "nowhere"), seed=3, workspace=workspace)
    broken = tmp_path / "broken"
    shutil.copytree(tiny_encoder, broken)
    (broken / "model.safetensors").write_bytes(b"not a tensor file")
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        learn(experiences[0], None, settings_for(broken), seed=3, workspace=workspace)


def test_half_precision_trains_and_leaves_full_precision_alone(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    optimizer = {"kind": "adamw", "rate": 0.01, "epochs": 1, "batch": 8}
    full = settings_for(tiny_encoder, optimizer=optimizer)
    half = settings_for(tiny_encoder, optimizer={**optimizer, "precision": "bf16"})
    first = learn(experiences[0], None, full, seed=3, workspace=workspace).checkpoint
    other = learn(experiences[0], None, half, seed=3, workspace=workspace).checkpoint
    assert other != first
    workspace.checkpoint(first).rename(workspace.root / "aside")
    assert learn(experiences[0], None, full, seed=3, workspace=workspace).checkpoint == first


def test_another_head_keeps_the_labels_and_learns_from_the_memory(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    regime = {"kind": "head"}
    first = learn(
        experiences[0], None, settings_for(tiny_encoder, regime=regime, head={"kind": "linear"}), seed=3, workspace=workspace
    ).checkpoint
    for head in ({"kind": "analytic", "width": 0}, {"kind": "analytic", "width": 30}):
        parent = workspace.checkpoint(first)
        second = learn(experiences[1], parent, settings_for(tiny_encoder, regime=regime, head=head), seed=3, workspace=workspace)
        predictor = load_predictor(workspace.checkpoint(second.checkpoint))
        assert predictor.labels == ("fruit", "tool", "bird", "metal")
        table = experiences[0].table("train")
        found = predictor.predict(table["text"].to_pylist()).top()
        assert np.mean([a == b for a, b in zip(found, table["label"].to_pylist())]) > 0.6
