"""What is held, in which recipes, and how strongly: the pull's scale, and the objections to recipes in which nothing is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.contracts import Experience
from components.errors import UsageError
from components.learning.choice.choose import Facts, choose
from components.learning.learn import learn
from components.learning.method import known_kinds
from components.learning.recipe import read_recipe
from components.learning.regularizers._held import scales, weights
from components.learning.run import Run
from components.learning.tensors import load_tensors
from components.settings import LearningSettings
from components.storage import read_manifest
from components.workspace import Workspace

HOLDING = ("ewc", "online_ewc", "mas", "si")
LINEAR, ANALYTIC = {"kind": "linear"}, {"kind": "analytic"}
BUFFER = {"kind": "buffer", "capacity": 20}


@pytest.mark.unit
@given(st.lists(st.just(0.0) | st.floats(1e-9, 1e6), min_size=1, max_size=8), st.floats(1e-6, 1e6))
def test_the_mean_pull_is_the_setting_in_each_group(own: list[float], factor: float) -> None:
    base, head = torch.tensor(own, dtype=torch.float64), torch.tensor([2.0, 6.0, 0.0])
    importance = {"base.a": base, "base.b": base * factor, "head.w": head}
    found = weights(None, 0.3, importance, peak=0.1)
    assert found["head.w"] == pytest.approx(0.3 / 0.1 / 4)
    assert found["base.a"] == found["base.b"]
    moving = torch.cat([base, base * factor])
    if bool((moving > 0).any()):
        assert float((moving[moving > 0] * found["base.a"]).mean()) == pytest.approx(3, rel=1e-6)


@pytest.mark.unit
def test_importances_of_zero_have_a_scale_and_a_strength_is_what_it_says() -> None:
    assert scales({"base.a": torch.zeros(3)}) == {"base.a": 1.0}
    assert weights(7.0, 0.3, {"base.a": torch.ones(3), "head.w": torch.ones(2)}, 0.1) == {"base.a": 7.0, "head.w": 7.0}


@pytest.mark.unit
def test_a_fresh_adapter_has_no_past(toy: Callable[..., Run]) -> None:
    run = toy({"base.a": torch.ones(2), "head.w": torch.ones(2)}, lambda own, rows: None, 2)
    assert set(run.lasting) == {"base.a", "head.w"}
    assert set(replace(run, renewed=True).lasting) == {"head.w"}


@pytest.mark.unit
@pytest.mark.parametrize(
    "kind", sorted(kind for axis, kind in known_kinds() if axis == "regularizer" and not kind.startswith("test_"))
)
def test_every_regularizer_refuses_a_recipe_that_trains_nothing(kind: str) -> None:
    for regime in ({"kind": "head"}, {"kind": "depth", "depth": 0}):
        settings = {"regime": regime, "head": ANALYTIC, "rehearsal": BUFFER, "regularizers": [{"kind": kind}]}
        with pytest.raises(UsageError, match="regularizer"):
            read_recipe(LearningSettings.model_validate(settings)).check(causal=False)


@pytest.mark.unit
@pytest.mark.parametrize("kind", HOLDING)
def test_what_holds_past_values_refuses_a_recipe_in_which_none_is_trained_twice(kind: str) -> None:
    settings = {"regime": {"kind": "lora_per_task"}, "rehearsal": BUFFER, "regularizers": [{"kind": kind}]}
    recipe = read_recipe(LearningSettings.model_validate({**settings, "head": ANALYTIC}))
    with pytest.raises(UsageError, match="fresh adapter") as caught:
        recipe.check(causal=False)
    assert "olora" in caught.value.hint
    read_recipe(LearningSettings.model_validate({**settings, "head": LINEAR})).check(causal=False)


@pytest.mark.unit
@pytest.mark.parametrize("merge", ["linear", "sum"])
def test_auto_goes_on_with_fresh_adapters_where_no_text_is_kept(merge: str) -> None:
    axes = {"regime": {"kind": "lora_per_task", "merge": merge}, "head": ANALYTIC, "rehearsal": {"kind": "none"}}
    settings = LearningSettings.model_validate({**axes, "recipe": "auto", "texts": "never"})
    parent = {**axes, "regularizers": [], "routing": {"kind": "none"}}
    for facts in (Facts(False, 100), Facts(False, 100, novelty=9.0, parent=parent)):
        read_recipe(choose(facts, settings).settings).check(causal=False)


@pytest.mark.integration
@pytest.mark.parametrize("kind", [*HOLDING, "l2sp"])
@pytest.mark.parametrize("merge", ["linear", "sum"])
def test_a_fresh_adapter_is_not_pulled_to_the_last_one(
    kind: str,
    merge: str,
    experiences: list[Experience],
    workspace: Workspace,
    tiny_encoder: object,
    settings_for: Callable[..., LearningSettings],
) -> None:
    strong: dict[str, Any] = {"kind": kind, "strength": 1e6}
    few = {"samples": 8} if kind in ("ewc", "online_ewc", "mas") else {}
    settings = settings_for(
        tiny_encoder, regime={"kind": "lora_per_task", "rank": 2, "merge": merge}, head=LINEAR, regularizers=[strong | few]
    )
    parent = None
    for experience in experiences:
        parent = workspace.checkpoint(learn(experience, parent, settings, seed=0, workspace=workspace).checkpoint)
    assert parent is not None
    old, new = (load_tensors(parent / "adapters" / f"{i:04d}" / "adapter_model.safetensors") for i in range(2))
    a, b = (torch.cat([tensor.flatten() for name, tensor in own.items() if "lora_A" in name]) for own in (old, new))
    assert abs(float(torch.cosine_similarity(a, b, dim=0))) < 0.5
    moved = max(float(tensor.abs().max()) for name, tensor in new.items() if "lora_B" in name)
    assert moved < 1e-4 if kind == "l2sp" else moved > 1e-4, "l2sp holds it at its own first values, B = 0; the others let it go"
    kept = load_tensors(parent / "regularizer.safetensors")
    assert not [name for name in kept if "base." in name and kind != "l2sp"], "nothing is kept of what never moves again"


@pytest.mark.integration
def test_a_manifest_says_when_gradients_moved_nothing(
    experiences: list[Experience],
    workspace: Workspace,
    tiny_encoder: object,
    settings_for: Callable[..., LearningSettings],
) -> None:
    settings = settings_for(
        tiny_encoder, regime={"kind": "lora", "rank": 2, "adapt": "first"}, regularizers=[{"kind": "ewc", "samples": 4}]
    )
    first = workspace.checkpoint(learn(experiences[0], None, settings, seed=0, workspace=workspace).checkpoint)
    second = workspace.checkpoint(learn(experiences[1], first, settings, seed=0, workspace=workspace).checkpoint)
    assert "regularizers" not in read_manifest(first).get("notes", {})
    assert read_manifest(second)["notes"]["regularizers"]["idle"] == ["ewc"]
    assert load_tensors(second / "regularizer.safetensors").keys() == load_tensors(first / "regularizer.safetensors").keys()
