"""The network of the loop and of Avalanche: the encoder with a PEFT adapter, mean pooling, a linear head on the unit sphere.

The same maths as `learn` with regime lora and head linear, under the same parameter names, so that initial values can be copied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.engines.plan import accuracy, read_part

SCALE = 20.0


class Head(torch.nn.Module):
    """Has all columns from the beginning, at zero; only the first `seen` are used."""

    def __init__(self, columns: int, width: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(columns, width))
        self.bias = torch.nn.Parameter(torch.zeros(columns))


class Network(torch.nn.Module):
    """(n, longest) token ids, padded at the end -> (n, seen) scores. Columns that hold only padding are cut off first."""

    def __init__(self, job: Mapping[str, Any], columns: int) -> None:
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModel
        from transformers.utils import logging

        super().__init__()
        logging.disable_progress_bar()
        logging.set_verbosity_error()
        own = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
        model = AutoModel.from_pretrained(job["base"], **own, dtype=torch.float32)
        model.pooler = None
        depth, blocks = model.config.num_hidden_layers, job["blocks"]
        last = {"layers_to_transform": list(range(depth - blocks, depth)), "layers_pattern": "layer"} if blocks else {}
        self.base = get_peft_model(model, LoraConfig(r=job["rank"], lora_alpha=16.0, **last))
        self.head = Head(columns, model.config.hidden_size)
        self.pad, self.seen = int(job["pad"]), columns

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        mask = (ids != self.pad).long()
        longest = int(mask.sum(1).max())
        ids, mask = ids[:, :longest], mask[:, :longest]
        states = self.base(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).float()
        pooled = (states * weights).sum(1) / weights.sum(1)
        unit = SCALE * torch.nn.functional.normalize(pooled, dim=-1)
        return unit @ self.head.weight[: self.seen].T + self.head.bias[: self.seen]

    @property
    def moving(self) -> dict[str, torch.nn.Parameter]:
        """The parameters that gradients move, by name."""
        return {name: p for name, p in self.named_parameters() if p.requires_grad}

    def begin_at(self, start: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """Copy the parameters that `learn` began with."""
        own = self.moving
        if set(own) != set(start):
            raise ValueError(f"the adapters differ: {sorted(set(own) ^ set(start))[:4]}")
        with torch.no_grad():
            for name, value in start.items():
                own[name][: len(value)] = torch.from_numpy(value)


def padded(ids: Sequence[np.ndarray[Any, Any]], pad: int) -> torch.Tensor:
    """(n, longest) ids."""
    rows = [torch.from_numpy(row) for row in ids]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad)


def evaluate(network: Network, folder: Path, labels: Sequence[str], learned: int, count: int) -> list[float | None]:
    """Accuracy on the held-out cases of the experiences learned and of the next one; None for later ones."""
    network.eval()
    row: list[float | None] = []
    for j in range(count):
        if j > learned:
            row.append(None)
            continue
        cases = read_part(folder / "heldout", j)
        order = np.argsort([-len(ids) for ids in cases.ids], kind="stable")
        predicted = np.zeros(len(order), np.int64)
        with torch.inference_mode():
            for i in range(0, len(order), 64):
                some = order[i : i + 64]
                predicted[some] = network(padded([cases.ids[n] for n in some], network.pad)).argmax(1).numpy()
        row.append(accuracy(predicted.tolist(), cases.labels, labels))
    return row
