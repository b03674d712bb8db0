"""Spoil an experience on purpose: wrong labels, or texts without sense. `Row.truth` keeps the right label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

Rng = np.random.Generator


@dataclass(frozen=True)
class Row:
    """One event to be written: its label, and the label that it should have."""

    text: str
    label: str
    truth: str
    split: str  # train | test


def shuffled(rows: Sequence[Row], share: float, rng: Rng) -> list[Row]:
    """This share of the rows, in training and held out alike, get the label of another row with another label, at random."""
    out, labels = list(rows), sorted({row.label for row in rows})
    for split in ("train", "test"):
        those = [i for i, row in enumerate(rows) if row.split == split]
        for i in rng.permutation(those)[: round(share * len(those))]:
            others = [row.label for row in rows if row.label != rows[i].label] or labels
            out[i] = replace(rows[i], label=others[rng.integers(len(others))])
    return out


def permuted(rows: Sequence[Row], rng: Rng) -> list[Row]:
    """All labels are dealt anew among the rows of a split: they say nothing about the texts."""
    out = list(rows)
    for split in ("train", "test"):
        those = [i for i, row in enumerate(rows) if row.split == split]
        for i, j in zip(those, rng.permutation(those)):
            out[i] = replace(rows[i], label=rows[j].label)
    return out


def swapped(rows: Sequence[Row], rng: Rng) -> list[Row]:
    """Two labels change places in every row."""
    labels = sorted({row.label for row in rows})
    a, b = (labels[i] for i in rng.permutation(len(labels))[:2])
    names = {a: b, b: a}
    return [replace(row, label=names.get(row.label, row.label)) for row in rows]


def relabelled(rows: Sequence[Row], rng: Rng) -> list[Row]:
    """All rows of one label get another of the labels."""
    labels = sorted({row.label for row in rows})
    a, b = (labels[i] for i in rng.permutation(len(labels))[:2])
    return [replace(row, label=b if row.label == a else row.label) for row in rows]


def garbage(rows: Sequence[Row], rng: Rng) -> list[Row]:
    """Every text becomes random letters."""
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))

    def words() -> str:
        return " ".join("".join(rng.choice(letters, rng.integers(2, 9))) for _ in range(rng.integers(5, 15)))

    return [replace(row, text=words()) for row in rows]


KINDS: dict[str, Callable[[Sequence[Row], Rng], list[Row]]] = {
    "shuffled-10": lambda rows, rng: shuffled(rows, 0.10, rng),
    "shuffled-33": lambda rows, rng: shuffled(rows, 0.33, rng),
    "shuffled-100": permuted,
    "swapped-new": swapped,
    "swapped-old": swapped,
    "relabelled": relabelled,
    "garbage": garbage,
}
