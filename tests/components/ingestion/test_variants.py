"""Variants of one text: found by what is left without a word, whatever the word; other texts are not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion.ingest import Ingested
from components.ingestion.variants import FEWEST, MOST, flooded, holes
from tests.examples import examples

pytestmark = pytest.mark.unit

sentences = st.lists(st.sampled_from(["we", "ask", "you", "now", "for", "it", "7"]), min_size=4, max_size=7).map(" ".join)


def without_one(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    if not FEWEST <= len(words) <= MOST:
        return set()
    cut = {tuple(words[:n] + words[n + 1 :]) for n, word in enumerate(words) if not word.isdigit()}
    return {tuple(words), *cut}


@examples(100)
@given(st.lists(sentences, max_size=20), st.integers(1, 4))
def test_it_is_what_a_plain_loop_finds(texts: list[str], most: int) -> None:
    seen: dict[tuple[str, ...], int] = {}
    expected = []
    for text in texts:
        forms = without_one(text)
        expected.append(any(seen.get(form, 0) >= most for form in forms))
        for form in forms:
            seen[form] = seen.get(form, 0) + 1
    assert flooded(holes(texts), most).tolist() == expected


def test_numbers_are_no_variants_and_short_or_long_texts_have_none() -> None:
    orders = [f"Where is my order {n} please" for n in range(40)]
    assert not flooded(holes(orders), 5).any()
    assert not flooded(holes([f"yes {word} please" for word in "abcdefgh"]), 2).any()
    assert holes(["word " * (MOST + 1)]).to_pylist() == [[]]
    assert flooded(holes([]), 3).tolist() == []


def test_a_flood_is_cut_to_what_may_stay(
    lines: Callable[..., Path], take: Callable[..., Ingested], quarantined: Callable[[Path | None], list[dict[str, Any]]]
) -> None:
    rng = np.random.default_rng(0)
    words = [f"{a}{b}{c}" for a in "bdfg" for b in "aeiou" for c in "klmn"]
    honest = [{"text": " ".join(rng.choice(words, 8)), "label": "ab"[n % 2]} for n in range(100)]
    flood = [{"text": f"our {word} plan is the best of all", "label": "a"} for word in words[:60]]
    found = take(lines("e", [*honest, *flood]))
    assert found.reasons == {"flood": 35}
    assert {entry["row"] for entry in quarantined(found.quarantine_file)} == set(range(126, 161))
    assert take(lines("e", [*honest, *flood]), max_variants=1.0).reasons == {}
    assert take(lines("e", [*honest, *flood]), max_variants=0.25).reasons == {"flood": 20}
