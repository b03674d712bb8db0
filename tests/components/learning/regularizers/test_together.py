"""Regularizers in real recipes: interrupted anywhere they end in the same digest, alone and all together; what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.contracts import Experience
from components.errors import UsageError
from components.learning.learn import learn
from components.learning.recipe import read_recipe
from components.learning.tensors import load_tensors
from components.settings import LearningSettings
from components.workspace import Workspace

pytestmark = pytest.mark.integration
Make = Callable[..., LearningSettings]
ALONE = [
    {"kind": "si", "strength": 10.0}, {"kind": "mas", "samples": 4}, {"kind": "lwf"}, {"kind": "gem", "samples": 4},
    {"kind": "agem", "samples": 4}, {"kind": "l2sp", "anchor": "experience"}, {"kind": "reptile", "every": 3},
    {"kind": "lamaml", "inner": 2},
]  # fmt: skip
TOGETHER = [ALONE[7], *ALONE[:6], {"kind": "online_ewc", "samples": 4}, ALONE[6]]
RECIPES = [*([one] for one in ALONE), TOGETHER]


class PowerCutError(Exception):
    """Stands for a power cut."""


def recipe(make: Make, base: Path, regularizers: list[dict[str, Any]], **more: Any) -> LearningSettings:
    axes = {
        "regime": {"kind": "lora", "rank": 2, "dropout": 0.2}, "head": {"kind": "linear"},
        "rehearsal": {"kind": "buffer", "capacity": 20},
        "optimizer": {"kind": "sgd", "rate": 0.01, "epochs": 2, "batch": 8},
    }  # fmt: skip
    return make(base, regularizers=regularizers, **{**axes, **more})


def elsewhere(workspace: Workspace, folder: Path) -> Workspace:
    other = Workspace(folder)
    other.root.mkdir()
    other.experiences.symlink_to(workspace.experiences)
    return other


def line(experiences: list[Experience], settings: LearningSettings, workspace: Workspace, every: int | None = None) -> list[str]:
    """The checkpoints' digests; with `every`, each process dies at its `every`-th step and is begun again."""
    digests: list[str] = []
    for experience in experiences:
        steps = 0

        def tell(done: int, total: int, text: str) -> None:
            nonlocal steps
            steps += 1
            if every and steps % every == 0:
                raise PowerCutError

        for _ in range(40):
            parent = workspace.checkpoint(digests[-1]) if digests else None
            try:
                learned = learn(
                    experience, parent, settings, seed=3, workspace=workspace, progress=tell, snapshot_seconds=0 if every else 1e9
                )
            except PowerCutError:
                continue
            digests.append(learned.checkpoint)
            break
    return digests


@pytest.mark.parametrize("regularizers", RECIPES, ids=[*(one["kind"] for one in ALONE), "together"])
def test_interrupted_it_ends_in_the_same_finite_checkpoint(
    regularizers: list[dict[str, Any]],
    experiences: list[Experience],
    workspace: Workspace,
    tmp_path: Path,
    tiny_encoder: Path,
    settings_for: Make,
) -> None:
    settings = recipe(settings_for, tiny_encoder, regularizers)
    undisturbed = line(experiences, settings, workspace)
    assert line(experiences, settings, elsewhere(workspace, tmp_path / "other"), every=3) == undisturbed
    tensors = [load_tensors(path) for path in workspace.checkpoint(undisturbed[-1]).rglob("*.safetensors")]
    assert all(bool(t.isfinite().all()) for own in tensors for t in own.values() if t.is_floating_point())
    plain = line(experiences, recipe(settings_for, tiny_encoder, []), workspace)
    head = [load_tensors(workspace.checkpoint(d[1]) / "head.safetensors")["weight"] for d in (undisturbed, plain)]
    assert not head[0].equal(head[1]), "it does something"


@pytest.mark.parametrize("kind", ["si", "gem", "agem", "l2sp", "reptile", "lamaml"])
def test_models_that_write_are_regularized_too(
    kind: str, make: Callable[..., Experience], workspace: Workspace, tiny_llama: Path, settings_for: Make
) -> None:
    rows = [(f"this is the {word}", "fruit" if word in ("fig", "lime") else "tool") for word in ("fig", "saw", "lime", "axe")]
    experiences = [make(workspace, rows[:3], "one", completions=True), make(workspace, rows[1:], "two", completions=True)]
    optimizer = {"kind": "sgd", "rate": 0.01, "epochs": 1, "batch": 2}
    settings = recipe(settings_for, tiny_llama, [{"kind": kind}], optimizer=optimizer)
    digests = line(experiences, settings, workspace)
    tensors = load_tensors(workspace.checkpoint(digests[-1]) / "adapter" / "adapter_model.safetensors")
    assert all(bool(t.isfinite().all()) for t in tensors.values())


@pytest.mark.parametrize(
    ("axes", "causal", "reason", "way_out"),
    [
        ({"regularizers": [{"kind": "gem"}], "rehearsal": {"kind": "none"}}, False, "rows of past experiences", "kind: buffer"),
        ({"regularizers": [{"kind": "agem"}], "rehearsal": {"kind": "none"}}, False, "rows of past experiences", "kind: buffer"),
        ({"regularizers": [{"kind": "lwf"}], "head": {"kind": "analytic"}}, False, "temporary", "kind: linear"),
        ({"regularizers": [{"kind": "lwf"}]}, True, "no class scores", "online_ewc"),
        ({"regularizers": [{"kind": "mas"}]}, True, "no class scores", "online_ewc"),
        ({"regularizers": [{"kind": "l2sp"}], "regime": {"kind": "head"}}, False, "no pretrained weight", "depth: 1"),
        ({"regularizers": [{"kind": "ewc"}, {"kind": "lamaml"}]}, False, "would undo what ewc", "lamaml first"),
        ({"regularizers": [{"kind": "lamaml"}], "optimizer": {"kind": "sgd", "weight_decay": 1}}, False, "weight_decay", "to 0"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_what_can(axes: dict[str, Any], causal: bool, reason: str, way_out: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_recipe(LearningSettings.model_validate({"head": {"kind": "linear"}, **axes})).check(causal)
    assert reason in caught.value.message
    assert way_out in caught.value.hint
