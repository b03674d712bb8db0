"""Comparing rows: exact copies and contradictions against a plain loop, near copies against exact Jaccard similarity."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion.columns import to_columns
from components.ingestion.folded import fold
from components.ingestion.near import near_duplicates, signatures
from components.ingestion.screening import KEEP, Keys, join_keys, make_keys, screen
from components.storage import digest_text
from tests.examples import examples

pytestmark = pytest.mark.unit

Row = tuple[str, str | None, str | None]


def keys_of(rows: list[Row], near: bool = True) -> Keys:
    events = [{"text": text, "label": label, "completion": completion} for text, label, completion in rows]
    digests = [digest_text(text) for text, _, _ in rows]
    return make_keys(to_columns(events).values, digests, 0, np.arange(1, len(rows) + 1), near)


def by_hand(rows: list[Row]) -> list[tuple[str, int]]:
    """What `screen` says without near duplicates, row by row: (reason, row that it repeats or -1)."""
    labels, seen, targeted = defaultdict(set), {}, {}
    for text, label, _ in rows:
        if label is not None:
            labels[text].add(label)
    expected: list[tuple[str, int]] = []
    for i, (text, label, completion) in enumerate(rows):
        if label is not None and len(labels[text]) > 1:
            expected.append(("contradictory_label", -1))
        elif (text, label, completion) in seen:
            expected.append(("duplicate_exact", seen[text, label, completion]))
        else:
            seen[text, label, completion] = i
            if label is not None or completion is not None:
                targeted.setdefault(text, i)
            expected.append((KEEP, -1))
    bare = [i for i, (_, label, completion) in enumerate(rows) if label is None and completion is None]
    for i in bare:
        if expected[i][0] == KEEP and rows[i][0] in targeted:
            expected[i] = ("duplicate_labelled", targeted[rows[i][0]])
    return expected


targets = st.sampled_from([("a", None), ("b", None), (None, "c"), (None, "d"), (None, None)])
rows_of = st.lists(st.tuples(st.sampled_from("pqrst"), targets).map(lambda row: (row[0], *row[1])), max_size=25)


@examples(60)
@given(rows_of)
def test_copies_and_contradictions_are_those_of_a_plain_loop(rows: list[Row]) -> None:
    reasons, repeats = screen(keys_of(rows), near=False)
    assert list(zip(reasons.tolist(), repeats.tolist(), strict=True)) == by_hand(rows)


def test_a_text_is_the_same_whatever_its_case_and_blanks() -> None:
    reasons, _ = screen(
        keys_of([("How are  you", "a", None), ("how are you ", "a", None), ("HOW ARE YOU", "b", None)]), near=False
    )
    assert reasons.tolist() == ["contradictory_label"] * 3


LONG = (
    "I ordered a blue kettle from your shop three weeks ago and it has still not arrived , the tracking page says that the "
    "parcel left the depot in Leeds and since then nothing at all has happened to it ; please send another one or my money"
)


@pytest.mark.parametrize(
    ("first", "second", "near"),
    [
        ("How do I cancel my order?", "how do I cancel my order!!", True),
        (LONG, LONG + " back", True),
        (LONG, LONG.replace("blue", "green"), True),
        (LONG, LONG.replace("three", "3"), False),
        (LONG + " 17", LONG + " 18", False),
        ("What is the capital of Italy ?", "What is the capital of France ?", False),
        ("dog bites man", "man bites dog", False),
        ("\u6211\u7684\u8ba2\u5355\u5728\u54ea\u91cc", "\u6211\u7684\u8ba2\u5355\u5728\u54ea\u91cc\uff1f", True),
        ("!!!", "???", False),
    ],
)
def test_near_copies_differ_in_a_word_of_thirty_but_not_in_a_number(first: str, second: str, near: bool) -> None:
    same, repeats = screen(keys_of([(first, "a", None), (second, "a", None)]), near=True)
    assert (same[1] == "duplicate_near", repeats[1] == 0) == (near, near)
    other, _ = screen(keys_of([(first, "a", None), (second, "b", None)]), near=True)
    assert other.tolist() == (["contradictory_label"] * 2 if fold(first) == fold(second) else [KEEP, KEEP])


def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {(word,) for word in words} | set(pairwise(words))


def test_near_copies_agree_with_exact_similarity() -> None:
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefghijkl"), 6)) for _ in range(3000)]
    texts = []
    for _ in range(150):
        base = rng.choice(words, 60)
        for changes in (0, 1, 3, 12):  # similarities of about 1, .95, .86, .55
            copy = base.copy()
            copy[rng.choice(60, changes, replace=False)] = rng.choice(words, changes)
            texts.append(" ".join(copy) + ("." if changes == 0 and rng.random() < 0.5 else ""))
    parent = near_duplicates(*signatures(pa.array(texts)))
    exact = np.array(
        [
            [len(shingles(a) & shingles(b)) / len(shingles(a) | shingles(b)) for b in texts[i : i + 4]]
            for i in range(0, 600, 4)
            for a in texts[i : i + 1]
        ]
    )
    caught = np.where(parent.reshape(-1, 4) >= 0, 1, 0)[:, 1:]
    similar = exact[:, 1:]
    assert caught[similar >= 0.94].mean() > 0.9  # nearly all that are near
    assert caught[similar <= 0.8].mean() < 0.01  # and hardly one that is not
    copies = np.flatnonzero(parent >= 0)
    assert (parent[copies] // 4 == copies // 4).all()
    assert (parent[parent[copies]] == -1).all()  # a copy repeats a row that is kept


def test_signatures_do_not_depend_on_the_chunk() -> None:
    texts = [f"some words of text {i} and {'more ' * (i % 7)}" for i in range(50)] + ["", "?"]
    whole, numbers = signatures(pa.array(texts))
    for i, text in enumerate(texts):
        one, number = signatures(pa.array([text]))
        assert np.array_equal(one[0], whole[i])
        assert number[0] == numbers[i]


def test_keys_of_chunks_join() -> None:
    rows: list[Row] = [(f"text {i % 4}", "ab"[i % 2], None) for i in range(11)]
    joined = join_keys([keys_of(rows[:3]), keys_of(rows[3:4]), keys_of([]), keys_of(rows[4:])])
    whole = keys_of(rows)
    for name in ("target", "labelled", "side", "stratum", "signature", "numbers"):
        assert np.array_equal(getattr(joined, name), getattr(whole, name))
    assert joined.text.equals(whole.text)
