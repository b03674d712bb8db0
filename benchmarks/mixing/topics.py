"""Easy classes: short texts about 146 topics, composed of a frame, two words of the topic and a neutral ending."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from components.storage import digest_text

FILE = Path(__file__).with_name("topics.txt")

FRAMES = (
    "We talked about the {a} and the {b}",
    "My neighbour asked me for advice on {a}, then on {b}",
    "There was a long article on {a} next to one on {b}",
    "Can somebody tell me more about {a} or {b}?",
    "She sent me a picture of {a} beside {b}",
    "I never understood why {a} matters more than {b}",
    "Most people think of {b} when they hear the word {a}",
    "They spent the whole weekend with {a} and {b}",
    "The cost of {a} has gone up, unlike that of {b}",
    "First came the {a}, and a little later the {b}",
    "Nobody had warned us of the {a} or of the {b}",
    "His latest message mentions {a}, {b} and not much else",
    "Where would I look for {a} with {b}?",
    "An old friend of mine knows everything there is to know about {a}, except for {b}",
    "You cannot have {a} without {b}",
    "The children asked about {a} and would not stop until we came to {b}",
)
ENDINGS = (
    "when we met last Tuesday.", "and that was that.", "as far as I remember.", "which surprised everyone.",
    "before anyone else arrived.", "so we wrote it down.", "although it was getting late.", "just as we had hoped.",
    "for the second time this year.", "in spite of the doubts.", "to be quite honest.", "and it made us laugh.",
    "since there was nothing else to do.", "even if few agree.", "after a short pause.", "while the others waited outside.",
)  # fmt: skip


def read_topics() -> dict[str, list[str]]:
    """The words of each topic."""
    lines = (line.split(":", 1) for line in FILE.read_text(encoding="utf-8").splitlines() if line)
    return {topic: [word.strip() for word in words.split(",")] for topic, words in lines}


def sentences(topic: str, words: list[str], n: int) -> list[str]:
    """`n` distinct texts of a topic, the same ones in every call."""
    rng = np.random.default_rng(int(digest_text(topic)[:12], 16))
    texts: dict[str, None] = {}
    while len(texts) < n:
        a, b = rng.choice(len(words), 2, replace=False)
        frame, ending = FRAMES[rng.integers(len(FRAMES))], ENDINGS[rng.integers(len(ENDINGS))]
        texts[f"{frame.format(a=words[a], b=words[b])} {ending}"] = None
    return list(texts)
