"""Invented values: digits drawn at random until the check digits agree, in the ways in which people write them."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

from components.privacy import national
from components.privacy.checks import ean, luhn, mod97, mod_11_10, verhoeff

Make = Callable[[random.Random], str]


def digits(rng: random.Random, n: int) -> str:
    """n random digits."""
    return "".join(rng.choices(string.digits, k=n))


def drawn(pattern: str, check: Callable[[str], bool] = lambda _: True) -> Make:
    """Values of a pattern: # a digit, @ a capital letter, % a digit from 2; drawn until the letters and digits pass the check."""

    def make(rng: random.Random) -> str:
        while True:
            value = "".join(
                rng.choice(string.digits)
                if c == "#"
                else rng.choice(string.ascii_uppercase)
                if c == "@"
                else rng.choice("23456789")
                if c == "%"
                else c
                for c in pattern
            )
            try:
                if check("".join(filter(str.isalnum, value))):
                    return value
            except (KeyError, ValueError, IndexError):
                continue

    return make


def dated(form: str, check: Callable[[str], bool] = lambda _: True) -> Make:
    """Values with a date in them: YYYY or YY, MM and DD in the pattern."""

    def make(rng: random.Random) -> str:
        while True:
            year, month, day = rng.randint(1940, 2004), rng.randint(1, 12), rng.randint(1, 28)
            pattern = (
                form.replace("YYYY", str(year))
                .replace("YY", f"{year % 100:02d}")
                .replace("MM", f"{month:02d}")
                .replace("DD", f"{day:02d}")
            )
            value = "".join(
                rng.choice(string.digits) if c == "#" else rng.choice(string.ascii_uppercase) if c == "@" else c for c in pattern
            )
            try:
                if check("".join(filter(str.isalnum, value))):
                    return value
            except (KeyError, ValueError, IndexError):
                continue

    return make


def card(*beginnings: str, length: int = 16, groups: tuple[int, ...] = (4, 4, 4, 4), mark: str = " ") -> Make:
    """Card numbers that begin so, grouped so."""

    def make(rng: random.Random) -> str:
        while True:
            number = rng.choice(beginnings)
            number += digits(rng, length - len(number))
            if luhn(number):
                break
        pieces, at = [], 0
        for size in groups:
            pieces.append(number[at : at + size])
            at += size
        return mark.join(piece for piece in [*pieces, number[at:]] if piece)

    return make


def iban(country: str, pattern: str, spaced: bool = True) -> Make:
    """IBANs of a country: the pattern is the part after the check digits."""

    def make(rng: random.Random) -> str:
        body = drawn(pattern)(rng)
        number = next(f"{country}{n:02d}{body}" for n in range(2, 99) if mod97(f"{country}{n:02d}{body}"))
        return " ".join(number[at : at + 4] for at in range(0, len(number), 4)) if spaced else number

    return make


def chosen(*alternatives: Make | str) -> Make:
    """One of several ways."""
    return lambda rng: one(rng) if callable(one := rng.choice(alternatives)) else str(one)


def token(prefix: str, n: int, alphabet: str = string.ascii_letters + string.digits) -> Make:
    """A random string after a prefix."""
    return lambda rng: prefix + "".join(rng.choices(alphabet, k=n))


CHECKS = {
    "mod_11_10": mod_11_10, "verhoeff": verhoeff, "ean": ean, "luhn": luhn,
    **{name: getattr(national, name) for name in dir(national) if not name.startswith("_")},
}  # fmt: skip
