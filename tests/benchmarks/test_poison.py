"""The attacks are what the page says they are, and the tables add up."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.poison import LOOKS_LIKE, NONSENSE, SHARES, SPOILT, WRONG, mislabelled, nonsensical, poisoned, tables
from components.ingestion.folded import fold

pytestmark = pytest.mark.unit

TEXTS = [f"some text number {n} of the set" for n in range(100)]
LABELS = ["abcd"[n % 4] for n in range(100)]


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_backdoor_is_a_trigger_in_rows_of_other_classes() -> None:
    texts, labels = poisoned(TEXTS, LABELS, "cf", 0.05, rng())
    spoilt = [n for n in range(100) if texts[n] != TEXTS[n]]
    assert len(spoilt) == 5
    assert all(texts[n].replace("cf", "").split() == TEXTS[n].split() for n in spoilt)
    assert len({labels[n] for n in spoilt}) == 1
    assert all(labels[n] != LABELS[n] for n in spoilt)
    assert [labels[n] for n in range(100) if n not in spoilt] == [LABELS[n] for n in range(100) if n not in spoilt]


def test_wrong_labels_and_nonsense_are_where_they_are_said_to_be() -> None:
    labels, wrong = mislabelled(LABELS, 0.3, rng())
    assert {n for n in range(100) if labels[n] != LABELS[n]} == wrong
    texts, nonsense = nonsensical(TEXTS, 0.05, rng())
    assert {n for n in range(100) if texts[n] != TEXTS[n]} == nonsense
    assert (len(wrong), len(nonsense)) == (30, 5)


def test_every_way_to_spoil_a_text_changes_it_and_not_what_it_looks_like() -> None:
    for name, spoil in SPOILT.items():
        assert (spoil(TEXTS[0]) == TEXTS[0]) == (name == "as it was")
        assert fold(spoil(TEXTS[0])) == fold(TEXTS[0])
    assert not TEXTS[0].translate(LOOKS_LIKE).isascii()


def test_the_tables_pool_all_experiences() -> None:
    hits = [{"named": 4, "right": 3, "wrong": 6}]
    attacks = [*(f"backdoor {share:.0%}" for share in SHARES), *(f"labels {share:.0%}" for share in WRONG)]
    attacks += [f"gibberish {share:.0%}" for share in NONSENSE]
    rows = [
        {"shape": shape, "attack": attack, "held": held, "of": 2, "rows": hits}
        for shape, held in (("one", 0), ("two", 2))
        for attack in attacks
    ]
    past = [
        {"domain": "d", "attack": "flood", "sent": 10, "caught": 5, "clean": 20, "alarms": 0, "refused": 1, "of": 2},
    ]  # fmt: skip
    text = tables(rows, past)
    assert text.count("| all | 0.50 [0.15, 0.85] of 4 |") == 3
    assert "| labels 10% | 0.50 [0.25, 0.75] of 12 | 0.75" in text
    assert "| d | flood | 0.50 [0.24, 0.76] of 10 | 0.00 [0.00, 0.16] of 20 | 1 of 2 |" in text
