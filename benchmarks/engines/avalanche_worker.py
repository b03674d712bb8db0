"""The engine `avalanche`: Avalanche 0.6.0 on the plan, in its own environment, with its strategies, plugins and loaders.

A batch sampler gives each batch the rows of the plan (for A-GEM and DER++ only the new rows; their memories, of the same size,
are Avalanche's own). A plugin adds to the strategy what the other engines do: gradients clipped to norm 1 and a fresh optimizer
state for each experience. Nothing else is changed; the shims are in stubs.py.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import peft  # noqa: F401  before the stand-ins, see stubs.py
import torch
import transformers  # noqa: F401

from benchmarks.engines import stubs
from benchmarks.engines.network import Network, evaluate, padded
from benchmarks.engines.outcome import Steps, read_job, result, started
from benchmarks.engines.plan import Part, read_part

warnings.simplefilter("ignore")
stubs.install()
from avalanche.benchmarks import benchmark_from_datasets, with_classes_timeline  # noqa: E402
from avalanche.benchmarks.utils.classification_dataset import (  # noqa: E402
    _make_taskaware_tensor_classification_dataset as tensor_dataset,
)
from avalanche.training.plugins import (  # noqa: E402
    AGEMPlugin,
    EvaluationPlugin,
    EWCPlugin,
    LwFPlugin,
    SupervisedPlugin,
    SynapticIntelligencePlugin,
)
from avalanche.training.supervised import DER, Naive  # noqa: E402


class Same(SupervisedPlugin):
    """What makes the engines comparable, and the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = Steps()

    def before_training_exp(self, strategy: Any, **named: Any) -> None:
        strategy.optimizer.state.clear()
        self.steps.begin()
        self.steps.first()

    def before_update(self, strategy: Any, **named: Any) -> None:
        torch.nn.utils.clip_grad_norm_([p for p in strategy.model.parameters() if p.requires_grad], 1.0)

    def after_training_iteration(self, strategy: Any, **named: Any) -> None:
        strategy.loss.item()
        self.steps.end()


class Planned:
    """A strategy whose loader gives the plan's rows: all of them or, with its own memory, the new ones."""

    plan: tuple[Any, list[Any]]

    def make_train_dataloader(self, **named: Any) -> None:
        data, batches = self.plan
        self.dataloader = torch.utils.data.DataLoader(data, batch_sampler=batches, collate_fn=data.collate_fn)


class PlannedNaive(Planned, Naive):
    """Fine-tuning, with plugins."""


class PlannedDer(Planned, DER):
    """DER++."""


def strategy_for(method: str, settings: dict[str, Any], network: Network, parts: list[Part], same: Same) -> Any:
    """The strategy of a method with the settings of `learn`, as far as Avalanche has them."""
    own = settings["regularizers"][0] if settings["regularizers"] else {}
    memory, batch = settings["rehearsal"], settings["optimizer"]["batch"]
    drawn = max(
        own.get("samples", 64) or memory.get("capacity", 0), len(parts)
    )  # 0: the whole memory; at least one row per experience
    plugins: dict[str, Any] = {
        "ewc": lambda: [EWCPlugin(ewc_lambda=own["strength"] / 2)],  # it has no factor 1/2
        "si": lambda: [SynapticIntelligencePlugin(si_lambda=2 * own["strength"])],  # it has a factor 1/2
        "lwf": lambda: [LwFPlugin(alpha=own["strength"] * 4.0, temperature=2)],  # it has no factor T^2
        "agem": lambda: [AGEMPlugin(memory["capacity"] // len(parts), sample_size=drawn)],
    }
    optimizer = torch.optim.AdamW(list(network.moving.values()), lr=settings["optimizer"]["rate"], weight_decay=0.0)
    shared = {
        "model": network, "optimizer": optimizer, "train_mb_size": batch, "train_epochs": 1, "eval_mb_size": 64,
        "plugins": [same, *plugins.get(method, list)()], "evaluator": EvaluationPlugin(),
    }  # fmt: skip
    if method != "derpp":
        return PlannedNaive(**shared)
    rows = 2 * round(memory.get("ratio", 1.0) * batch)  # one draw for both terms
    alpha, beta = memory.get("alpha", 0.3), memory.get("beta", 0.5)
    return PlannedDer(mem_size=memory["capacity"], batch_size_mem=rows, alpha=alpha, beta=beta, **shared)


def datasets(parts: list[Part], pad: int, *, new: bool) -> list[Any]:
    """One Avalanche data set per experience, of its new rows or also of memory rows. Texts are padded to the longest of all."""
    longest = max(len(ids) for part in parts for ids in part.ids)
    tensors = []
    for part in parts:
        count = part.new if new else len(part.ids)
        ids = torch.nn.functional.pad(padded(part.ids[:count], pad), (0, longest), value=pad)[:, :longest].contiguous()
        tensors.append((ids, torch.from_numpy(part.truth[:count].astype(np.int64))))
    made = [tensor_dataset(ids, truth, task_labels=0) for ids, truth in tensors]
    return list(with_classes_timeline(benchmark_from_datasets(train=made)).train_stream)


def run(folder: Path, job: dict[str, Any]) -> dict[str, Any]:
    """Train on the plan and score like the other engines."""
    count, method = len(job["experiences"]), job["method"]
    parts = [read_part(folder, number) for number in range(count)]
    torch.manual_seed(job["seed"])
    begun, began = started(), time.perf_counter()
    network, same = Network(job, len(parts[-1].labels)), Same()
    network.begin_at(parts[0].start)
    strategy = strategy_for(method, job["settings"], network, parts, same)
    experiences, whole = datasets(parts, job["pad"], new=True), datasets(parts, job["pad"], new=False)
    seconds, matrix = time.perf_counter() - began, []
    for number, (part, experience) in enumerate(zip(parts, experiences, strict=True)):
        began = time.perf_counter()
        network.seen = len(parts[-1].labels if method == "derpp" else part.labels)  # its DER has no head that grows
        batches = [rows[rows < part.new] for rows in part.batches] if method == "derpp" else part.batches
        strategy.plan = (whole[number].dataset, [rows.tolist() for rows in batches])
        torch.set_rng_state(torch.from_numpy(part.generator))
        strategy.train(experience)
        seconds += time.perf_counter() - began
        network.seen = len(part.labels)
        matrix.append(evaluate(network, folder, part.labels, number + 1, count))
    return result("avalanche", matrix, same.steps, seconds, begun)


if __name__ == "__main__":
    place, given = read_job(sys.argv[1])
    print(json.dumps(run(place, given)))
