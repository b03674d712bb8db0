"""kill -9 in the middle of training, for every method there is: the same digest as undisturbed, from the last snapshot on.

A new method needs a line in RECIPES: the least that a recipe needs for it beside its kind. Without one
`test_every_method_is_here` fails.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from components.contracts import Experience
from components.learning.choice.resolve import refuse_illegal
from components.learning.method import known_kinds
from components.settings import LearningSettings
from components.workspace import Workspace

pytestmark = pytest.mark.end_to_end
NURSERY = Path(__file__).parent / "kill_nursery.py"

#: What is learned by where a method says nothing else: the adapter always moves, dropout draws from torch's generator
PLAIN: dict[str, Any] = {
    "regime": {"kind": "lora", "rank": 2, "dropout": 0.2},
    "head": {"kind": "linear"},
    "rehearsal": {"kind": "none"},
    "optimizer": {"kind": "adamw", "rate": 0.01, "epochs": 2, "batch": 8},
}
BUFFER = {"kind": "buffer", "capacity": 20}

#: (axis, kind) -> what its recipe needs beside the kind: settings of its own axis without `kind`, other axes whole.
#: `base: llama` learns on the causal model.
RECIPES: dict[tuple[str, str], dict[str, Any]] = {
    ("regime", "full"): {},
    ("regime", "depth"): {},
    ("regime", "head"): {},
    ("regime", "bias"): {},
    ("regime", "lora"): {"regime": {"rank": 2, "dropout": 0.2}},
    ("regime", "rslora"): {"regime": {"rank": 2, "dropout": 0.2}},
    ("regime", "dora"): {"regime": {"rank": 2, "dropout": 0.2}},
    ("regime", "lora_per_task"): {"regime": {"rank": 2, "dropout": 0.2, "merge": "dare_ties", "density": 0.5, "energy": 0.9}},
    ("head", "linear"): {},
    ("head", "analytic"): {"head": {"width": 40}, "rehearsal": BUFFER},
    ("head", "cosine"): {},
    ("head", "prototypes"): {"rehearsal": BUFFER},
    ("head", "lda"): {"rehearsal": BUFFER},
    ("head", "none"): {"base": "llama"},
    ("rehearsal", "none"): {},
    ("rehearsal", "buffer"): {"rehearsal": {"capacity": 20, "policy": "herding", "sampling": "mir"}},
    ("rehearsal", "der"): {"rehearsal": {"capacity": 20, "sampling": "grasp"}},
    ("rehearsal", "derpp"): {"rehearsal": {"capacity": 20, "policy": "priority"}},
    ("rehearsal", "retrieval"): {"rehearsal": {"capacity": 20, "every": 3}},
    ("rehearsal", "generative"): {"regime": {"kind": "head"}},
    ("rehearsal", "latent"): {"regime": {"kind": "lora", "rank": 2, "dropout": 0.2, "blocks": 1}, "rehearsal": {"capacity": 20}},
    ("regularizer", "ewc"): {"regularizers": {"samples": 6}},
    ("regularizer", "online_ewc"): {"regularizers": {"samples": 6}},
    ("regularizer", "si"): {},
    ("regularizer", "mas"): {},
    ("regularizer", "lwf"): {},
    ("regularizer", "gem"): {"rehearsal": BUFFER},
    ("regularizer", "agem"): {"rehearsal": BUFFER},
    ("regularizer", "l2sp"): {},
    ("regularizer", "reptile"): {"rehearsal": BUFFER},
    ("regularizer", "lamaml"): {"rehearsal": BUFFER},
    ("regularizer", "olora"): {"regime": {"kind": "lora_per_task", "rank": 2, "dropout": 0.2, "merge": "sum"}},
    ("routing", "none"): {},
    ("optimizer", "adamw"): {"optimizer": PLAIN["optimizer"]},
    ("optimizer", "sgd"): {"optimizer": {"rate": 0.1, "momentum": 0.9, "epochs": 2, "batch": 8}},
    ("optimizer", "stream"): {"optimizer": {"rate": 0.01, "batch": 5}},
}


def test_every_method_is_here() -> None:
    kinds = {key for key, method in known_kinds().items() if method.__module__.startswith("components.learning.")}
    assert sorted(kinds - set(RECIPES)) == [], "methods without a line in RECIPES"
    assert sorted(set(RECIPES) - kinds) == [], "lines in RECIPES without a method"


class Nursery:
    """The process that forks learners; one job at a time."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(NURSERY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def learn(
        self, workspace: Workspace, settings: LearningSettings, experiences: list[Experience], kills: list[tuple[int, int]]
    ) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        job = {
            "workspace": str(workspace.root), "settings": settings.model_dump(mode="json"), "kills": kills,
            "experiences": [experience.digest for experience in experiences],
        }  # fmt: skip
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return cast(dict[str, Any], json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """One for all tests of this file."""
    found = Nursery()
    yield found
    found.close()


def recipe_of(axis: str, kind: str, encoder: Path, llama: Path) -> LearningSettings:
    """The recipe with this one method in it."""
    own = dict(RECIPES[axis, kind])
    base = llama if own.pop("base", "encoder") == "llama" else encoder
    field = "regularizers" if axis == "regularizer" else axis
    method = {"kind": kind, **own.pop(field, {})}
    axes = {**PLAIN, **own, field: [method] if axis == "regularizer" else method}
    return LearningSettings.model_validate({"base": str(base), "max_tokens": 16, **axes})


@pytest.mark.parametrize(("axis", "kind"), sorted(RECIPES), ids=["-".join(key) for key in sorted(RECIPES)])
def test_killed_it_ends_in_the_same_digest(
    axis: str, kind: str, nursery: Nursery, experiences: list[Experience], workspace: Workspace, tmp_path: Path,
    tiny_encoder: Path, tiny_llama: Path,
) -> None:  # fmt: skip
    settings = recipe_of(axis, kind, tiny_encoder, tiny_llama)
    refuse_illegal(settings)
    undisturbed = nursery.learn(workspace, settings, experiences, [])
    assert undisturbed["error"] == ""
    [steps] = undisturbed["lives"]
    assert {experience for experience, _ in steps} == {0, 1}, "this recipe takes no gradient steps: give it one that does"
    disturbed = Workspace(tmp_path / "disturbed")
    disturbed.root.mkdir()
    disturbed.experiences.symlink_to(workspace.experiences)
    dice = random.Random(time.time_ns())
    kills = [(number, dice.choice([done for e, done in steps if e == number])) for number in (0, 1)]
    found = nursery.learn(disturbed, settings, experiences, kills)
    assert found["error"] == "", f"killed at {kills}"
    assert found["digests"] == undisturbed["digests"], f"killed at {kills}"
    for (number, step), life in zip(kills, found["lives"][1:], strict=True):
        assert all(done > step for e, done in life if e == number), f"killed at {kills}: it went on from a snapshot"
