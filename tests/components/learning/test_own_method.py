"""A method of a user's own, in one class: registered, named in the recipe, called by the trainer, kept in the checkpoint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import Field, PrivateAttr

from components.contracts import Experience
from components.learning.learn import learn
from components.learning.method import Method, register
from components.learning.run import Batch, Run
from components.settings import LearningSettings
from components.workspace import Workspace

pytestmark = pytest.mark.integration
CALLS: Counter[str] = Counter()


@register("regularizer", "test_l2sp")
class L2SP(Method):
    """strength / 2 * |theta - theta_start|^2 (Li et al., ICML 2018), differentiated."""

    strength: float = Field(1.0, ge=0, description="weight of the penalty")
    _start: dict[str, torch.Tensor] = PrivateAttr(default_factory=dict)
    _met: int = PrivateAttr(0)

    def before_experience(self, run: Run) -> None:
        self._start = {name: p.detach().clone() for name, p in run.parameters.items()}

    def penalty(self, run: Run, batch: Batch) -> torch.Tensor | None:
        CALLS["penalty"] += 1
        return self.strength / 2 * sum(((p - self._start[n]) ** 2).sum() for n, p in run.parameters.items())

    def before_update(self, run: Run, batch: Batch) -> None:
        CALLS["before_update"] += all(p.grad is not None for p in run.parameters.values())

    def after_experience(self, run: Run) -> None:
        self._met += 1

    def state(self) -> dict[str, torch.Tensor]:
        return {"met": torch.tensor([self._met])}

    def load(self, state: Mapping[str, torch.Tensor]) -> None:
        self._met = int(state["met"])


@register("regularizer", "test_shrink")
class Shrink(Method):
    """After every step, pull the parameters that move a little towards zero: the README's example."""

    strength: float = 0.001

    def after_update(self, run, batch):  # type: ignore[no-untyped-def]
        for parameter in run.parameters.values():
            parameter.data.mul_(1 - batch.rate * self.strength)


def test_the_example_of_the_readme_shrinks_what_moves(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Callable[..., LearningSettings]
) -> None:
    from safetensors.torch import load_file

    def norm(strength: float) -> float:
        axes = {"regime": {"kind": "head"}, "head": {"kind": "linear"}}
        settings = settings_for(tiny_encoder, regularizers=[{"kind": "test_shrink", "strength": strength}], **axes)
        made = learn(experiences[0], None, settings, seed=0, workspace=workspace).checkpoint
        return float(load_file(workspace.checkpoint(made) / "head.safetensors")["weight"].norm())

    assert norm(50.0) < norm(5.0) < norm(0.0)


def test_a_method_in_one_class(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Callable[..., LearningSettings]
) -> None:
    from safetensors.torch import load_file

    def moved(strength: float) -> tuple[float, Path]:
        axes = {"regime": {"kind": "head"}, "head": {"kind": "linear"}}
        settings = settings_for(tiny_encoder, regularizers=[{"kind": "test_l2sp", "strength": strength}], **axes)
        first = learn(experiences[0], None, settings, seed=0, workspace=workspace).checkpoint
        second = learn(experiences[1], workspace.checkpoint(first), settings, seed=0, workspace=workspace).checkpoint
        weight = load_file(workspace.checkpoint(first) / "head.safetensors")["weight"]
        return float(weight.norm()), workspace.checkpoint(second)

    free, _ = moved(0.0)
    CALLS.clear()
    held, folder = moved(1000.0)
    assert CALLS["penalty"] == CALLS["before_update"] == 16
    assert held < 0.5 * free
    assert np.asarray(load_file(folder / "regularizer.safetensors")["0.met"]).tolist() == [2]
