"""The engine `loop`: a loop written by hand for one stream, in plain PyTorch. Nothing is stored, checked or resumable."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.engines.by_hand import METHODS
from benchmarks.engines.network import Network, evaluate, padded
from benchmarks.engines.outcome import Steps, read_job, result, started
from benchmarks.engines.plan import read_part


def run(folder: Path, job: dict[str, Any]) -> tuple[dict[str, Any], Network]:
    """Train on the plan; returns the result and the trained network."""
    count = len(job["experiences"])
    parts = [read_part(folder, number) for number in range(count)]
    torch.manual_seed(job["seed"])
    begun, began = started(), time.perf_counter()
    network = Network(job, len(parts[-1].labels))
    network.begin_at(parts[0].start)
    seconds = time.perf_counter() - began
    method = METHODS.get(job["method"], METHODS["replay"])(job["settings"], job["seed"])
    matrix, steps = [], Steps()
    for number, part in enumerate(parts):
        began = time.perf_counter()
        _learn(network, method, part, job["settings"]["optimizer"]["rate"], steps)
        method.end(network, part)
        seconds += time.perf_counter() - began
        matrix.append(evaluate(network, folder, part.labels, number + 1, count))
    return result("loop", matrix, steps, seconds, begun, losses=method.losses), network


def _learn(network: Network, method: Any, part: Any, rate: float, steps: Steps) -> None:
    network.seen = len(part.labels)
    truth = torch.from_numpy(part.truth)
    method.begin(network, part)
    moving = list(network.moving.values())
    optimizer = torch.optim.AdamW(moving, lr=rate, weight_decay=0.0)
    torch.set_rng_state(torch.from_numpy(part.generator))
    network.train()
    steps.begin()
    steps.first()  # nothing to prepare
    for rows in part.batches:
        scores = network(padded([part.ids[row] for row in rows], network.pad))
        losses = torch.nn.functional.cross_entropy(scores, truth[torch.from_numpy(rows)], reduction="none")
        loss = method.loss(network, part, rows, scores, losses)
        optimizer.zero_grad()
        loss.backward()
        method.gradients(network, part, rows)
        torch.nn.utils.clip_grad_norm_(moving, 1.0)
        optimizer.step()
        method.moved(network, rate)
        method.losses.append(float(losses.mean().item()))  # like a loop that shows its loss
        steps.end()


if __name__ == "__main__":
    place, given = read_job(sys.argv[1])
    print(json.dumps(run(place, given)[0]))
