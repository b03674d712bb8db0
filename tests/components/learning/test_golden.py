"""A checkpoint made by an earlier release keeps loading, answers the same, and can be gone on from.

To make new ones (never replace: every release's must load): `python tests/components/learning/test_golden.py RELEASE`. They go
into golden/RELEASE-NAME, one for each of RECIPES.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.catalog.models import get_base
from components.contracts import Experience
from components.learning.shared_bases import SharedBase
from components.settings import LearningSettings
from components.workspace import Workspace

pytestmark = pytest.mark.integration
GOLDEN = Path(__file__).parent / "golden"
RECIPES = {
    "ewc": {
        "regime": {"kind": "lora", "rank": 2}, "regularizers": [{"kind": "ewc", "samples": 4}],
        "head": {"kind": "analytic", "width": 24},
    },
    "blocks": {
        "regime": {"kind": "lora", "rank": 2, "blocks": 1}, "regularizers": [{"kind": "online_ewc", "samples": 4}],
        "head": {"kind": "analytic", "width": 0, "layers": 2},
        "rehearsal": {"kind": "buffer", "policy": "class_balanced", "capacity": 20},
    },
    "der": {"regime": {"kind": "lora", "rank": 2}, "head": {"kind": "linear"}, "rehearsal": {"kind": "derpp", "capacity": 20}},
    "auto": {
        "recipe": "auto", "novelty": 0, "regime": {"kind": "lora", "rank": 2}, "rehearsal": {"kind": "buffer", "capacity": 20},
        "head": {"kind": "analytic", "width": 0, "layers": "auto"},
    },
}  # fmt: skip
TEXTS = ["i see a plum", "bring me that owl now", "", "words never seen"]


@pytest.mark.parametrize("folder", sorted(GOLDEN.glob("*")), ids=lambda f: f.name)
def test_golden_checkpoints_answer_as_they_did(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    [checkpoint] = (folder / "checkpoints").iterdir()
    predictor = SharedBase(get_base(folder / "base")).load(checkpoint)
    found, read = predictor.predict(TEXTS), [i for i, text in enumerate(TEXTS) if text]
    assert list(found.labels) == expected["labels"]
    np.testing.assert_allclose(found.probabilities[read], np.array(expected["probabilities"])[read], atol=1e-4)
    unknown = predictor.predict(["unheard"]).probabilities  # 0.1.0 read an empty text as no token, whole and cut unlike
    np.testing.assert_allclose(found.probabilities[TEXTS.index("")], unknown[0], atol=1e-5)


@pytest.mark.parametrize("folder", sorted(GOLDEN.glob("*")), ids=lambda f: f.name)
def test_golden_checkpoints_can_be_gone_on_from(folder: Path, tmp_path: Path, make: Callable[..., Experience]) -> None:
    """With the recipe of their manifest, or chosen anew; everything that they keep is read, and what is learned is added."""
    from components.learning.checkpoint import read_checkpoint
    from components.learning.learn import learn
    from components.learning.tensors import load_tensors
    from components.memory.store import Memory

    [checkpoint] = (folder / "checkpoints").iterdir()
    manifest = read_checkpoint(checkpoint)
    assert len(Memory.load(checkpoint, manifest["memory"])) == manifest["memory"]["rows"] > 0
    workspace = Workspace(tmp_path / "workspace")
    experience = make(workspace, [(text, label) for label in ("metal", "fruit") for text in sentences(label)], "more")
    axes = {**manifest["recipe"], "base": "base", "max_tokens": manifest["max_tokens"]}
    for how in ("given", "auto"):
        with contextlib.chdir(folder):
            settings = LearningSettings.model_validate({**axes, "recipe": how, "novelty": 0})
            made = workspace.checkpoint(learn(experience, checkpoint, settings, seed=0, workspace=workspace).checkpoint)
            found = SharedBase(get_base(folder / "base")).load(made).predict(TEXTS)
        grown = read_checkpoint(made)
        assert grown["labels"] == [*manifest["labels"], "metal"]
        np.testing.assert_allclose(found.probabilities.sum(1), 1, rtol=1e-5)
        before, after = (load_tensors(path / "regularizer.safetensors") for path in (checkpoint, made))
        if how == "given":
            assert set(before) <= set(after), "what regularizers knew goes on"
        if "seen" in manifest["memory"]:
            assert all(grown["memory"]["seen"][label] >= n for label, n in manifest["memory"]["seen"].items())
        if (checkpoint / "signatures.safetensors").exists():
            old, new = (load_tensors(path / "signatures.safetensors") for path in (checkpoint, made))
            assert (set(old) <= set(new)) is (how == "auto")


def fixtures() -> Any:
    """The functions of conftest.py, also where this file is run as a script."""
    spec = importlib.util.spec_from_file_location("fixtures", Path(__file__).parent / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sentences(label: str) -> list[str]:
    """20 texts of a class."""
    found: list[str] = fixtures().sentences(label)
    return found


def write_golden(folder: Path, axes: dict[str, Any]) -> None:
    """Write the folder: a tiny encoder, a checkpoint of two experiences on it, and its answers."""
    from components.learning.learn import learn
    from components.learning.shared_bases import load_predictor

    own = fixtures()
    own.save_encoder(folder / "base", layers=2)
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(folder):
        workspace, parent = Workspace(Path(scratch)), None
        optimizer = {"kind": "adamw", "epochs": 1, "batch": 8}
        settings = LearningSettings.model_validate({"base": "base", "max_tokens": 16, "optimizer": optimizer, **axes})
        for label in ("fruit", "bird"):
            rows = [(text, label) for text in own.sentences(label)] + [(f"a {label}", "other"), (f"one {label}", "other")]
            experience = own.make_experience(workspace, rows, label)
            parent = workspace.checkpoint(learn(experience, parent, settings, seed=0, workspace=workspace).checkpoint)
        assert parent is not None
        shutil.copytree(parent, folder / "checkpoints" / parent.name)
        found = load_predictor(parent).predict(TEXTS)
    expected = {"labels": list(found.labels), "probabilities": found.probabilities.round(6).tolist()}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    for kind, recipe in RECIPES.items():
        if not (GOLDEN / f"{sys.argv[1]}-{kind}").exists():
            write_golden(GOLDEN / f"{sys.argv[1]}-{kind}", recipe)
