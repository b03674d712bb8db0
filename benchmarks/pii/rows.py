"""The rows of the labelled sets, and how sentences are filled."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).parent
SETS = ("development", "heldout")
BLIND, AGAIN = "blind", "again"
#: Kinds whose values scanners of repositories would take for real ones
SCANNED = ("secret", "credentials in a URL")


@dataclass(frozen=True)
class Row:
    """A sentence. `value` is in it once. `kind`: what the value is; empty: nothing personal, whatever it looks like.

    A sentence with two values is two rows of the same text.
    """

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
    """Values of one form. `sentences`: a blank for each in braces; `times`: how many sentences are made of it.

    `also`: kinds and makers of what the blanks {2}, {3}, ... hold.
    """

    kind: str
    detail: str
    make: Callable[[random.Random], str]
    sentences: Sequence[str]
    times: int = 6
    also: Sequence[tuple[str, Callable[[random.Random], str]]] = ()


def rows_of(sources: Iterable[Source], seed: int) -> Iterator[Row]:
    """Rows of all sources; the same seed makes the same ones."""
    for source in sources:
        rng = random.Random(f"{seed} {source.kind} {source.detail}")
        order = list(source.sentences)
        rng.shuffle(order)
        for number in range(source.times):
            values = [(source.kind, source.make(rng)), *((kind, make(rng)) for kind, make in source.also)]
            text = order[number % len(order)].replace("{}", values[0][1])
            for blank, (_, value) in enumerate(values[1:], 2):
                text = text.replace(f"{{{blank}}}", value)
            for kind, value in values:
                yield Row(text, value, kind, source.detail)


def read(name: str) -> list[Row]:
    """A committed set."""
    return [Row(**json.loads(line)) for line in (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def lines(rows: Iterable[Row], scanned: Sequence[str] = ()) -> str:
    """Rows as they are committed. Values of the kinds in `scanned` get JSON escapes: scanners do not undo them, `read` does."""
    kept = list(rows)
    secrets: dict[str, list[str]] = defaultdict(list)
    for row in kept:
        if row.kind in scanned:
            secrets[row.text] += [row.value, "PRIVATE KEY"]
    return "".join(_line(row, secrets[row.text]) + "\n" for row in kept)


def _line(row: Row, secrets: Iterable[str]) -> str:
    """A row as JSON, with every second character of the secrets in it escaped."""
    line = json.dumps(asdict(row), ensure_ascii=False)
    for secret in secrets:
        quoted = [json.dumps(c, ensure_ascii=False)[1:-1] for c in secret]
        line = line.replace("".join(quoted), "".join(f"\\u{ord(c):04x}" if i % 2 else quoted[i] for i, c in enumerate(secret)))
    return line
