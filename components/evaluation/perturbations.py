"""Named changes to a text that keep its meaning, for invariance tests. Deterministic: the same text gets the same change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from components.storage import digest_text


def typos(text: str) -> str:
    """Swap two neighbouring inner letters of one word of five letters or more; the text's digest selects the word."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    if not long:
        return text
    rng = np.random.default_rng(int(digest_text(text), 16))
    which = long[rng.integers(len(long))]
    at = int(rng.integers(1, len(words[which]) - 2))
    word = words[which]
    words[which] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def lower(text: str) -> str:
    """All in lower case."""
    return text.lower()


def upper(text: str) -> str:
    """All in capitals."""
    return text.upper()


def no_punctuation(text: str) -> str:
    """Without the marks at its end."""
    return text.rstrip(" ?!.,;:")


def more_punctuation(text: str) -> str:
    """With an extra mark at its end."""
    return text.rstrip() + "??" if text.rstrip().endswith("?") else text.rstrip() + " ..."


def blanks(text: str) -> str:
    """Blanks doubled, and one at either end."""
    return " " + "  ".join(text.split()) + " "


def polite(text: str) -> str:
    """Asked politely."""
    return f"Please tell me: {text}"


#: What a suite may name under `perturb`.
PERTURBATIONS: dict[str, Callable[[str], str]] = {
    function.__name__: function for function in (typos, lower, upper, no_punctuation, more_punctuation, blanks, polite)
}
