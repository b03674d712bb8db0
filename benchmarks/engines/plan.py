"""What `learn` passes to the other engines: for each experience the token ids, the rows of every batch, and initial values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass
class Part:
    """One experience. Rows 0..new-1 are new, the rest are the memory's; `labels` names the columns known at that time."""

    ids: list[Array]
    truth: Array
    new: int
    labels: list[str]
    batches: list[Array] = field(default_factory=list)
    start: dict[str, Array] = field(default_factory=dict)  # parameters before the first step (of the first experience)
    generator: Array = field(default_factory=lambda: np.zeros(0, np.uint8))  # torch's generator before the first step
    logits: Array = field(default_factory=lambda: np.zeros((0, 0), np.float32))  # of memory rows; NaN if none is stored


def write_part(folder: Path, number: int, part: Part) -> None:
    """Write NUMBER.npz, without pickle."""
    arrays = {"truth": part.truth, "new": np.array(part.new), "generator": part.generator, "logits": part.logits}
    for name, ragged in (("ids", part.ids), ("batches", part.batches)):
        arrays[name] = np.concatenate([np.zeros(0, np.int64), *ragged]).astype(np.int64)
        arrays[f"{name}_lengths"] = np.array([len(row) for row in ragged], np.int64)
    arrays["labels"] = np.frombuffer(json.dumps(part.labels).encode(), np.uint8)
    np.savez(folder / f"{number}.npz", **arrays, **{f"start/{name}": value for name, value in part.start.items()})


def read_part(folder: Path, number: int) -> Part:
    """Read what `write_part` wrote."""
    with np.load(folder / f"{number}.npz", allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    ids, batches = (_split(arrays[name], arrays[f"{name}_lengths"]) for name in ("ids", "batches"))
    start = {name.removeprefix("start/"): value for name, value in arrays.items() if name.startswith("start/")}
    labels = json.loads(arrays["labels"].tobytes())
    return Part(ids, arrays["truth"], int(arrays["new"]), labels, batches, start, arrays["generator"], arrays["logits"])


def _split(joined: Array, lengths: Array) -> list[Array]:
    """The ragged rows that were joined."""
    return np.split(joined, np.cumsum(lengths)[:-1]) if len(lengths) else []


def write_heldout(folder: Path, number: int, ids: Sequence[Array], labels: Sequence[str]) -> None:
    """The held-out cases of an experience, with their labels by name."""
    write_part(folder, number, Part(list(ids), np.arange(len(ids)), len(ids), list(labels)))


def accuracy(predicted: Sequence[int], wanted: Sequence[str], labels: Sequence[str]) -> float:
    """Share of cases whose predicted column is that of their label; a case whose label is not known yet is wrong."""
    return float(np.mean([labels[column] == label for column, label in zip(predicted, wanted, strict=True)]))
