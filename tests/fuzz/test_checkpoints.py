"""Checkpoints damaged at random, with digests that fit the damage or do not: refused, or as good as any; never anything else."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from components.catalog.models import get_base
from components.errors import IntegrityError
from components.learning.learn import learn
from components.learning.shared_bases import SharedBase
from components.settings import LearningSettings
from components.storage import MANIFEST, canonical_json, digest_file, digest_json
from components.workspace import Workspace
from tests.examples import seeded

pytestmark = pytest.mark.integration

LEARNING = Path(__file__).parents[1] / "components" / "learning" / "conftest.py"
TEXTS = ["i see a plum", "words never seen"]
KINDS: dict[str, dict[str, Any]] = {
    "lora": {"regime": {"kind": "lora", "rank": 2}, "head": {"kind": "analytic", "width": 40}},
    "bias": {"regime": {"kind": "bias"}, "head": {"kind": "linear"}},
    "head": {"regime": {"kind": "head"}, "head": {"kind": "lda"}},
}
TYPES = st.sampled_from([torch.int64, torch.float16, torch.bool])
NUMBERS = [0, 1, -1, 2**31, 2**63, 10**30, 0.5, -0.0, True, None]
odd = st.sampled_from([*NUMBERS, "", "x", [], {}, [None], {"kind": "x"}, [[]], "../..", "/etc", "\x00"]) | st.text(max_size=5)


@pytest.fixture(scope="module")
def tiny() -> ModuleType:
    """The tiny base models and experiences of tests/components/learning."""
    spec = importlib.util.spec_from_file_location("tiny_learning", LEARNING)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def base(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> SharedBase:
    folder = tmp_path_factory.mktemp("base")
    return SharedBase(get_base(str(tiny.save_encoder(folder))))


def made(kind: str, tiny: ModuleType, base: SharedBase, root: Path) -> Path:
    rows = [
        (text, label)
        for pair in zip(tiny.sentences("fruit"), tiny.sentences("tool"))
        for text, label in zip(pair, ("fruit", "tool"))
    ]
    workspace = Workspace(root / "workspace")
    experience = tiny.make_experience(workspace, rows, "one")
    quick = {"optimizer": {"kind": "adamw", "rate": 0.01, "epochs": 1, "batch": 8}, "max_tokens": 16, "base": str(base.base.path)}
    done = learn(experience, None, LearningSettings.model_validate({**quick, **KINDS[kind]}), seed=3, workspace=workspace)
    return workspace.checkpoint(done.checkpoint)


def bytes_(data: st.DataObject, file: Path) -> None:
    """Cut, flip, insert, empty."""
    content = bytearray(file.read_bytes())
    where = data.draw(st.integers(0, max(0, len(content) - 1)))
    how = data.draw(st.sampled_from(["cut", "flip", "insert", "tail", "empty", "header"]))
    if how == "cut":
        del content[where:]
    elif how == "flip" and content:
        content[where] ^= 1 << data.draw(st.integers(0, 7))
    elif how == "insert":
        content[where:where] = data.draw(st.binary(min_size=1, max_size=9))
    elif how == "tail":
        content += data.draw(st.binary(min_size=1, max_size=9))
    elif how == "empty":
        content.clear()
    else:
        content[:8] = data.draw(st.sampled_from([0, 1, 2**20, 2**31, 2**63])).to_bytes(8, "little")
    file.write_bytes(bytes(content))


def tensors(data: st.DataObject, file: Path) -> None:
    """Swap, reshape, retype, drop, rename, spoil the numbers."""
    found = load_file(file)
    if not found:
        return
    names = sorted(found)
    name, other = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(names))
    how = data.draw(
        st.sampled_from(["swap", "flat", "one", "wide", "none", "type", "drop", "rename", "nan", "inf", "huge", "zero"])
    )
    tensor = found[name]
    if how == "swap":
        found[name], found[other] = found[other].clone(), found[name].clone()
    elif how == "drop":
        del found[name]
    elif how == "rename":
        found[data.draw(st.text(max_size=9))] = found.pop(name)
    elif how in ("nan", "inf", "huge", "zero"):
        value = {"nan": torch.nan, "inf": torch.inf, "huge": 1e30, "zero": 0}[how]
        found[name] = torch.full_like(tensor, value) if tensor.is_floating_point() else tensor
    else:
        change: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
            "flat": torch.flatten, "one": lambda t: t.flatten()[:1], "wide": lambda t: torch.cat([t, t]) if t.dim() else t,
            "none": lambda t: t.flatten()[:0], "type": lambda t: t.to(data.draw(TYPES)),
        }  # fmt: skip
        found[name] = change[how](tensor)
    save_file({key: value.contiguous().clone() for key, value in found.items()}, file)


def fields(data: st.DataObject, value: Any) -> None:
    """Something odd at a place in nested JSON."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if isinstance(value[key], dict | list) and value[key] and data.draw(st.booleans()):
            value = value[key]
            continue
        if data.draw(st.booleans()):
            value[key] = data.draw(odd)
        else:
            del value[key]
        return


def damage(data: st.DataObject, folder: Path, manifest: dict[str, Any]) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    file = data.draw(st.sampled_from(files))
    how = data.draw(st.sampled_from(["bytes", "content", "content", "manifest", "gone", "more"]))
    if how == "manifest":
        fields(data, manifest)
    elif how == "gone":
        file.unlink()
    elif how == "more":
        (
            file.parent / data.draw(st.sampled_from(["adapter_model.bin", "x.safetensors", "weights.safetensors", "a.pkl"]))
        ).write_bytes(b"\x80\x04.")
    elif how == "content" and file.suffix in (".safetensors", ".json"):
        try:
            content(data, file)
        except (ValueError, SafetensorError):  # it was damaged before
            bytes_(data, file)
    else:
        bytes_(data, file)


def content(data: st.DataObject, file: Path) -> None:
    """What the file says, changed. Raises ValueError or SafetensorError where it says nothing any more."""
    if file.suffix == ".safetensors":
        tensors(data, file)
        return
    value = json.loads(file.read_text())
    if isinstance(value, dict | list):
        fields(data, value)
    file.write_text(json.dumps(value))


def republished(data: st.DataObject, good: Path, store: Path) -> Path:
    """A damaged copy; its digests fit (as whoever publishes it can make them), or the manifest is as it was."""
    scratch = store / "scratch"
    shutil.copytree(good, scratch)
    manifest = json.loads((scratch / MANIFEST).read_text())
    honest = data.draw(st.integers(0, 5)) == 0
    if not honest:
        (scratch / MANIFEST).unlink()
    for _ in range(data.draw(st.integers(1, 2))):
        damage(data, scratch, manifest)
    if honest:
        scratch.rename(store / good.name)
        return store / good.name
    if isinstance(manifest.get("files"), dict):  # as `storage.publish` does, without waiting for the disk
        files = [path for path in sorted(scratch.rglob("*")) if path.is_file()]
        manifest["files"] = {str(path.relative_to(scratch)): digest_file(path) for path in files}
    (scratch / MANIFEST).write_text(canonical_json(manifest))
    return scratch.rename(store / digest_json(manifest))


@pytest.mark.parametrize("kind", KINDS)
def test_damaged(
    kind: str, tiny: ModuleType, base: SharedBase, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    good = made(kind, tiny, base, tmp_path)
    own = base.load(good)
    before = own.predict(TEXTS).probabilities
    counts = {"refused": 0, "loaded": 0}

    @seeded(200)
    @given(st.data())
    def one(data: st.DataObject) -> None:
        store = tmp_path / "store"
        shutil.rmtree(store, ignore_errors=True)
        store.mkdir()
        folder = republished(data, good, store)
        try:
            predictor = base.load(folder)
        except IntegrityError:
            counts["refused"] += 1
        else:
            counts["loaded"] += 1
            answer = predictor.predict(TEXTS)
            assert answer.labels == tuple(json.loads((folder / MANIFEST).read_text())["labels"])
            assert answer.probabilities.shape == (len(TEXTS), len(answer.labels))
            assert np.isfinite(answer.probabilities).all()
            base.unload(predictor.digest)
        np.testing.assert_array_equal(own.predict(TEXTS).probabilities, before)

    one()
    # which are drawn changes with what the strategies draw from, so this asks for enough of both kinds, not for a majority
    assert counts["refused"] >= 50, f"too tame: {counts}"
    assert counts["loaded"] >= 10, f"too odd: {counts}"
    record_property("inputs", sum(counts.values()))
