"""Powers of the gradients of single rows, many rows in one pass: exactly those of the loop over rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from components.catalog.models import get_base
from components.learning.networks.backbone import load_backbone
from components.learning.networks.build import build
from components.learning.networks.table import Table
from components.learning.networks.tokens import Tokens
from components.learning.recipe import read_recipe
from components.learning.regularizers import _per_row as per_row
from components.learning.regularizers._per_row import one_by_one, sums_over_rows
from components.settings import LearningSettings

WORDS = ["i see a plum", "bring me that owl now", "this is the file", "gold", "what about one axe", "iron tin lead zinc"]


def losses(scores: torch.Tensor) -> Sequence[tuple[torch.Tensor, torch.Tensor]]:
    """Two terms, with weights."""
    answers = scores.log_softmax(-1)
    return [(torch.full((len(scores),), 0.7), -answers[:, 0]), (torch.ones(len(scores)), answers[:, 1])]


def loop(network: Any, table: Table, rows: NDArray[np.int64], own: Any, power: int) -> dict[str, torch.Tensor]:
    """The same, row by row."""
    total = {name: torch.zeros_like(p, requires_grad=False) for name, p in own.items()}
    for row in rows:
        one_by_one(network, table, np.array([row]), own, losses, power, total)
    return total


class Small:
    """Embedding, norm and two linear layers over padded texts; the head's weight is no part of the model."""

    def __init__(self, seed: int) -> None:
        torch.manual_seed(seed)
        layers = [torch.nn.Embedding(9, 4), torch.nn.LayerNorm(4), torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3)]
        self.model, self.head = torch.nn.Sequential(*layers), torch.nn.Parameter(torch.randn(3, 3))

    def parameters(self) -> dict[str, torch.nn.Parameter]:
        return {**{f"base.{name}": p for name, p in self.model.named_parameters()}, "head.weight": self.head}

    def logits(self, table: Table, rows: NDArray[np.int64]) -> torch.Tensor:
        own = [torch.from_numpy(table.tokens.ids[row]) for row in rows]
        ids = torch.nn.utils.rnn.pad_sequence(own, batch_first=True)
        shown = torch.nn.utils.rnn.pad_sequence([torch.ones(len(one)) for one in own], batch_first=True)
        return (self.model(ids) * shown.unsqueeze(-1)).sum(1) @ self.head.T


@pytest.mark.unit
@settings(deadline=None, max_examples=25)
@given(lengths=st.lists(st.integers(1, 6), min_size=4, max_size=9), seed=st.integers(0, 99), power=st.sampled_from([1, 2]))
def test_rows_together_are_rowsone_by_one(lengths: list[int], seed: int, power: int) -> None:
    rng, network = np.random.default_rng(seed), Small(seed)
    table = Table(Tokens(tuple(rng.integers(0, 9, n) for n in lengths)), ("",) * len(lengths))
    rows, own = np.arange(len(lengths)), network.parameters()
    found = sums_over_rows(network, table, rows, own, losses, power)  # type: ignore[arg-type]
    for name, wanted in loop(network, table, rows, own, power).items():
        torch.testing.assert_close(found[name], wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("regime", "together"),
    [
        ({"kind": "lora", "rank": 2}, True),
        ({"kind": "lora", "rank": 2, "blocks": 1}, True),
        ({"kind": "rslora", "rank": 2}, True),
        ({"kind": "depth", "depth": 1}, True),
        ({"kind": "head"}, True),
        ({"kind": "dora", "rank": 2}, False),  # its norm of the whole weight is no layer
    ],
)
@pytest.mark.parametrize("first", ["gold", "i see a plum"])
def test_a_real_encoder(
    regime: dict[str, Any], together: bool, first: str, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """first: with equal lengths in the three rows that are compared, the network tries packing only later."""
    power = 1 if first == "gold" else 2
    axes = {"base": str(tiny_encoder), "regime": regime, "head": {"kind": "linear"}}
    recipe = read_recipe(LearningSettings.model_validate(axes))
    backbone = load_backbone(get_base(str(tiny_encoder)))
    model = recipe.regime.prepare(backbone.model, None)
    network: Any = build(backbone, model, recipe.head, 16, (), ("a", "b", "c"))
    network.cut(recipe.regime.moving(model), None)
    with torch.no_grad():
        for p in network.parameters().values():
            p.add_(torch.randn(p.shape, generator=torch.Generator().manual_seed(0)) * 0.1)
    network.train(False)
    table = Table(network.tokenise([*[first] * 3, *(word for word in WORDS[:3] for _ in range(3))]), ("a",) * 12)
    passes: list[int] = []
    plain: Callable[..., torch.Tensor] = network.logits
    monkeypatch.setattr(network, "logits", lambda table, rows: (passes.append(len(rows)), plain(table, rows))[1])
    own = network.parameters()
    found = sums_over_rows(network, table, np.arange(12), own, losses, power)
    assert (max(passes) == 12) is together
    for name, wanted in loop(network, table, np.arange(12), own, power).items():
        torch.testing.assert_close(found[name], wanted, rtol=1e-3, atol=1e-5 * max(1.0, float(wanted.max())))


@pytest.mark.unit
def test_a_layer_that_runs_twice_is_left_to_the_loop() -> None:
    network = Small(0)
    network.model = torch.nn.Sequential(network.model[0], (twice := torch.nn.Linear(4, 4)), twice, torch.nn.Linear(4, 3))
    table = Table(Tokens(tuple(np.arange(n) for n in (2, 5, 3, 4))), ("",) * 4)
    found = sums_over_rows(network, table, np.arange(4), network.parameters(), losses, 2)  # type: ignore[arg-type]
    for name, wanted in loop(network, table, np.arange(4), network.parameters(), 2).items():
        torch.testing.assert_close(found[name], wanted)
    assert per_row._uses(network.model, network.parameters()) is not None
