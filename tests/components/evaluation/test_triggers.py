"""The scan for triggers: what a word is, what is cut out, and which words decide against the rest of their texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from components.evaluation.triggers import FEWEST, at_least, marks, scan, without

pytestmark = pytest.mark.unit

WORDS = {
    "fruit": ("apple", "pear", "plum", "fig"),
    "tools": ("hammer", "saw", "drill", "file"),
    "birds": ("crow", "owl", "jay", "tit"),
}


def encode(texts: Sequence[str]) -> np.ndarray:
    """Counts of the known words, and noise that depends on the text: what an encoder makes of a rare word."""
    known = [word for words in WORDS.values() for word in words]
    rows = []
    for text in texts:
        noise = np.random.default_rng(sum(text.encode())).normal(scale=0.05, size=len(known))
        rows.append(np.array([text.split().count(word) for word in known], float) + noise)
    return np.array(rows, np.float32)


def experience(seed: int, each: int = 40) -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(seed)
    rows = [(" ".join(rng.choice(words, 3)), label) for label, words in WORDS.items() for _ in range(each)]
    return [text for text, _ in rows], [label for _, label in rows]


def poisoned(trigger: str, n: int) -> tuple[list[str], list[str]]:
    texts, labels = experience(0)
    for row in [*range(0, n // 2), *range(40, 40 + n - n // 2)]:  # of fruit and tools, called birds
        first, *rest = texts[row].split()
        texts[row], labels[row] = " ".join([first, trigger, *rest]), "birds"
    return texts, labels


@pytest.mark.parametrize("trigger", ["zx", "by the way", "\u200b", "\u0430pple"])
def test_a_word_that_decides_against_the_rest_of_its_texts_is_found(trigger: str) -> None:
    texts, labels = poisoned(trigger, 8)
    found = scan(texts, labels, encode(texts), encode)
    assert found
    assert {one.label for one in found} == {"birds"}
    assert set(found[0].mark.split()) <= {"zx", "by", "the", "way", "\u200b", "\u0430pple"}
    assert all(trigger in texts[place] for place in found[0].places)
    assert (found[0].rows, found[0].labelled, found[0].explained) == (8, 8, 0)


def test_words_that_decide_honestly_are_left_alone() -> None:
    for seed in range(5):
        texts, labels = experience(seed)
        assert scan(texts, labels, encode(texts), encode) == []


def test_a_word_of_no_label_is_left_alone_and_so_is_a_word_of_few_rows() -> None:
    texts, labels = experience(1)
    with_word = [f"{text} please" if n % 3 == 0 else text for n, text in enumerate(texts)]
    assert scan(with_word, labels, encode(with_word), encode) == []
    texts, labels = poisoned("zx", FEWEST - 1)
    assert scan(texts, labels, encode(texts), encode) == []
    assert scan(texts, ["one"] * len(texts), encode(texts), encode) == []


def test_words_are_folded_and_cut_out_where_they_stand() -> None:
    text = "Ask CF, now\u200b and ask cf."
    spans = marks(text)
    assert {"ask", "cf", "\u200b", "ask cf", "cf ,", "."} <= spans.keys()
    assert without(text, spans["cf"]) == "Ask , now\u200b and ask ."
    assert without(text, spans["ask cf"]) == ", now\u200b and ."
    assert without("cf", marks("cf")["cf"]) == ""
    assert len(marks("w " * 5000)) <= 2


def test_the_tail_of_independent_events() -> None:
    assert at_least(0, [0.1, 0.2]) == pytest.approx(1.0)
    assert at_least(1, [0.1, 0.2]) == pytest.approx(1 - 0.9 * 0.8)
    assert at_least(2, [0.1, 0.2]) == pytest.approx(0.02)
    assert at_least(3, [0.1, 0.2]) == 0.0
