"""The rows of the labelled sets, and how sentences are filled."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).parent
SETS = ("development", "heldout")


@dataclass(frozen=True)
class Row:
    """A sentence. `value` is in it once. `kind`: what the value is; empty: nothing personal, whatever it looks like."""

    text: str
    value: str
    kind: str
    detail: str

    @property
    def span(self) -> tuple[int, int]:
        start = self.text.index(self.value)
        return start, start + len(self.value)


@dataclass(frozen=True)
class Source:
    """Values of one form. `sentences`: a blank for each in braces; `times`: how many rows are made of it."""

    kind: str
    detail: str
    make: Callable[[random.Random], str]
    sentences: Sequence[str]
    times: int = 6


def rows_of(sources: Iterable[Source], seed: int) -> Iterator[Row]:
    """Rows of all sources; the same seed makes the same ones."""
    for source in sources:
        rng = random.Random(f"{seed} {source.kind} {source.detail}")
        order = list(source.sentences)
        rng.shuffle(order)
        for number in range(source.times):
            value = source.make(rng)
            yield Row(order[number % len(order)].replace("{}", value), value, source.kind, source.detail)


def read(name: str) -> list[Row]:
    """A committed set."""
    return [Row(**json.loads(line)) for line in (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def lines(rows: Iterable[Row]) -> str:
    """Rows as they are committed."""
    return "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)
