"""Random letters are found among texts and by themselves; names, other languages and other alphabets are left alone."""

from __future__ import annotations

import numpy as np
import pytest

from components.evaluation.gibberish import gibberish

pytestmark = pytest.mark.unit

WORDS = (
    "the order has not arrived yet and nobody answers when we call your office about our invoice from last month please send "
    "another copy or return money because this account was charged twice while customer service keeps telling us to wait"
)
POLISH = (
    "dzien dobry nie otrzymalem faktury i chcialbym wiedziec kiedy przyjdzie prosze o pomoc w sprawie mojego konta bo haslo nie "
    "dziala a paczka jeszcze nie przyszla wiec chce zwrocic towar"
)
RUSSIAN = (
    "\u0437\u0434\u0440\u0430\u0432\u0441\u0442\u0432\u0443\u0439\u0442\u0435 \u0433\u0434\u0435 \u0437\u0430\u043a\u0430\u0437"
)


def said(words: str, n: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(words.split(), 12)) for _ in range(n)]


def noise(n: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    letters = list("abcdefghijklmnopqrstuvwxyz")
    return [" ".join("".join(rng.choice(letters, rng.integers(3, 9))) for _ in range(12)) for _ in range(n)]


@pytest.mark.parametrize(("texts", "nonsense"), [(200, 10), (200, 100), (100, 150)])
def test_random_letters_are_found_among_texts(texts: int, nonsense: int) -> None:
    found = gibberish([*said(WORDS, texts, 0), *noise(nonsense, 1)])
    assert not [place for place in found if place < texts]
    assert len(found) >= 0.9 * nonsense


def test_nothing_but_random_letters_is_all_found() -> None:
    assert gibberish(noise(200, 2)) == list(range(200))


def test_texts_are_left_alone_and_so_is_a_second_language() -> None:
    assert gibberish(said(WORDS, 200, 3)) == []
    mixed = [*said(WORDS, 200, 4), *said(POLISH, 40, 5)]
    assert gibberish(mixed) == []


def test_nothing_is_said_about_other_alphabets_and_short_texts() -> None:
    odd = [RUSSIAN] * 3
    odd += ["\u6211\u7684\u8ba2\u5355\u5728\u54ea\u91cc\u6211\u7684\u8ba2\u5355\u5728\u54ea\u91cc", "xq", "", "12 34", ":-)"]
    assert gibberish([*said(WORDS, 100, 6), *odd]) == []
    assert gibberish(odd[-4:]) == []
    assert gibberish([]) == []
