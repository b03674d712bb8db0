"""From a plan to an ordinary stream folder: stream.yaml, one JSONL file of events an experience, and truth.json beside them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from benchmarks.mixing.plan import Part
from benchmarks.mixing.plant import KINDS, Row, shuffled
from benchmarks.mixing.source import Class, Deck, Source
from components.storage import write_json, write_text

Floats = NDArray[np.float64]


def write_stream(folder: Path, name: str, parts: Sequence[Part], source: Source, seed: int) -> Path:
    """Write the stream. The same arguments give the same bytes. A class that has run out of texts does not come again.

    truth.json: for each experience its classes, how it was planted (null: sound) and the right label of every row that is wrong.
    """
    deck, truth = Deck(source, np.random.default_rng([seed, 2])), []
    for number, planned in enumerate(parts):
        part = with_enough(planned, deck, source)
        if part is None:
            continue
        rows = cut_part(part, deck, source, np.random.default_rng([seed, 3, number]))
        same = {"task": part.name, "source": "log"}
        events = [
            {"id": f"{part.name}-{n:04d}", "text": row.text, "label": row.label, **same, "split": row.split}
            for n, row in enumerate(rows)
        ]
        write_text(folder / f"{part.name}.jsonl", "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events))
        wrong = {event["id"]: row.truth for event, row in zip(events, rows) if row.label != row.truth}
        classes = [list(one) for one in part.classes]
        truth.append({"name": part.name, "classes": classes, "planted": part.planted, "noise": part.noise, "wrong": wrong})
    files = [f"{one['name']}.jsonl" for one in truth]
    header = {"name": name, "description": f"mixed, seed {seed}", "experiences": files}
    write_json(folder / "truth.json", {"stream": name, "seed": seed, "experiences": truth})
    write_text(folder / "stream.yaml", yaml.safe_dump(header, sort_keys=False))
    return folder


def with_enough(part: Part, deck: Deck, source: Source) -> Part | None:
    """The part with those of its classes that have texts left for it; None if fewer than two have."""
    need = {of: train + test for of, train, test in _counts(part, source)}
    classes = tuple(of for of in part.classes if deck.left(of) >= need[of])
    if len(classes) == len(part.classes):
        return part
    share = len(classes) / len(part.classes)
    smaller = replace(part, classes=classes, train=round(share * part.train), heldout=round(share * part.heldout))
    return with_enough(smaller, deck, source) if len(classes) > 1 else None


def cut_part(part: Part, deck: Deck, source: Source, rng: np.random.Generator) -> list[Row]:
    """The rows of one experience, in random order. Raises UsageError if the source has too few texts."""
    rows = [
        Row(text, of[1], of[1], split)
        for of, *both in _counts(part, source)
        for split, n in zip(("train", "test"), both)
        for text in deck.deal(of, n)
    ]
    rows = [rows[i] for i in rng.permutation(len(rows))]
    if part.noise:
        rows = shuffled(rows, part.noise, rng)
    return KINDS[part.planted](rows, rng) if part.planted else rows


def _counts(part: Part, source: Source) -> list[tuple[Class, int, int]]:
    """(class, training rows, held-out rows) of a part."""
    shares = np.array([1.0 if part.balanced else len(source[domain][label]) for domain, label in part.classes])
    return list(zip(part.classes, spread(part.train, shares, least=1), spread(part.heldout, shares, least=0)))


def spread(total: int, shares: Floats, least: int) -> list[int]:
    """Whole numbers in proportion to the shares that add up to `total`, each at least `least` (largest remainders first)."""
    exact = (total - least * len(shares)) * shares / shares.sum()
    counts = np.floor(exact).astype(int)
    for i in np.argsort(counts - exact, kind="stable")[: total - least * len(shares) - counts.sum()]:
        counts[i] += 1
    return [int(count) + least for count in counts]
