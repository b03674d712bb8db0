"""Characters that nobody sees: what Unicode calls default ignorable, every format character, and a blank that is none to Python.

Python's unicodedata has no such property; the ranges are those of Default_Ignorable_Code_Point in DerivedCoreProperties.txt,
code points that are not assigned yet among them. Whoever compares texts, names or values as people read them leaves these out.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

RANGES = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F),
    (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
#: The same, for within the brackets of a regular expression of Arrow's (RE2)
CLASS = r"\p{Cf}" + "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in RANGES)


@lru_cache(maxsize=8192)
def unseen(char: str) -> bool:
    """Whether a character is not seen."""
    return unicodedata.category(char) == "Cf" or any(first <= ord(char) <= last for first, last in RANGES)


def without_unseen(text: str) -> str:
    """The text without them."""
    return text if text.isascii() else "".join(char for char in text if not unseen(char))
