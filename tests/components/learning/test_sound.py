"""Checkpoints whose digests are right and whose content is not, as somebody would publish them who wants to do harm."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from components.catalog.models import get_base
from components.contracts import Experience
from components.errors import IntegrityError
from components.learning.learn import learn
from components.learning.shared_bases import SharedBase
from components.settings import LearningSettings
from components.storage import publish, read_manifest
from components.workspace import Workspace

pytestmark = pytest.mark.integration
Make = Callable[..., LearningSettings]
Tensors = dict[str, torch.Tensor]
TEXTS = ["i see a plum", "words never seen"]
BIG = 2**31


def republished(folder: Path, damage: Callable[[Path, dict[str, Any]], object]) -> Path:
    """A copy of a checkpoint with some damage, published anew: all its digests are right."""
    scratch, store = folder.parent / "scratch", folder.parent / "others"
    shutil.copytree(folder, scratch)
    manifest = json.loads((scratch / "manifest.json").read_text())
    (scratch / "manifest.json").unlink()
    damage(scratch, manifest)
    store.mkdir(exist_ok=True)
    return store / publish(scratch, store, {key: value for key, value in manifest.items() if key != "files"})


def fields(**new: Any) -> Callable[[Path, dict[str, Any]], object]:
    """Fields of the manifest, by path (`recipe__head__layers`); None: the field is gone."""

    def damage(_: Path, manifest: dict[str, Any]) -> None:
        for path, value in new.items():
            *above, last = path.split("__")
            where = manifest
            for key in above:
                where = where[key]
            if value is None:
                del where[last]
            else:
                where[last] = value

    return damage


def config(**new: Any) -> Callable[[Path, dict[str, Any]], object]:
    """Settings of the adapter."""

    def damage(folder: Path, _: dict[str, Any]) -> None:
        path = folder / "adapter" / "adapter_config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **new}))

    return damage


def tensors(file: str, change: Callable[[Tensors], Mapping[str, torch.Tensor]]) -> Callable[[Path, dict[str, Any]], object]:
    """The tensors of a file, all of them new."""

    def damage(folder: Path, _: dict[str, Any]) -> None:
        save_file({name: tensor.contiguous() for name, tensor in change(load_file(folder / file)).items()}, folder / file)

    return damage


def bytes_of(file: str, content: bytes) -> Callable[[Path, dict[str, Any]], object]:
    return lambda folder, _: (folder / file).write_bytes(content)


def without(file: str) -> Callable[[Path, dict[str, Any]], object]:
    return lambda folder, _: (folder / file).unlink()


ADAPTER, HEAD = "adapter/adapter_model.safetensors", "head.safetensors"
DAMAGE: dict[str, tuple[Callable[[Path, dict[str, Any]], object], str]] = {
    "no base": (fields(base=None), "base: Field required"),
    "base is a list": (fields(base=[1]), "base"),
    "odd digest of the base": (fields(base__digest="x" * 64), "base.digest"),
    "no labels": (fields(labels=None), "labels"),
    "labels are numbers": (fields(labels=[1, 2]), "labels"),
    "a label twice": (fields(labels=["fruit", "fruit"]), "twice"),
    "another label": (fields(labels=["fruit", "tool", "bird"]), "head"),
    "a million labels": (fields(labels=[str(n) for n in range(100_001)]), "labels"),
    "tokens are a text": (fields(max_tokens="16"), "max_tokens"),
    "no tokens": (fields(max_tokens=0), "max_tokens"),
    "no recipe": (fields(recipe=None), "recipe"),
    "no head in the recipe": (fields(recipe__head=None), "recipe.head"),
    "a head that is not known": (fields(recipe__head={"kind": "oracle"}), "no head 'oracle'"),
    "a setting that is not known": (fields(recipe__head__spin=1), "spin"),
    "a wide head": (fields(recipe__head__width=BIG), "20000"),
    "another width": (fields(recipe__head__width=41), "head"),
    "many layers": (fields(recipe__head__layers=BIG), "layers"),
    "another kind of head": (fields(recipe__head={"kind": "linear"}), "head"),
    "no head": (without(HEAD), "head"),
    "no tensors": (bytes_of(HEAD, b""), "no tensors"),
    "half a file": (lambda f, _: (f / HEAD).write_bytes((f / HEAD).read_bytes()[:-9]), "no tensors"),
    "a huge header": (bytes_of(HEAD, BIG.to_bytes(8, "little") + b"{"), "no tensors"),
    "a header without end": (bytes_of(HEAD, (2**20).to_bytes(8, "little") + b"[" * 2**20), "no tensors"),
    "no number in the head": (tensors(HEAD, lambda t: {**t, "weights": t["weights"] * torch.nan}), "not finite"),
    "infinity in the head": (tensors(HEAD, lambda t: {**t, "mean": t["mean"] * torch.inf}), "not finite"),
    "a head without weights": (tensors(HEAD, lambda t: {k: v for k, v in t.items() if k != "weights"}), "weights"),
    "a head of one dimension": (tensors(HEAD, lambda t: {**t, "weights": t["weights"].flatten()}), "head"),
    "a head for other classes": (tensors(HEAD, lambda t: {**t, "weights": t["weights"][:, :1]}), "head"),
    "a head for other features": (tensors(HEAD, lambda t: {**t, "mean": t["mean"][:3], "scale": t["scale"][:3]}), "head"),
    "numbers of another kind": (tensors(HEAD, lambda t: {**t, "weights": t["weights"].to(torch.int64)}), "head"),
    "a pickle beside the adapter": (bytes_of("adapter/adapter_model.bin", b"\x80\x04."), "nothing else"),
    "a pickle for the adapter": (lambda f, _: (f / ADAPTER).rename(f / "adapter" / "adapter_model.bin"), "nothing else"),
    "settings that are no JSON": (bytes_of("adapter/adapter_config.json", b"{"), "JSON"),
    "settings that are a list": (bytes_of("adapter/adapter_config.json", b"[]"), "adapter"),
    "settings nested deep": (bytes_of("adapter/adapter_config.json", b"[" * 100_000), "JSON"),
    "another method of PEFT's": (config(peft_type="IA3"), "peft_type"),
    "a module of somebody's": (config(megatron_core="os", megatron_config={"a": 1}), "megatron"),
    "layers copied": (config(layer_replication=[[0, 2]] * 1000), "layer_replication"),
    "whole modules saved": (config(modules_to_save=["embeddings"]), "modules_to_save"),
    "an expression that takes for ever": (config(target_modules=["(a+)+$"]), "target_modules"),
    "a pattern that takes for ever": (config(layers_pattern="(a+)+", layers_to_transform=[0]), "layers_pattern"),
    "a huge rank": (config(r=BIG), "lora_A"),
    "rank 0": (config(r=0), "r:"),
    "ranks by module": (config(rank_pattern={"query": BIG}), "rank_pattern"),
    "modules without tensors": (config(target_modules=["query", "value", "key"]), "missing"),
    "tensors without a module": (config(target_modules=["query"]), "no parameter"),
    "modules that are not there": (config(target_modules=["absent"]), "no parameter"),
    "a module that LoRA cannot adapt": (config(target_modules=["LayerNorm"]), "adapts no"),
    "alpha without bound": (lambda f, _: _infinite(f), "lora_alpha"),
    "an adapter of another shape": (tensors(ADAPTER, lambda t: {k: v[..., :1] for k, v in t.items()}), "is"),
    "no number in the adapter": (tensors(ADAPTER, lambda t: {k: v * torch.nan for k, v in t.items()}), "not finite"),
    "a huge adapter": (tensors(ADAPTER, lambda t: {k: torch.full_like(v, 1e30) for k, v in t.items()}), "no numbers"),
    "half an adapter": (tensors(ADAPTER, lambda t: dict(list(t.items())[1:])), "missing"),
    "more than an adapter": (tensors(ADAPTER, lambda t: {**t, "x": torch.zeros(1)}), "no parameter"),
}  # fmt: skip


def _infinite(folder: Path) -> None:
    path = folder / "adapter" / "adapter_config.json"
    path.write_text(path.read_text().replace('"lora_alpha": 16.0', '"lora_alpha": Infinity'))


@pytest.fixture
def checkpoint(experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make) -> Path:
    settings = settings_for(tiny_encoder, regime={"kind": "lora", "rank": 2}, regularizers=[{"kind": "online_ewc", "samples": 4}])
    return workspace.checkpoint(learn(experiences[0], None, settings, seed=3, workspace=workspace).checkpoint)


def test_every_damage_is_an_integrity_error_and_the_base_goes_on_answering(checkpoint: Path, tiny_encoder: Path) -> None:
    base = SharedBase(get_base(str(tiny_encoder)))
    good = base.load(checkpoint)
    before = good.predict(TEXTS).probabilities
    wrong = {}
    for name, (damage, said) in DAMAGE.items():
        try:
            base.load(republished(checkpoint, damage))
        except IntegrityError as error:
            if said not in str(error):
                wrong[name] = str(error)
        else:
            wrong[name] = "it was loaded"
        np.testing.assert_array_equal(good.predict(TEXTS).probabilities, before)
    assert wrong == {}


LEARNED: dict[str, tuple[Callable[[Path, dict[str, Any]], object], str]] = {
    "no generators": (without("rng.json"), "rng.json"),
    "generators of another kind": (bytes_of("rng.json", b'{"numpy": {}, "torch": []}'), "generators"),
    "no memory": (without("memory.parquet"), "memory"),
    "a memory that is no parquet": (bytes_of("memory.parquet", b"PAR1PAR1"), "memory"),
    "fewer rows than it says": (fields(memory__rows=1), "rows"),
    "a memory without its policy": (fields(memory__policy=None), "memory"),
    "a state of another shape": (tensors("regularizer.safetensors", lambda t: {k: v.flatten()[:1] for k, v in t.items()}), ""),
    "a state without numbers": (tensors("regularizer.safetensors", lambda t: {k: v * torch.nan for k, v in t.items()}), "finite"),
    "a huge rank": (config(r=BIG), "lora_A"),
}  # fmt: skip


@pytest.mark.parametrize("name", LEARNED)
def test_nothing_is_learned_on_a_damaged_parent(
    name: str, checkpoint: Path, experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    damage, said = LEARNED[name]
    settings = settings_for(tiny_encoder, regime={"kind": "lora", "rank": 2}, regularizers=[{"kind": "online_ewc", "samples": 4}])
    with pytest.raises(IntegrityError) as error:
        learn(experiences[1], republished(checkpoint, damage), settings, seed=3, workspace=workspace)
    assert said in str(error.value)


WEIGHTS = {
    "another name": (lambda t: {f"x.{k}": v for k, v in t.items()}, "no parameter"),
    "another shape": (lambda t: {k: v.flatten()[:1] for k, v in t.items()}, "is"),
    "no number": (lambda t: {k: v * torch.nan for k, v in t.items()}, "not finite"),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_do_not_fit_are_refused(
    name: str, experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    settings = settings_for(tiny_encoder, regime={"kind": "bias"})
    good = workspace.checkpoint(learn(experiences[0], None, settings, seed=3, workspace=workspace).checkpoint)
    change, said = WEIGHTS[name]
    with pytest.raises(IntegrityError) as error:
        SharedBase(get_base(str(tiny_encoder))).load(republished(good, tensors("weights.safetensors", change)))
    assert said in str(error.value)


def test_what_is_published_today_is_sound(checkpoint: Path) -> None:
    assert read_manifest(republished(checkpoint, lambda *_: None)) == read_manifest(checkpoint)
