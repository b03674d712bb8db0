"""Check digits: whether a number could have been issued. All functions take strings of ASCII digits (or letters where named)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date


def luhn(digits: str) -> bool:
    """ISO/IEC 7812: cards, Swedish and Canadian person numbers, South African ids."""
    doubled = (2 * int(digit) if place % 2 else int(digit) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def mod97(text: str) -> bool:
    """ISO 13616 (IBAN): letters count from 10, the first four characters come last, the remainder is 1."""
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1


def weighted(digits: str, weights: Sequence[int]) -> int:
    """The sum of digits times weights, as far as there are weights."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights))


def mod_11_10(digits: str) -> bool:
    """ISO 7064 MOD 11,10: German tax ids, Croatian OIB."""
    product = 10
    for digit in digits[:-1]:
        product = 2 * ((int(digit) + product) % 10 or 10) % 11
    return (11 - product) % 10 == int(digits[-1])


_DIHEDRAL = [
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
]  # fmt: skip
_PERMUTED = ["0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258"]


def verhoeff(digits: str) -> bool:
    """Verhoeff's dihedral check: Aadhaar."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_DIHEDRAL[check][int(_PERMUTED[place % 8][int(digit)])])
    return check == 0


def ean(digits: str) -> bool:
    """The check of article numbers, which Swiss AHV numbers use too."""
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10 == 0


def is_date(year: int, month: int, day: int) -> bool:
    """Whether a day exists in the calendar."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def short_date(yymmdd: str) -> bool:
    """Whether six digits are a day in some century: year, month, day."""
    return is_date(2000 + int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:6]))


def short_date_backwards(ddmmyy: str) -> bool:
    """Whether six digits are a day in some century: day, month, year."""
    return short_date(ddmmyy[4:6] + ddmmyy[2:4] + ddmmyy[:2])
