"""Where mixed streams get their texts: domain -> label -> texts. Labels are those of the data sets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from benchmarks.mixing.topics import read_topics, sentences
from components.catalog.streams import get_stream
from components.errors import UsageError
from components.storage import digest_text

Source = Mapping[str, Mapping[str, Sequence[str]]]
Class = tuple[str, str]  # (domain, label)

CUT = 800  # characters kept of a long text: reading more of a newsgroup's posts costs time and changes no comparison
EACH = 1000  # texts of each topic
SENTIMENT = ("amazon", "movies", "nyt", "tweets")


@cache
def catalogue() -> Source:
    """The catalogue's texts by domain: trec (50 labels), questions (the same texts, 6 labels), bbc, sms, newsgroups, sentiment.

    Sentiment is four domains. `topics` are the classes that were written for this.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for stream, part, domain in (
        *(("trec", name, "trec") for name in ("desc", "enty", "hum", "loc", "num", "abbr")),
        *(("newsgroups", name, "newsgroups") for name in ("comp", "rec", "sci", "talk", "misc")),
        ("five", "bbc", "bbc"), ("five", "sms", "sms"),
        *(("sentiment", name, name) for name in SENTIMENT),
    ):  # fmt: skip
        for label, text in _rows(stream, part):
            found.setdefault(domain, {}).setdefault(label, []).append(text)
    found["questions"] = {}
    for label, texts in found["trec"].items():
        found["questions"].setdefault(label.split(":")[0], []).extend(texts)
    return {**found, "topics": {topic: sentences(topic, words, EACH) for topic, words in read_topics().items()}}


def _rows(stream: str, part: str) -> list[tuple[str, str]]:
    path = next(one.path for one in get_stream(stream).experiences if one.name == part)
    events = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [(event["label"], cut(event["text"])) for event in events]


def cut(text: str) -> str:
    """At most CUT characters, up to the last whole word."""
    return text if len(text) <= CUT else text[: CUT + 1].rsplit(" ", 1)[0]


class Deck:
    """Deals the texts of a source in an order drawn by a seed, none of them twice, in whatever class it stands."""

    def __init__(self, source: Source, rng: np.random.Generator) -> None:
        self._source, self._seed = source, int(rng.integers(2**62))
        self._left: dict[Class, list[tuple[str, str]]] = {}  # (as compared, text)
        self._dealt: set[str] = set()

    def left(self, of: Class) -> int:
        """How many texts of a class were not dealt yet."""
        return len(self._rest(of))

    def deal(self, of: Class, n: int) -> list[str]:
        """The next `n` texts of a class. Raises UsageError if there are fewer."""
        rest = self._rest(of)
        if len(rest) < n:
            raise UsageError(f"{n} texts of {of[1]!r} ({of[0]}) were asked for, and {len(rest)} are left", "Ask for fewer rows.")
        self._left[of] = rest[n:]
        self._dealt.update(key for key, _ in rest[:n])
        return [text for _, text in rest[:n]]

    def _rest(self, of: Class) -> list[tuple[str, str]]:
        if of not in self._left:
            texts = list({plain(text): text for text in self._source[of[0]][of[1]]}.items())
            draw = np.random.default_rng([self._seed, int(digest_text("\n".join(of))[:12], 16)])  # not by who asks first
            self._left[of] = [texts[i] for i in draw.permutation(len(texts))]
        return [pair for pair in self._left[of] if pair[0] not in self._dealt]


def plain(text: str) -> str:
    """A text as ingestion compares it: case and blanks do not count."""
    return " ".join(text.lower().split())
