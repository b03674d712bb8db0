"""A checkpoint made by an earlier release keeps loading, and keeps answering the same.

To make a new one beside it (never replace: every release's must load): `python tests/components/learning/test_golden.py NAME`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from components.learning.predictor import SharedBase

pytestmark = pytest.mark.integration
GOLDEN = Path(__file__).parent / "golden"
TEXTS = ["i see a plum", "bring me that owl now", "", "words never seen"]


@pytest.mark.parametrize("folder", sorted(GOLDEN.glob("*")), ids=lambda f: f.name)
def test_golden_checkpoints_answer_as_they_did(folder: Path) -> None:
    from components.catalog.models import get_base

    expected = json.loads((folder / "expected.json").read_text())
    [checkpoint] = (folder / "checkpoints").iterdir()
    found = SharedBase(get_base(folder / "base")).load(checkpoint).predict(TEXTS)
    assert list(found.labels) == expected["labels"]
    np.testing.assert_allclose(found.probabilities, expected["probabilities"], atol=1e-4)


def test_golden_checkpoints_can_be_learned_on(tmp_path: Path) -> None:
    from components.learning.checkpoint import read_checkpoint
    from components.memory.store import Memory

    for folder in GOLDEN.iterdir():
        [checkpoint] = (folder / "checkpoints").iterdir()
        manifest = read_checkpoint(checkpoint)
        assert len(Memory.load(checkpoint, manifest["memory"])) == manifest["memory"]["rows"] > 0


def make(name: str) -> None:
    """Write golden/NAME: the tiny encoder, a checkpoint of two experiences on it, and its answers."""
    from components.learning.learn import learn
    from components.learning.predictor import load_predictor
    from components.settings import LearningSettings
    from components.workspace import Workspace

    spec = importlib.util.spec_from_file_location("fixtures", Path(__file__).parent / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    fixtures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fixtures)
    folder = GOLDEN / name
    fixtures.save_encoder(folder / "base", layers=1)
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(folder):
        workspace, parent = Workspace(Path(scratch)), None
        settings = LearningSettings.model_validate(
            {
                "base": "base", "max_tokens": 16, "regime": {"kind": "lora", "rank": 2},
                "regularizers": [{"kind": "ewc", "samples": 4}],
                "head": {"kind": "analytic", "width": 24}, "optimizer": {"kind": "adamw", "epochs": 1, "batch": 8},
            }
        )  # fmt: skip
        for label in ("fruit", "bird"):
            rows = [(text, label) for text in fixtures.sentences(label)] + [(f"a {label}", "other")]
            experience = fixtures.make_experience(workspace, rows, label)
            parent = workspace.checkpoint(learn(experience, parent, settings, seed=0, workspace=workspace).checkpoint)
        assert parent is not None
        shutil.copytree(parent, folder / "checkpoints" / parent.name)
        found = load_predictor(parent).predict(TEXTS)
    expected = {"labels": list(found.labels), "probabilities": found.probabilities.round(6).tolist()}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    make(sys.argv[1])
