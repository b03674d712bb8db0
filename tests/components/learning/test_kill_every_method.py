"""kill -9 in the middle of training, for every method there is: the same digest as undisturbed, from the last snapshot on.

No module of its own stands behind this file: it goes over all of `components/learning`. A new method needs a line in RECIPES:
the least that a recipe needs for it beside its kind. Without one
`test_every_method_is_here` fails.
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from components.contracts import Experience
from components.learning.choice.resolve import refuse_illegal
from components.learning.method import known_kinds
from components.settings import LearningSettings
from components.workspace import Workspace
from tests.killing import Kill, Nursery, beside

pytestmark = pytest.mark.end_to_end

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


def recipe_of(axis: str, kind: str, encoder: Path, llama: Path) -> LearningSettings:
    """The recipe with this one method in it."""
    own = dict(RECIPES[axis, kind])
    base = llama if own.pop("base", "encoder") == "llama" else encoder
    field = "regularizers" if axis == "regularizer" else axis
    method = {"kind": kind, **own.pop(field, {})}
    axes = {**PLAIN, **own, field: [method] if axis == "regularizer" else method}
    return LearningSettings.model_validate({"base": str(base), "max_tokens": 16, **axes})


def survives(
    settings: LearningSettings, nursery: Nursery, experiences: list[Experience], workspace: Workspace, other: Path
) -> None:
    """Killed once at a random step of each experience, it goes on from there and ends in the same digests."""
    refuse_illegal(settings)
    undisturbed = nursery.learn(workspace, settings, experiences)
    [steps] = undisturbed.lives
    assert {experience for experience, _ in steps} == {0, 1}, "this recipe takes no gradient steps: give it one that does"
    dice = random.Random(time.time_ns())
    kills = [Kill(number, dice.choice([done for e, done in steps if e == number])) for number in (0, 1)]
    killed = nursery.learn(beside(workspace, other), settings, experiences, kills)
    assert killed.digests == undisturbed.digests, f"killed at {kills}"
    for kill, life in zip(kills, killed.lives[1:], strict=True):
        assert all(done > kill.step for e, done in life if e == kill.experience), f"killed at {kills}: it went on from a snapshot"


@pytest.mark.parametrize(("axis", "kind"), sorted(RECIPES), ids=["-".join(key) for key in sorted(RECIPES)])
def test_killed_it_ends_in_the_same_digest(
    axis: str, kind: str, nursery: Nursery, experiences: list[Experience], workspace: Workspace, tmp_path: Path,
    tiny_encoder: Path, tiny_llama: Path,
) -> None:  # fmt: skip
    survives(recipe_of(axis, kind, tiny_encoder, tiny_llama), nursery, experiences, workspace, tmp_path / "disturbed")


def test_many_regularizers_at_once_do_too(
    nursery: Nursery, experiences: list[Experience], workspace: Workspace, tmp_path: Path, tiny_encoder: Path
) -> None:
    kinds = ["lamaml", "si", "mas", "lwf", "gem", "agem", "l2sp", "online_ewc", "reptile"]
    optimizer = {"kind": "sgd", "rate": 0.01, "epochs": 2, "batch": 8}
    axes = {**PLAIN, "rehearsal": {"kind": "buffer"}, "regularizers": [{"kind": kind} for kind in kinds], "optimizer": optimizer}
    settings = LearningSettings.model_validate({"base": str(tiny_encoder), "max_tokens": 16, **axes})
    survives(settings, nursery, experiences, workspace, tmp_path / "disturbed")
