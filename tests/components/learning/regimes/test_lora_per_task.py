"""lora_per_task along a line of experiences: what is trained on what, what is kept, and that the merge is what answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from components.contracts import Experience
from components.errors import IntegrityError, UsageError
from components.learning import learn as learning
from components.learning.choice import adaptation
from components.learning.choice.resolve import refuse_illegal
from components.learning.learn import learn
from components.learning.regimes import _merging as merging
from components.learning.shared_bases import SharedBase, load_predictor
from components.learning.tensors import load_tensors
from components.settings import LearningSettings
from components.workspace import Workspace

pytestmark = pytest.mark.integration
Make = Callable[..., LearningSettings]
TEXTS = ["i see a plum", "bring me that owl now", "", "words never seen", "what about one saw"]
MERGES = ["sum", "linear", "ties", "dare_linear", "dare_ties"]
FRUIT, TOOL = ["apple", "pear", "plum", "fig", "lime"], ["saw", "axe", "drill", "file", "plane"]
BIRD, METAL = ["crow", "wren", "gull", "robin", "owl"], ["iron", "gold", "tin", "lead", "zinc"]
QUICK = {"kind": "adamw", "rate": 0.01, "epochs": 1, "batch": 8}


@pytest.fixture
def three(workspace: Workspace, make: Callable[..., Experience]) -> list[Experience]:
    """Three experiences of 40, 20 and 30 rows."""
    splits = [{"fruit": FRUIT, "tool": TOOL}, {"bird": BIRD}, {"metal": METAL, "fruit": FRUIT}]
    frames = ["i see a {}", "this is the {}", "what about one {}", "bring me that {} now"]
    return [
        make(workspace, [(f.format(w), label) for f in frames[:much] for label in split for w in split[label]], str(number))
        for number, (split, much) in enumerate(zip(splits, (4, 4, 3), strict=True))
    ]


def line(experiences: list[Experience], settings: LearningSettings, workspace: Workspace) -> list[Path]:
    """Learn the experiences one after another; the checkpoints' folders."""
    folders: list[Path] = []
    for experience in experiences:
        parent = folders[-1] if folders else None
        folders.append(workspace.checkpoint(learn(experience, parent, settings, seed=3, workspace=workspace).checkpoint))
    return folders


def products(adapter: Path) -> dict[str, Any]:
    """s B A of each layer, from an adapter's files."""
    config, tensors = (
        json.loads((adapter / "adapter_config.json").read_text()),
        load_tensors(adapter / "adapter_model.safetensors"),
    )
    scale = config["lora_alpha"] / config["r"]
    names = [name for name in tensors if "lora_A" in name]
    return {name: scale * (tensors[name.replace("lora_A", "lora_B")] @ tensors[name]).double().numpy() for name in names}


@pytest.mark.parametrize(
    ("merge", "weights", "expected"),
    [("linear", "equal", [1 / 3] * 3), ("linear", "rows", [32 / 72, 16 / 72, 24 / 72]), ("sum", "rows", [1, 1, 1])],
)
def test_every_adapter_is_kept_as_it_was_and_the_answer_is_their_merge(
    merge: str, weights: str, expected: list[float], three: list[Experience], workspace: Workspace, tiny_encoder: Path,
    settings_for: Make,
) -> None:  # fmt: skip
    regime = {"kind": "lora_per_task", "rank": 2, "merge": merge, "weights": weights}
    folders = line(three, settings_for(tiny_encoder, regime=regime, optimizer=QUICK | {"validation": 0.0}), workspace)
    for number, folder in enumerate(folders):
        assert sorted(path.name for path in (folder / "adapters").iterdir()) == [f"{i:04d}" for i in range(number + 1)]
        for kept in (folder / "adapters").iterdir():
            first = folders[int(kept.name)] / "adapters" / kept.name
            for file in kept.iterdir():
                assert file.read_bytes() == (first / file.name).read_bytes()
    parts = [products(folders[-1] / "adapters" / f"{i:04d}") for i in range(3)]
    for name, found in products(folders[-1] / "adapter").items():
        np.testing.assert_allclose(found, sum(w * part[name] for w, part in zip(expected, parts)), atol=1e-6)
        assert min(np.abs(part[name]).max() for part in parts) > 1e-3, "each of them has learned"


@pytest.mark.parametrize("merge", MERGES)
@pytest.mark.parametrize("base", ["encoder", "llama"])
def test_the_checkpoint_answers_as_the_learner_did(
    base: str, merge: str, told: list[Any], three: list[Experience], workspace: Workspace, tiny_encoder: Path, tiny_llama: Path,
    settings_for: Make,
) -> None:  # fmt: skip
    from components.catalog.models import get_base

    folder = {"encoder": tiny_encoder, "llama": tiny_llama}[base]
    regime = {"kind": "lora_per_task", "rank": 2, "dropout": 0.1, "merge": merge, "density": 0.6, "energy": 0.95}
    folders = line(three, settings_for(folder, regime=regime, head={"kind": "linear"}, optimizer=QUICK), workspace)
    shared = SharedBase(get_base(folder))
    for checkpoint, answers in zip(folders, told, strict=True):
        np.testing.assert_allclose(shared.load(checkpoint).predict(TEXTS).probabilities, answers, atol=1e-5)


@pytest.mark.parametrize("rehearsal", [{"kind": "latent", "capacity": 20}, {"kind": "buffer", "capacity": 20}])
@pytest.mark.parametrize("merge", ["sum", "linear"])
def test_below_the_adapted_blocks_states_are_made_once(
    merge: str, rehearsal: dict[str, Any], told: list[Any], three: list[Experience], workspace: Workspace, tiny_encoder: Path,
    settings_for: Make,
) -> None:  # fmt: skip
    """Learned on an encoder that is cut below its last block, answered by a whole one."""
    regime = {"kind": "lora_per_task", "rank": 2, "blocks": 1, "merge": merge}
    settings = settings_for(tiny_encoder, regime=regime, rehearsal=rehearsal, optimizer=QUICK)
    for checkpoint, answers in zip(line(three, settings, workspace), told, strict=True):
        assert all(".layer.1." in name for name in load_tensors(checkpoint / "adapter" / "adapter_model.safetensors"))
        np.testing.assert_allclose(load_predictor(checkpoint).predict(TEXTS).probabilities, answers, atol=1e-5)


@pytest.mark.parametrize("merge", ["linear", "sum"])
def test_what_a_new_adapter_is_trained_on(
    merge: str, three: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Alone on the base model, or, for sum, on top of what answered before; and it alone moves."""
    settings = settings_for(
        tiny_encoder, regime={"kind": "lora_per_task", "rank": 2, "merge": merge}, optimizer=QUICK, head={"kind": "linear"}
    )
    first, second = line(three[:2], settings, workspace)
    started: list[tuple[Any, set[str]]] = []
    begin = learning._begin

    def look(*arguments: Any) -> Any:
        run = begin(*arguments)
        started.append((run.network.embed(TEXTS), {name for name in run.parameters if name.startswith("base.")}))
        return run

    monkeypatch.setattr(learning, "_begin", look)
    learn(three[2], second, settings, seed=3, workspace=workspace)
    found, moving = started[0]
    assert moving
    assert all(".default." in name for name in moving)
    if merge == "sum":
        expected = load_predictor(second).embed(TEXTS)
    else:
        bare = learn(three[0], None, settings_for(tiny_encoder, regime={"kind": "head"}), seed=3, workspace=workspace)
        expected = load_predictor(workspace.checkpoint(bare.checkpoint)).embed(TEXTS)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(expected - load_predictor(first).embed(TEXTS)).max() > 1e-3


@pytest.mark.parametrize("adapt", [{"adapt": "first", "experiences": 2}, {"adapt": "drift", "experiences": 2, "threshold": 2.0}])
def test_a_frozen_model_keeps_its_adapters_byte_for_byte(
    adapt: dict[str, Any], told: list[Any], three: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    settings = settings_for(tiny_encoder, regime={"kind": "lora_per_task", "rank": 2, **adapt}, optimizer=QUICK)
    first, second, third = line(three, settings, workspace)
    files = [json.loads((folder / "manifest.json").read_text())["files"] for folder in (first, second, third)]
    adapters = [{name: digest for name, digest in own.items() if name.startswith("adapter")} for own in files]
    assert adapters[0] != adapters[1] == adapters[2]
    assert len(adapters[2]) == 6
    np.testing.assert_allclose(load_predictor(third).predict(TEXTS).probabilities, told[2], atol=1e-5)


def test_drift_is_measured_on_what_answers(
    three: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    regime = {"kind": "lora_per_task", "rank": 2, "adapt": "drift", "threshold": 0.0}
    settings = settings_for(tiny_encoder, regime=regime, optimizer=QUICK)
    [first] = line(three[:1], settings, workspace)
    decide, asked = adaptation.decide, []

    def look(run: Any, *rest: Any) -> Any:
        asked.append(run.network.embed(TEXTS))
        return decide(run, *rest)

    monkeypatch.setattr(adaptation, "decide", look)
    learn(three[1], first, settings, seed=3, workspace=workspace)
    np.testing.assert_allclose(asked, [load_predictor(first).embed(TEXTS)], atol=1e-6)


def test_pruned_adapters_take_less_room(
    three: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    sizes, ranks = [], []
    for energy in (1.0, 0.6):
        regime = {"kind": "lora_per_task", "rank": 8, "energy": energy}
        folders = line(three[:2], settings_for(tiny_encoder, regime=regime, optimizer=QUICK), workspace)
        sizes.append([path.stat().st_size for path in sorted(folders[1].rglob("adapter_model.safetensors"))])
        notes = json.loads((folders[1] / "manifest.json").read_text())["notes"]["adapters"]
        configs = [json.loads(path.read_text()) for path in sorted(folders[1].rglob("adapter_config.json"))]
        assert [configs[0]["r"], configs[2]["r"]] == [notes["merged_rank"], notes["rank"]]
        assert notes["kept"] == 2
        assert notes["energy"] >= energy
        ranks.append((notes["rank"], notes["merged_rank"]))
    assert ranks[0] == (8, 16)
    assert ranks[1][0] < 8
    assert ranks[1][1] < 16
    assert all(pruned < whole for whole, pruned in zip(*sizes, strict=True))


def test_a_merge_that_fails_its_check_publishes_nothing(
    three: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "COMBINATIONS", {"linear": "linear"})  # PEFT's own, which adds up A and B apart
    settings = settings_for(tiny_encoder, regime={"kind": "lora_per_task", "rank": 2}, optimizer=QUICK)
    with pytest.raises(IntegrityError, match="changes the outputs"):
        learn(three[0], None, settings, seed=3, workspace=workspace)
    assert not workspace.checkpoints.is_dir() or not any(workspace.checkpoints.iterdir())


@pytest.mark.parametrize(
    ("change", "message"),
    [({"targets": ["key"]}, "adapts other modules: query, value"), ({"blocks": 1}, "adapts other ones: all")],
)
def test_all_adapters_of_a_line_are_on_the_same_layers(
    change: dict[str, Any], message: str, three: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    regime: dict[str, Any] = {"kind": "lora_per_task", "rank": 2}
    [first] = line(three[:1], settings_for(tiny_encoder, regime=regime, optimizer=QUICK), workspace)
    with pytest.raises(UsageError, match=message):
        learn(three[1], first, settings_for(tiny_encoder, regime=regime | change), seed=3, workspace=workspace)
    wider = settings_for(tiny_encoder, regime=regime | {"rank": 3, "alpha": 5.0}, optimizer=QUICK)
    learn(three[1], first, wider, seed=3, workspace=workspace)  # the rank is each adapter's own


def test_a_line_keeps_to_sums_or_to_means(
    three: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    def settings(merge: str) -> LearningSettings:
        return settings_for(tiny_encoder, regime={"kind": "lora_per_task", "rank": 2, "merge": merge}, optimizer=QUICK)

    [mean], [total] = (line(three[:1], settings(merge), workspace) for merge in ("linear", "sum"))
    for parent, merge in ((mean, "sum"), (total, "ties")):
        with pytest.raises(UsageError, match="were trained for"):
            learn(three[1], parent, settings(merge), seed=3, workspace=workspace)
    learn(three[1], mean, settings("ties"), seed=3, workspace=workspace)


def test_distillation_needs_the_model_before(tiny_encoder: Path, settings_for: Make) -> None:
    axes: dict[str, Any] = {"head": {"kind": "linear"}, "regularizers": [{"kind": "lwf"}]}
    refuse_illegal(settings_for(tiny_encoder, regime={"kind": "lora_per_task", "merge": "sum"}, **axes))
    with pytest.raises(UsageError, match="lwf asks the model as it was") as caught:
        refuse_illegal(settings_for(tiny_encoder, regime={"kind": "lora_per_task"}, **axes))
    assert "merge to sum" in caught.value.hint


def test_other_methods_find_the_trained_adapter_after_the_merge(
    three: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    """Those that look at the parameters at the end of an experience see the ones that moved, and none of the merge."""
    kinds = [{"kind": "si"}, {"kind": "mas", "samples": 4}, {"kind": "ewc", "samples": 4}, {"kind": "l2sp"}]
    settings = settings_for(
        tiny_encoder, regime={"kind": "lora_per_task", "rank": 2}, regularizers=kinds, optimizer=QUICK, head={"kind": "linear"}
    )
    folders = line(three[:2], settings, workspace)
    names = load_tensors(folders[-1] / "regularizer.safetensors")
    assert any("default" in name for name in names)
    assert not any("merged" in name or "experience_" in name for name in names)
    assert all(torch.isfinite(tensor).all() for tensor in names.values())
