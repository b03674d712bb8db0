"""A step on a batch of long texts, in parts: the same update as on the whole batch, whatever the methods need of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import accelerate
import numpy as np
import pytest
import torch

from components.learning import trainer
from components.learning.networks import parts
from components.learning.networks.table import Table
from components.learning.recipe import read_recipe
from components.learning.run import Draw, Run, Split
from components.settings import LearningSettings
from tests.components.learning.networks.test_frozen_prefix import TEXTS, classifier

pytestmark = pytest.mark.integration
ROWS = np.arange(len(TEXTS))


def stepped(base: Path, head: dict[str, Any], draw: Draw) -> tuple[float, dict[str, torch.Tensor], trainer.Batch]:
    """One step of plain descent without dropout: (loss, parameters after it, the batch that methods saw)."""
    network, _ = classifier(base, {"kind": "lora", "rank": 2, "dropout": 0.0})
    settings = {"base": str(base), "optimizer": {"kind": "sgd", "rate": 0.5}, "head": head, "rehearsal": {"kind": "none"}}
    recipe = read_recipe(LearningSettings.model_validate(settings))
    recipe.head.grow(["a", "b"], network.backbone.width)
    network.head = recipe.head
    targets = tuple("aab"[i % 3] for i in range(len(TEXTS)))
    table = Table(network.tokenise(TEXTS), targets)
    run = Run(network, table, len(TEXTS), np.random.default_rng(0), Split(training=ROWS), moved=True)
    seen: list[trainer.Batch] = []
    object.__setattr__(recipe.optimizer, "after_update", lambda run, batch: seen.append(batch))
    for method in recipe.hooks:
        method.before_experience(run)
    network.train(False)
    parameters = network.parameters()
    machinery = trainer.Machinery(recipe.optimizer.build(list(parameters.values())), accelerate.Accelerator(cpu=True))
    loss, count = trainer._step(run, recipe, machinery, parameters.values(), draw, 0)
    assert count == len(draw.rows)
    return loss, {name: p.detach().clone() for name, p in parameters.items()}, seen[0]


@pytest.mark.parametrize("weights", [None, torch.linspace(0.1, 0.4, len(TEXTS))], ids=["mean", "weighted"])
@pytest.mark.parametrize("weighting", ["none", "inverse_sqrt"], ids=["adds up", "penalty reads all rows"])
def test_a_batch_in_parts_gives_the_same_update(
    weighting: str, weights: torch.Tensor | None, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, draw = {"kind": "linear", "weighting": weighting}, Draw(ROWS[::-1].copy(), rate=0.5, weights=weights)
    whole, wanted, batch = stepped(tiny_encoder, head, draw)
    monkeypatch.setattr(parts, "ROOM", {"cpu": 60_000})
    loss, moved, again = stepped(tiny_encoder, head, draw)
    assert loss == pytest.approx(whole, rel=1e-5)
    torch.testing.assert_close(again.losses.detach(), batch.losses.detach(), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(again.scores, batch.scores, rtol=1e-5, atol=1e-5)
    assert (again.losses.grad_fn is None) == (weighting == "none"), "penalties can differentiate the losses; else parts are freed"
    for name, parameter in wanted.items():
        torch.testing.assert_close(moved[name], parameter, rtol=1e-4, atol=1e-6, msg=name)
