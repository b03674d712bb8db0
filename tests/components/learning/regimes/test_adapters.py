"""lora, rslora and dora: the weights that they make, what they ask of a parent, and that a checkpoint answers as its learner."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.contracts import Experience
from components.errors import UsageError
from components.learning.learn import learn
from components.learning.method import read_method
from components.learning.shared_bases import SharedBase
from components.settings import LearningSettings
from components.workspace import Workspace

pytestmark = pytest.mark.integration
Make = Callable[..., LearningSettings]
KINDS = ["lora", "rslora", "dora"]
TEXTS = ["i see a plum", "bring me that owl now", "", "words never seen", "what about one saw"]


def line(experiences: list[Experience], settings: LearningSettings, workspace: Workspace) -> list[Path]:
    """Learn the experiences one after another; the checkpoints' folders."""
    folders: list[Path] = []
    for experience in experiences:
        parent = folders[-1] if folders else None
        folders.append(workspace.checkpoint(learn(experience, parent, settings, seed=3, workspace=workspace).checkpoint))
    return folders


@pytest.mark.parametrize("kind", KINDS)
def test_the_weights_are_those_of_the_papers_equation(kind: str, tiny_encoder: Path) -> None:
    import torch
    from transformers import AutoModel

    regime = read_method("regime", {"kind": kind, "rank": 3, "alpha": 5.0, "targets": ("query",)})
    model = regime.prepare(AutoModel.from_pretrained(tiny_encoder).eval(), None)
    layer = model.get_base_model().encoder.layer[0].attention.self.query
    w, a = layer.base_layer.weight.detach(), layer.lora_A["default"].weight.detach()
    x = torch.randn(7, w.shape[1])
    with torch.no_grad():
        torch.testing.assert_close(layer(x), layer.base_layer(x))  # B = 0: nothing has changed yet
        b = layer.lora_B["default"].weight.normal_()
        if kind == "dora":
            size = layer.lora_magnitude_vector["default"].weight
            torch.testing.assert_close(size, w.norm(dim=1))
            size.mul_(1.7)
            moved = w + 5 / 3 * b @ a
            expected = size[:, None] * moved / moved.norm(dim=1, keepdim=True)
        else:
            expected = w + {"lora": 5 / 3, "rslora": 5 / 3**0.5}[kind] * b @ a
        torch.testing.assert_close(layer(x), x @ expected.T + layer.base_layer.bias, rtol=1e-4, atol=1e-4)
    moving = regime.movable(model)
    assert {name for name, p in model.named_parameters() if p.requires_grad} == moving
    assert any("magnitude" in name for name in moving) == (kind == "dora")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("base", ["encoder", "llama"])
def test_the_checkpoint_answers_as_the_learner_did(
    base: str, kind: str, told: list[Any], experiences: list[Experience], workspace: Workspace, tiny_encoder: Path,
    tiny_llama: Path, settings_for: Make,
) -> None:  # fmt: skip
    from components.catalog.models import get_base

    folder = {"encoder": tiny_encoder, "llama": tiny_llama}[base]
    regime = {"kind": kind, "rank": 2, "dropout": 0.1, "adapt": "always"}
    folders = line(experiences, settings_for(folder, regime=regime), workspace)
    shared = SharedBase(get_base(folder))
    for checkpoint, answers in zip(folders, told, strict=True):
        np.testing.assert_allclose(shared.load(checkpoint).predict(TEXTS).probabilities, answers, atol=1e-6)


def test_adapters_of_every_kind_share_one_base_and_leave_it_as_it_was(
    told: list[Any], experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    from components.catalog.models import get_base

    kinds = [*KINDS, "lora_per_task", "head"]
    regimes = [{"kind": kind, "rank": 2} if kind != "head" else {"kind": kind} for kind in kinds]
    folders = [line(experiences[:1], settings_for(tiny_encoder, regime=regime), workspace)[0] for regime in regimes]
    shared = SharedBase(get_base(tiny_encoder))
    for order in (folders, folders[::-1]):
        predictors = [shared.load(folder) for folder in order]
        for turn in (predictors, predictors[::-1]):
            for predictor in turn:
                expected = told[[f.name for f in folders].index(predictor.digest)]
                np.testing.assert_allclose(predictor.predict(TEXTS).probabilities, expected, atol=1e-6)
        for folder in order:
            shared.unload(folder.name)
    assert shared._adapted is None


@pytest.mark.parametrize("old", [*KINDS, "lora_per_task"])
@pytest.mark.parametrize("new", [*KINDS, "lora_per_task"])
def test_a_line_keeps_the_kind_of_its_adapter(
    old: str, new: str, experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    optimizer = {"kind": "adamw", "epochs": 1, "batch": 32}
    [parent] = line(experiences[:1], settings_for(tiny_encoder, regime={"kind": old, "rank": 2}, optimizer=optimizer), workspace)
    settings = settings_for(tiny_encoder, regime={"kind": new, "rank": 2}, optimizer=optimizer)
    if old == new:
        learn(experiences[1], parent, settings, seed=3, workspace=workspace)
        return
    before = sorted(workspace.checkpoints.iterdir())
    with pytest.raises(UsageError, match=r"kind|holds") as caught:
        learn(experiences[1], parent, settings, seed=3, workspace=workspace)
    assert "new workspace" in caught.value.hint
    assert sorted(workspace.checkpoints.iterdir()) == before


def test_a_lora_recipe_is_recorded_as_before_and_its_files_too(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    [checkpoint] = line(experiences[:1], settings_for(tiny_encoder, regime={"kind": "lora", "rank": 2}), workspace)
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    assert manifest["recipe"]["regime"] == {
        "kind": "lora", "adapt": "always", "experiences": 1, "rows": 0, "threshold": 0.1, "rank": 2, "alpha": 16.0,
        "dropout": 0.0, "targets": [], "blocks": 0,
    }  # fmt: skip
    assert {name for name in manifest["files"] if "adapter" in name} == {
        "adapter/adapter_config.json", "adapter/adapter_model.safetensors",
    }  # fmt: skip
