"""Snapshots of a training in progress: after a kill, learning continues from the last one and gives the same digest.

A snapshot is a published directory (its name is its digest) in workspace.scratch/learn-KEY/; the newest whole one counts. The
optimizer is saved here and not in checkpoints, because every experience starts with a fresh optimizer.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from components.errors import IntegrityError
from components.learning.method import Method, restore_states, states
from components.learning.randomness import capture, restore
from components.learning.run import Run
from components.learning.tensors import load_tensors, save_tensors
from components.learning.trainer import Position
from components.storage import building, publish, read_json, read_manifest, verify, write_json

log = logging.getLogger(__name__)


@dataclass
class Snapshots:
    """Writes at most every `seconds`, and spends at most a twentieth of the time on it."""

    folder: Path
    run: Run
    methods: Mapping[str, Method]  # whose state may change during training: Recipe.stateful
    seconds: float
    _last: float = field(default_factory=time.monotonic)
    _count: int = 0

    def __call__(self, position: Position, optimizer: torch.optim.Optimizer, best: Mapping[str, torch.Tensor]) -> None:
        """Save the training's state if it is time."""
        began = time.monotonic()
        if began - self._last < self.seconds:
            return
        with building(self.folder) as scratch:
            save_tensors(self.run.network.parameters(), scratch / "parameters.safetensors")
            save_tensors(best, scratch / "best.safetensors")
            save_tensors(states(self.methods), scratch / "methods.safetensors")
            numbers = _save_optimizer(optimizer, scratch / "optimizer.safetensors")
            place = asdict(position) | {"best": None if position.best == float("inf") else position.best}
            write_json(scratch / "position.json", place | {"optimizer": numbers})
            write_json(scratch / "rng.json", capture(self.run.rng))
            self._count += 1
            new = publish(scratch, self.folder, {"kind": "snapshot", "done": [position.epoch, position.step, self._count]})
        for old in self.folder.iterdir():
            if old.name != new:
                shutil.rmtree(old)
        self._last = time.monotonic() + 19 * (time.monotonic() - began) * (self.seconds > 0)

    def resume(self, optimizer: torch.optim.Optimizer, best: dict[str, torch.Tensor]) -> Position:
        """Restore parameters, optimizer and generators from the newest whole snapshot; returns the start if there is none."""
        for folder in _newest_first(self.folder):
            try:
                verify(folder)
            except IntegrityError as error:
                log.warning("A damaged training snapshot is ignored: %s", error.message)
                continue
            place: dict[str, Any] = read_json(folder / "position.json")
            numbers = place.pop("optimizer")
            with torch.no_grad():
                saved = load_tensors(folder / "parameters.safetensors")
                for name, parameter in self.run.network.parameters().items():
                    parameter.copy_(saved[name])
            best.update(load_tensors(folder / "best.safetensors"))
            kinds = {place: method.kind for place, method in self.methods.items()}
            restore_states(self.methods, load_tensors(folder / "methods.safetensors"), kinds)
            _load_optimizer(optimizer, folder / "optimizer.safetensors", numbers)
            self.run.rng.bit_generator.state = restore(read_json(folder / "rng.json")).bit_generator.state
            self._count = int(read_manifest(folder)["done"][2])
            return Position(**{**place, "best": float("inf") if place["best"] is None else place["best"]})
        return Position()

    def clear(self) -> None:
        """Remove them all: the checkpoint is published."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _newest_first(folder: Path) -> list[Path]:
    snapshots = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if len(path.name) != 64:
            shutil.rmtree(path)  # half-written when the process died
            continue
        try:
            snapshots.append((read_manifest(path)["done"][2], path))
        except IntegrityError as error:
            log.warning("A damaged training snapshot is ignored: %s", error.message)
    return [path for _, path in sorted(snapshots, reverse=True)]


def _save_optimizer(optimizer: torch.optim.Optimizer, path: Path) -> dict[str, Any]:
    """Write the tensors of the optimizer's state to a file; returns the values that are not tensors."""
    state = optimizer.state_dict()["state"]
    save_tensors({f"{i}.{key}": v for i, own in state.items() for key, v in own.items() if isinstance(v, torch.Tensor)}, path)
    return {f"{i}.{key}": v for i, own in state.items() for key, v in own.items() if not isinstance(v, torch.Tensor)}


def _load_optimizer(optimizer: torch.optim.Optimizer, path: Path, numbers: Mapping[str, Any]) -> None:
    whole = optimizer.state_dict()
    state: dict[int, dict[str, Any]] = {}
    for name, value in {**load_tensors(path), **numbers}.items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({**whole, "state": state})
