"""Training throughput of `learn` on minilm + LoRA + buffer, against a plain PyTorch loop that does the same maths.

Both train on the second experience of a stream with a memory filled by the first. The batches that `learn` composes (new
rows and memory rows) are noted in the first round; the plain loop trains on the very same rows in the same order, with the same
padding, adapter, head and optimizer, written as one would write it by hand. Examples a second between the first step and the
last, in turns A B A B; nothing is stored and no validation is done on either side.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.common import finish, interleaved, parser, spread, table
from benchmarks.streams import prepare
from components.catalog.models import get_base
from components.contracts import Experience
from components.learning.learn import learn
from components.learning.methods import register
from components.learning.rehearsal.buffer import Buffer
from components.learning.run import Run
from components.settings import LearningSettings
from components.workspace import Workspace

OPTIMIZER = {"kind": "adamw", "rate": 1e-3, "batch": 32, "validation": 0.0}
NOTED: dict[str, Any] = {"batches": []}


@register("rehearsal", "noted_buffer")
class NotedBuffer(Buffer):
    """The buffer, writing down what it composes."""

    def before_experience(self, run: Run) -> None:
        NOTED.update(ids=run.tokens.ids, targets=run.targets, labels=run.network.labels, batches=[])

    def compose_batch(self, run: Run, rows: Any) -> Any:
        composed = super().compose_batch(run, rows)
        NOTED["batches"].append(composed)
        return composed


class Clock:
    """A progress display that notes when each step ended."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def __call__(self, done: int, total: int, line: str) -> None:
        self.times.append(time.perf_counter())

    @property
    def speed(self) -> float:
        """Examples a second of all steps but the first."""
        return float(sum(len(batch) for batch in NOTED["batches"][1:]) / (self.times[-1] - self.times[0]))


def ours(experience: Experience, parent: Path, settings: LearningSettings, workspace: Workspace) -> float:
    """Examples a second of `learn`."""
    clock = Clock()
    learn(experience, parent, settings, seed=0, workspace=workspace, progress=clock, snapshot_seconds=1e9)
    return clock.speed


def plain(rank: int) -> float:
    """Examples a second of the loop by hand."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModel, logging

    logging.set_verbosity_error()
    torch.manual_seed(0)
    model = AutoModel.from_pretrained(get_base("minilm").path, dtype=torch.float32, add_pooling_layer=False)
    model = get_peft_model(model, LoraConfig(r=rank, lora_alpha=16, target_modules=["query", "value"]))
    head = torch.nn.Linear(model.config.hidden_size, len(NOTED["labels"]))
    optimizer = torch.optim.AdamW(
        [*(p for p in model.parameters() if p.requires_grad), *head.parameters()], lr=1e-3, weight_decay=0.0
    )
    column = {label: i for i, label in enumerate(NOTED["labels"])}
    ids = [torch.from_numpy(row) for row in NOTED["ids"]]
    truth = torch.tensor([column[target] for target in NOTED["targets"]])
    clock = Clock()
    model.train()
    for rows in NOTED["batches"]:
        inputs = torch.nn.utils.rnn.pad_sequence([ids[row] for row in rows], batch_first=True)
        mask = torch.nn.utils.rnn.pad_sequence([torch.ones(len(ids[row]), dtype=torch.long) for row in rows], batch_first=True)
        states = model(input_ids=inputs, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).float()
        pooled = (states * weights).sum(1) / weights.sum(1)
        scores = head(20 * torch.nn.functional.normalize(pooled, dim=-1))
        loss = torch.nn.functional.cross_entropy(scores, truth[torch.from_numpy(np.asarray(rows))])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in [*model.parameters(), *head.parameters()] if p.requires_grad], 1.0)
        optimizer.step()
        clock(0, 0, f"loss {loss.item():.3f}")
    return clock.speed


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure both in turns."""
    options = parser("learning", __doc__ or "")
    options.add_argument("--stream", default="trec")
    options.add_argument("--rows", type=int, help="at most so many rows an experience")
    options.add_argument("--epochs", type=int, default=2)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--rank", type=int, default=8)
    given = options.parse_args(argv)
    settings = LearningSettings(
        regime={"kind": "lora", "rank": given.rank},
        head={"kind": "linear"},
        rehearsal={"kind": "noted_buffer", "policy": "class_balanced", "capacity": 600, "ratio": 1.0},
        optimizer={**OPTIMIZER, "epochs": given.epochs},
    )
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Workspace(Path(scratch))
        first, second, *_ = prepare(given.stream, workspace, rows=given.rows)
        short = settings.model_copy(update={"optimizer": {**OPTIMIZER, "epochs": 1}})
        parent = workspace.checkpoint(learn(first, None, short, seed=0, workspace=workspace).checkpoint)
        interleaved(
            1, lambda: ours(second, parent, settings, workspace), lambda: plain(given.rank)
        )  # warm, and notes the batches
        mine, theirs = interleaved(given.repeats, lambda: ours(second, parent, settings, workspace), lambda: plain(given.rank))
    ratios = [a / b for a, b in zip(mine, theirs)]
    result = {
        "target_ratio": 0.95, "ratio": spread(ratios), "learn_examples_per_second": spread(mine),
        "plain_examples_per_second": spread(theirs), "stream": given.stream, "steps": len(NOTED["batches"]),
        "examples": sum(len(batch) for batch in NOTED["batches"]),
        "tokens_mean": float(np.mean([len(row) for row in NOTED["ids"]])),
    }  # fmt: skip
    rows = [
        [name, *(f"{result[key][at]:.{digits}f}" for at in ("median", "low", "high"))]
        for name, key, digits in (
            ("learn, examples/s", "learn_examples_per_second", 1),
            ("plain loop, examples/s", "plain_examples_per_second", 1),
            ("ratio", "ratio", 3),
        )
    ]
    return finish("learning", result, table(["minilm + lora + buffer", "median", "least", "most"], rows), given)


if __name__ == "__main__":
    main(sys.argv[1:])
