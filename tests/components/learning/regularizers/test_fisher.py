"""The diagonal Fisher information of a real linear head: its closed form, whatever the batch size it was trained with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from components.contracts import Experience
from components.learning.learn import learn
from components.learning.shared_bases import load_predictor
from components.learning.tensors import load_tensors
from components.settings import LearningSettings
from components.workspace import Workspace

pytestmark = pytest.mark.integration


def test_the_closed_form_at_every_batch_size(
    experiences: list[Experience], workspace: Workspace, tiny_encoder: object, settings_for: Callable[..., LearningSettings]
) -> None:
    """Zero weights, two classes: p = 1/2, so F_cj = p (1 - p) mean (scale z_j / |z|)^2 = 100 mean (z_j / |z|)^2."""
    found = []
    for batch in (1, 8, 32):
        settings = settings_for(
            tiny_encoder,
            regime={"kind": "head"},
            head={"kind": "linear"},
            regularizers=[{"kind": "ewc", "fisher": "exact"}],
            optimizer={"kind": "sgd", "rate": 1e-20, "epochs": 1, "batch": batch},
        )
        folder = workspace.checkpoint(learn(experiences[0], None, settings, seed=0, workspace=workspace).checkpoint)
        found.append(load_tensors(folder / "regularizer.safetensors")["0.fisher.head.weight"])
    z = torch.from_numpy(load_predictor(folder).embed(experiences[0].table("train")["text"].to_pylist()))
    wanted = 100 * (torch.nn.functional.normalize(z) ** 2).mean(0)
    for fisher in found:
        torch.testing.assert_close(fisher, wanted.expand(2, -1), rtol=1e-3, atol=1e-4)
