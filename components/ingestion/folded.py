"""A text as a person reads it: two texts that look the same, or differ by signs alone, have one folded form. Pure.

Coarser than `storage.digest_text`, which tells held-out texts from learned ones and therefore must not change: here also width,
accents, invisible characters and punctuation do not count, and letters of other alphabets are the Latin ones that they look like
(Unicode Technical Standard 39, section 4). Symbols and emoji stay: they can be all that a text says.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from components.ingestion.confusables import ALIKE
from components.unseen import unseen

_SKELETON = {ord(char): form for form, chars in ALIKE for char in chars}
#: Signs that belong to what they touch: C#, 5%, -3, 2.5. No other blank or sign of ASCII stays, but for symbols within a text
_CLOSE = re.compile(r"[#%.,-]")
_GONE = dict.fromkeys([*map(chr, range(33)), *"!\"&'()*/:;?@[\\]^_`{}~", "\x7f"])
_ENDS = re.compile(r"^[\s+<=>$|~^`]+|[\s+<=>$|~^`]+$")  # symbols that stand alone around a text say nothing
_ASCII = str.maketrans({**_GONE, "0": "o", "1": "l", "|": "l", "m": "rn"})
#: Blocks of marks that are put on letters of any script; the marks of a script itself are its vowels, and stay
_MARKS = ((0x0300, 0x036F), (0x0483, 0x0489), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
_TALL_I = re.compile(r"[a-z]I+(?=[a-z])")
_WORDS = re.compile(r"\S+")


def fold(text: str) -> str:
    """The folded form, without blanks; a text of signs alone is itself without blanks."""
    bare = _ENDS.sub("", text if text.isascii() else _plain(text))
    told = _TALL_I.sub(lambda match: match.group().replace("I", "l"), bare) if "I" in bare else bare
    return _CLOSE.sub(_kept, told).casefold().translate(_ASCII) or "".join(text.split()).casefold()


def as_seen(word: str) -> str:
    """A word with the Latin letters that its letters of other alphabets look like."""
    return _alike(word)


def keys(texts: Sequence[str]) -> NDArray[np.uint64]:
    """(n,) a 64-bit hash of each text's folded form."""
    found = [hashlib.sha256(fold(text).encode("utf-8", "surrogatepass")).digest()[:8] for text in texts]
    return np.frombuffer(b"".join(found), np.uint64)


def _plain(text: str) -> str:
    """Compatibility forms without accents and what is not seen; letters as they look.

    Case decides what a letter looks like (a Greek eta is an n, its capital an H), so it is kept in words that mix alphabets.
    """
    text = "".join(map(_seen, unicodedata.normalize("NFKD", text)))
    return _WORDS.sub(lambda match: _alike(match.group()), text)


@lru_cache(maxsize=65536)
def _alike(word: str) -> str:
    if word.isascii():
        return word
    mixed = any("a" <= char <= "z" or "A" <= char <= "Z" for char in word)
    return (word if mixed else word.casefold()).translate(_SKELETON)


@lru_cache(maxsize=8192)
def _seen(char: str) -> str:
    """A character as it is seen: nothing (punctuation does not count), a blank, a digit of ours, or itself."""
    kind = unicodedata.category(char)
    if unseen(char) or char == "\ufffc" or any(first <= ord(char) <= last for first, last in _MARKS):
        return ""
    if kind[0] == "Z" or char.isspace():
        return " "
    if (kind[0] == "P" or kind == "Sk") and not char.isascii():
        return ""
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)


def _kept(match: re.Match[str]) -> str:
    """A sign that belongs to its neighbours, or nothing."""
    text, at = match.string, match.start()
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    belongs = {"#": before.isalnum() or after.isalnum(), "%": before.isalnum(), "-": after.isdigit() and not before.isalnum()}
    return match.group() if belongs.get(match.group(), before.isdigit() and after.isdigit()) else ""
