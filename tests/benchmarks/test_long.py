"""The two long streams as planned, their tables, and their picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.long import parts_of, shown, summary
from benchmarks.long_picture import draw
from benchmarks.mixing.plan import long
from benchmarks.mixing.plant import KINDS
from benchmarks.mixing.source import SENTIMENT
from benchmarks.synthetic import CLASSES, vocabulary, words_source

pytestmark = pytest.mark.unit


def test_a_thousand_experiences_bring_every_class_and_bring_them_back() -> None:
    parts = parts_of("words", 1000, 0)
    sound = [part for part in parts if part.planted is None]
    assert len(sound) == 1000
    assert {part.planted for part in parts} == {None, *KINDS}
    assert next(part for part in parts if part.planted).name.startswith("0012")
    assert len({of for part in sound for of in part.classes}) == CLASSES
    assert all(len(set(part.classes)) == 2 for part in sound)
    assert sound[-1].classes != sound[-2].classes


def test_texts_are_words_of_their_class_and_of_the_common_stock() -> None:
    assert len(set(vocabulary())) == len(vocabulary())
    texts = words_source(0, 10)["words"]["class-007"]
    own = {f"w{i}" for i in range(56, 64)}
    for text in texts:
        words = text.split()
        mine = sum(word in own for word in words)
        assert len(words) == 7
        assert 2 <= mine <= 4
        assert all(word in own or word.startswith("c") for word in words)
    assert words_source(0, 10)["words"]["class-007"] == texts, "by its seed"
    assert words_source(1, 10)["words"]["class-007"] != texts


def test_domains_return_and_classes_come_and_go() -> None:
    import numpy as np

    domains = {name: {f"{name}-{c}": ["x"] * 100 for c in range(8)} for name in ("topics", "trec", "bbc", "sms", "newsgroups")}
    source = {**domains, **{name: {"positive": ["x"] * 100, "negative": ["x"] * 100} for name in SENTIMENT}}
    parts = long(source, np.random.default_rng(0), experiences=60)
    assert len(parts) == 60
    places = [part.name.split("-")[1] for part in parts]
    assert len(set(places)) >= 6
    assert max(places.count(name) for name in set(places)) > 2
    assert all(len(set(part.classes)) == len(part.classes) >= 2 for part in parts)
    assert len({of for part in parts for of in part.classes}) < sum(len(part.classes) for part in parts)


def result(experiences: int = 20) -> dict[str, Any]:
    def cycle(n: int, planted: str | None = None) -> dict[str, Any]:
        outcome = "refused" if planted or n == 3 else "promoted"
        cost = {"learn": float(n), "evaluate": 0.1, "bytes": 2**20}
        return {"name": f"{n}{planted or ''}", "planted": planted, "outcome": outcome, "gates": {}, **cost}

    cycles = [one for n in range(1, experiences + 1) for one in ([cycle(n, "garbage")] if n == 10 else []) + [cycle(n)]]
    score = {"accuracy": 0.8, "forgetting": 0.01, "known": 0.9, "labels_so_far": 7}
    gap = {"difference": -0.1, "low": -0.2, "high": 0.0}
    return {
        "cycles": cycles,
        "scored": [{"experiences": n, **score} for n in (10, 20)],
        "retrained": [{"experiences": 20, "accuracy": 0.9, "seconds": 60.0, "bytes": 2**21, "difference": gap}],
    }


def test_the_table_has_a_row_for_each_tenth_and_leaves_planted_ones_out() -> None:
    found = result()
    found |= summary(found)
    assert [tenth["until"] for tenth in found["tenths"]] == list(range(2, 21, 2))
    assert sum(tenth["promoted"] for tenth in found["tenths"]) == 19
    assert found["tenths"][1]["learn"] == 3.5
    assert found["planted"] == {"n": 1, "promoted": []}
    text = shown("text", found)
    assert "| 10 | 0.800 | 0.010 | 0.900 | 9.50 |" in text
    assert "| 20 | 0.900 | -0.100 [-0.200, +0.000] | 60 | 2.0 |" in text
    assert "Of 1 planted experiences, 0 would have been promoted." in text


def test_the_picture_is_a_file(tmp_path: Path) -> None:
    draw(result(), tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
