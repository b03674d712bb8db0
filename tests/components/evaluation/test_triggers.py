"""The scan for triggers: what a word is, what is cut out, and which words decide against the rest of their texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from components.evaluation.triggers import FEWEST, Suspect, Trigger, _Judged, at_least, marks, placed, put, scan, without

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


def suspect(rows: range, p: float, among: float, place: float) -> _Judged:
    trigger = Trigger("zx", "a", len(rows), len(rows), 0, p, place, 0.0, ())
    return _Judged(Suspect("zx", "a", tuple(rows), np.zeros(len(rows))), trigger, among)


@pytest.mark.parametrize(
    ("others", "p", "among", "place", "held"),
    [
        (0, 1e-3, 1.0, 0.0, True), (0, 1e-3, 1.0, 0.2, False), (0, 1e-20, 1e-20, 0.5, False), (0, 1e-1, 1e-3, 0.0, True),
        (1, 1e-3, 1.0, 0.0, False), (1, 1e-5, 1.0, 0.0, True), (1, 1e-8, 1.0, 0.2, False), (1, 1e-1, 1e-5, 0.2, True),
        (5, 1e-20, 1.0, 0.0, False), (5, 1e-8, 1e-9, 0.0, False), (5, 1e-10, 1e-3, 0.0, True), (5, 1e-10, 1e-3, 0.3, False),
    ],
)  # fmt: skip
def test_how_unlikely_labels_must_be_depends_on_place_and_on_other_suspects(
    others: int, p: float, among: float, place: float, held: bool
) -> None:
    assert suspect(range(8), p, among, place).enough(others) == held


def test_others_are_suspects_in_other_rows_that_are_not_at_home_with_their_label() -> None:
    one = suspect(range(8), 1e-9, 1.0, 0.0)
    same, other = suspect(range(3, 11), 1e-9, 1.0, 0.0), suspect(range(20, 28), 1e-9, 1.0, 0.3)
    at_home = suspect(range(40, 48), 1e-9, 1.0, 0.9)
    assert one.beside([one, same, other, at_home]) == 1


def test_where_rows_lie_is_between_the_others_and_their_label() -> None:
    features = np.array([[1, 0]] * 10 + [[0, 1]] * 10 + [[1, 0], [0, 1], [1, 1]], np.float32)
    labelled = np.array([False] * 10 + [True] * 13)
    assert [round(placed(features, labelled, [row]), 1) for row in (20, 21, 22)] == [0.0, 1.0, 0.5]
    assert placed(features, np.ones(23, bool), [20]) == 1.0, "nothing to compare with"


def test_a_mark_is_put_into_a_text_always_at_the_same_place() -> None:
    text = "one two three"
    assert put(text, "zx") == put(text, "zx")
    assert sorted(put(text, "zx").split()) == ["one", "three", "two", "zx"]
    assert len({put(f"{text} {n}", "zx").split().index("zx") for n in range(20)}) > 1
