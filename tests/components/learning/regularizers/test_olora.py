"""O-LoRA: its value on matrices worked out by hand, where gradient descent on it ends, and a line of experiences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from components.contracts import Experience
from components.errors import UsageError
from components.learning.choice.resolve import refuse_illegal
from components.learning.learn import learn
from components.learning.method import read_method
from components.learning.run import Batch, Run
from components.learning.tensors import load_tensors
from components.settings import LearningSettings
from components.workspace import Workspace

pytestmark = pytest.mark.integration
STEP = Batch(rows=np.arange(0), losses=torch.zeros(0))
Make = Callable[..., LearningSettings]
NEW = torch.tensor([[1.0, -1.0, 5.0], [0.0, 3.0, 0.0]])
OLD = {"experience_0000": torch.tensor([[1.0, 0.0, 0.0]]), "experience_0001": torch.tensor([[0.0, 2.0, 0.0], [0.0, 0.0, 0.0]])}


class Layer(torch.nn.Module):
    """Named like a layer with adapters in PEFT."""

    def __init__(self, factors: dict[str, torch.nn.Parameter]) -> None:
        super().__init__()
        self.lora_A = torch.nn.ModuleDict()
        for name, factor in factors.items():
            self.lora_A[name] = torch.nn.Linear(1, 1, bias=False)
            self.lora_A[name].weight = factor


def run_of(toy: Callable[..., Run], new: torch.Tensor, layers: dict[str, dict[str, torch.Tensor]]) -> Run:
    """A run whose loss is 0 everywhere and whose model has these layers, each with a new adapter and old ones."""
    own = {f"base.{layer}.lora_A.default.weight": new for layer in layers}
    run = toy(own, lambda p, rows: (sum(t.sum() for t in p.values()) * torch.zeros(len(rows)), None), 4)
    run.network.model = torch.nn.ModuleDict()
    for layer, old in layers.items():
        factors = {name: torch.nn.Parameter(tensor, requires_grad=False) for name, tensor in old.items()}
        factors["default"] = run.network.own[f"base.{layer}.lora_A.default.weight"]
        factors["merged"] = torch.nn.Parameter(torch.full((1, 3), 100.0), requires_grad=False)  # takes no part
        run.network.model[layer] = Layer(factors)
    return run


@pytest.mark.parametrize(("norm", "expected"), [("squared", 1 + 4 + 36), ("absolute", 1 + 2 + 6)])
def test_the_value_is_that_of_the_formula(norm: str, expected: float, toy: Callable[..., Run]) -> None:
    method = read_method("regularizer", {"kind": "olora", "strength": 0.5, "norm": norm})
    run = run_of(toy, NEW, {"query": OLD})
    method.before_experience(run)
    assert method.penalty(run, STEP).item() == 0.5 * expected
    run = run_of(toy, NEW, {"query": OLD, "value": {"experience_0000": OLD["experience_0000"]}, "key": {}})
    method.before_experience(run)
    assert method.penalty(run, STEP).item() == 0.5 * (expected + 1), "layers add up; one without earlier adapters adds nothing"


def test_the_gradient_is_that_of_the_formula(toy: Callable[..., Run]) -> None:
    method = read_method("regularizer", {"kind": "olora", "strength": 0.5})
    run = run_of(toy, NEW, {"query": OLD})
    method.before_experience(run)
    method.penalty(run, STEP).backward()
    past = torch.cat(list(OLD.values()))
    torch.testing.assert_close(run.parameters["base.query.lora_A.default.weight"].grad, NEW @ past.T @ past)
    assert all(p.grad is None for name, p in run.network.model.named_parameters() if "default" not in name)


def test_alone_it_ends_in_the_projection_onto_what_is_free(toy: Callable[..., Run], fit: Callable[..., None]) -> None:
    """Gradient descent takes out all overlap, and leaves alone what does not overlap."""
    torch.manual_seed(0)
    new, old = torch.randn(3, 8), {"experience_0000": torch.randn(2, 8), "experience_0001": torch.randn(2, 8)}
    run = run_of(toy, new, {"query": old})
    fit(run, read_method("regularizer", {"kind": "olora"}), rate=0.05, epochs=800)
    found = run.parameters["base.query.lora_A.default.weight"].detach()
    past = torch.cat(list(old.values()))
    assert float((past @ found.T).abs().max()) < 1e-4 < float((past @ new.T).abs().max())
    torch.testing.assert_close(found, new - new @ torch.linalg.pinv(past) @ past, atol=1e-4, rtol=0)


def test_the_first_experience_has_nothing_to_be_orthogonal_to(toy: Callable[..., Run]) -> None:
    method = read_method("regularizer", {"kind": "olora"})
    run = run_of(toy, NEW, {"query": {}})
    method.before_experience(run)
    assert method.penalty(run, STEP) is None


@pytest.mark.parametrize("merge", ["sum", "linear"])
def test_along_a_line_the_second_adapter_reads_other_inputs(
    merge: str, experiences: list[Experience], workspace: Workspace, tiny_encoder: Path, settings_for: Make
) -> None:
    overlaps = []
    for strength in (0.0, 5.0):
        settings = settings_for(
            tiny_encoder, regime={"kind": "lora_per_task", "rank": 2, "merge": merge}, head={"kind": "linear"},
            regularizers=[{"kind": "olora", "strength": strength}],
            optimizer={"kind": "adamw", "rate": 0.01, "epochs": 15, "batch": 8, "validation": 0.0},
        )  # fmt: skip
        parent = None
        for experience in experiences:
            parent = workspace.checkpoint(learn(experience, parent, settings, seed=3, workspace=workspace).checkpoint)
        assert parent is not None
        first, second = (load_tensors(parent / "adapters" / name / "adapter_model.safetensors") for name in ("0000", "0001"))
        names = [name for name in first if "lora_A" in name]
        normal = torch.nn.functional.normalize
        overlaps.append(max(float((normal(first[name]) @ normal(second[name]).T).abs().max()) for name in names))
        assert any(float(second[name.replace("lora_A", "lora_B")].abs().max()) > 0.01 for name in names), "it has learned"
    assert overlaps[1] < 0.1 < overlaps[0], "largest cosine between a row of one A and a row of the other"


@pytest.mark.parametrize(
    ("regime", "message", "hint"),
    [
        ({"kind": "lora"}, "keeps no adapter of each experience", "merge: sum"),
        ({"kind": "full"}, "keeps no adapter of each experience", "merge: sum"),
        ({"kind": "lora_per_task", "adapt": "first"}, "only the first experience", "always"),
    ],
)
def test_it_is_refused_where_it_cannot_act(
    regime: dict[str, Any], message: str, hint: str, tiny_encoder: Path, settings_for: Make
) -> None:
    axes: dict[str, Any] = {"head": {"kind": "linear"}, "regularizers": [{"kind": "olora"}]}
    with pytest.raises(UsageError, match=message) as caught:
        refuse_illegal(settings_for(tiny_encoder, regime=regime, **axes))
    assert hint in caught.value.hint
    refuse_illegal(settings_for(tiny_encoder, regime={"kind": "lora_per_task", "merge": "sum"}, **axes))
