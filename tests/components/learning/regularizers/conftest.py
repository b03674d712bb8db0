"""A network of a few numbers behind the real trainer, so that what a method does can be worked out on paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from components.learning.method import Method, read_method
from components.learning.networks.table import Table
from components.learning.networks.tokens import Tokens
from components.learning.recipe import Recipe
from components.learning.run import Past, Run, Split
from components.learning.trainer import Machinery, Position, train


@dataclass
class Toy:
    """score: from (parameters, rows) to the losses of the rows and their scores."""

    own: dict[str, torch.nn.Parameter]
    rule: Callable[[dict[str, torch.nn.Parameter], torch.Tensor], tuple[torch.Tensor, torch.Tensor | None]]
    labels: tuple[str, ...] = ()
    writes: bool = False
    model: torch.nn.Module = field(default_factory=torch.nn.Module)  # none of its layers is known
    modes: list[bool] = field(default_factory=list)

    def parameters(self) -> dict[str, torch.nn.Parameter]:
        return self.own

    def train(self, mode: bool) -> None:
        self.modes.append(mode)

    def score(self, table: Table, rows: Any) -> tuple[torch.Tensor, torch.Tensor | None]:
        return self.rule(self.own, torch.as_tensor(rows))

    def losses(self, table: Table, rows: Any) -> torch.Tensor:
        return self.score(table, rows)[0]

    def logits(self, table: Table, rows: Any) -> torch.Tensor | None:
        return self.score(table, rows)[1]


@pytest.fixture
def toy() -> Callable[..., Run]:
    """A run over `new` rows of a Toy, and as many memory rows as `memory` names experiences."""

    def make(
        own: dict[str, torch.Tensor],
        rule: Any,
        new: int,
        memory: Sequence[str] = (),
        labels: tuple[str, ...] = (),
        seen: Mapping[str, int] | None = None,
    ) -> Run:
        network: Any = Toy({name: torch.nn.Parameter(t.clone()) for name, t in own.items()}, rule, labels)
        lengths = Tokens(tuple(np.zeros(1, np.int64) for _ in range(new + len(memory))))
        rows: Any = SimpleNamespace(rows=pa.table({"experience": list(memory)}))
        kept = type("Rows", (SimpleNamespace,), {"__len__": lambda self: len(memory)})(**vars(rows)) if memory else None
        past = Past(sorted(set(memory)), seen or {}, kept)
        return Run(network, Table(lengths, ()), new, np.random.default_rng(0), Split(training=np.arange(new)), past)

    return make


@pytest.fixture
def fit() -> Callable[..., None]:
    """Train a run with these regularizers by the real trainer, hooks before and after included."""

    def do(run: Run, *regularizers: Method, rehearsal: Any = None, **optimizer: Any) -> None:
        settings = {"kind": "sgd", "clip": 1e9, "epochs": 1, "batch": run.new, **optimizer}
        recipe = Recipe(
            read_method("regime", {"kind": "full"}), read_method("head", {"kind": "none"}),
            rehearsal or read_method("rehearsal", {"kind": "none"}), regularizers, read_method("routing", {"kind": "none"}),
            read_method("optimizer", settings),
        )  # fmt: skip
        torch_optimizer = recipe.optimizer.build(list(run.network.parameters().values()))
        backward = SimpleNamespace(device=torch.device("cpu"), backward=lambda loss: loss.backward())
        for method in regularizers:
            method.objection(recipe, False)
            method.before_experience(run)
        train(run, recipe, Machinery(torch_optimizer, backward), Position(), {}, lambda *a: None)
        for method in regularizers:
            method.after_experience(run)

    return do
