from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.catalog.models import get_base
from components.contracts import Experience
from components.gateway.loader import CheckpointLoader
from components.gateway.schema import Target, Wanted
from components.gateway.serving import Serving
from components.learning.heads.linear import Linear
from components.learning.learn import learn
from components.learning.networks.backbone import load_backbone
from components.learning.networks.build import build
from components.learning.networks.feature_store import ActivationStore
from components.learning.shared_bases import SharedBase
from components.settings import LearningSettings
from components.workspace import Workspace

pytestmark = pytest.mark.integration

LORA = {"kind": "lora", "rank": 2}
TEXTS = ["i see a plum", "bring me that owl now", "what about one saw"]


@pytest.fixture
def two(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Callable[..., LearningSettings]
) -> list[Path]:
    """Two LoRA checkpoints that answer differently, at the same texts with the same labels."""
    quick = {"regime": {"kind": "lora", "rank": 2}, "optimizer": {"kind": "adamw", "rate": 0.05, "epochs": 2, "batch": 8}}
    settings = settings_for(tiny_encoder, **quick)
    made = [learn(experiences[0], None, settings, seed=seed, workspace=workspace).checkpoint for seed in (3, 4)]
    return [workspace.checkpoint(digest) for digest in made]


def copied(folder: Path, target: Path) -> Path:
    shutil.copytree(folder, target)
    return target


def test_folders_of_one_name_are_not_taken_for_one_another(two: list[Path], tiny_encoder: Path, tmp_path: Path) -> None:
    base = SharedBase(get_base(str(tiny_encoder)))
    alone = [SharedBase(get_base(str(tiny_encoder))).load(folder).predict(TEXTS).probabilities for folder in two]
    assert not np.allclose(*alone)
    loaded = [base.load(copied(folder, tmp_path / str(n) / "latest")) for n, folder in enumerate(two)]
    for predictor, expected, folder in zip(loaded, alone, two, strict=True):
        np.testing.assert_array_equal(predictor.predict(TEXTS).probabilities, expected)
        assert predictor.digest == folder.name


def test_one_checkpoint_at_two_paths_answers_until_both_are_unloaded(two: list[Path], tiny_encoder: Path, tmp_path: Path) -> None:
    base = SharedBase(get_base(str(tiny_encoder)))
    first, other = base.load(two[0]), base.load(two[1])
    again = base.load(copied(two[0], tmp_path / "elsewhere" / two[0].name))
    before = again.predict(TEXTS).probabilities
    base.unload(first.digest)
    np.testing.assert_array_equal(again.predict(TEXTS).probabilities, before)
    base.unload(again.digest)
    base.unload(again.digest)
    base.unload("never loaded")
    assert not np.allclose(other.predict(TEXTS).probabilities, before)
    np.testing.assert_array_equal(base.load(two[0]).predict(TEXTS).probabilities, before)


def test_a_gateway_serves_what_lies_at_a_path_now(two: list[Path], tmp_path: Path) -> None:
    """The path stays, its content changes: it is loaded again, and the old content is unloaded."""
    path = copied(two[0], tmp_path / "latest")

    async def run() -> tuple[np.ndarray, ...]:
        serving = Serving(CheckpointLoader())

        async def answer(at: Path) -> np.ndarray:
            assert await serving.serve(Wanted(champion=Target(version="1", path=str(at)))) == {}
            return (await serving.predict(TEXTS, "n"))[2].probabilities

        answers = [await answer(path)]
        shutil.rmtree(path)
        copied(two[1], path)
        answers += [await answer(path), await answer(two[1]), await answer(two[0])]
        serving.close()
        return tuple(answers)

    a, b, b_elsewhere, a_elsewhere = asyncio.run(run())
    assert not np.allclose(a, b)
    np.testing.assert_array_equal(b, b_elsewhere)
    np.testing.assert_array_equal(a, a_elsewhere)


@pytest.mark.parametrize(
    "regime",
    [LORA, {**LORA, "blocks": 1}, {"kind": "full"}, {"kind": "depth", "depth": 1}, {"kind": "head"}],
    ids=["lora", "upper lora", "full", "depth", "head"],
)
def test_the_base_model_is_asked_without_what_a_checkpoint_learned(
    tiny_encoder: Path,
    experiences: list[Experience],
    workspace: Workspace,
    settings_for: Callable[..., LearningSettings],
    regime: dict[str, Any],
) -> None:
    """Whatever was moved, with others loaded beside it, with a store or without: the features of the model as delivered."""
    settings = settings_for(tiny_encoder, regime=regime)
    folder = workspace.checkpoint(learn(experiences[0], None, settings, seed=0, workspace=workspace).checkpoint)
    other = settings_for(tiny_encoder, regime=LORA)
    beside = workspace.checkpoint(learn(experiences[1], None, other, seed=0, workspace=workspace).checkpoint)
    backbone = load_backbone(get_base(str(tiny_encoder)))
    wanted = build(backbone, backbone.model, Linear(), settings.max_tokens).embed(TEXTS)
    for store in (None, ActivationStore(workspace.features), ActivationStore(workspace.features)):  # none, cold or used, warm
        base = SharedBase(get_base(str(tiny_encoder)), store)
        predictor = base.load(folder)
        answers = predictor.predict(TEXTS).probabilities
        base.load(beside)
        np.testing.assert_allclose(predictor.embed_by_base(TEXTS), wanted, atol=1e-5)
        if regime["kind"] != "head":
            assert not np.allclose(predictor.embed(TEXTS), wanted, atol=1e-4)
        np.testing.assert_array_equal(predictor.predict(TEXTS).probabilities, answers)
