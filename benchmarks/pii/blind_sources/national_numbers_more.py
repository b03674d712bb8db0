"""Numbers that states in the north, the east and the south-east of Europe give to people. See `national_numbers.py`."""

from __future__ import annotations

import random

from benchmarks.pii.blind_sources.drawing import born, drawn, luhn, mod_11_10, weighted
from benchmarks.pii.blind_sources.national_numbers import DIGITS, one_digit, until


def cpr(rng: random.Random) -> str:
    def make() -> str | None:
        year, month, day = born(rng)
        body = f"{day:02}{month:02}{year % 100:02}{rng.randint(0, 399):03}"
        check = one_digit(-weighted(body, (4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11)
        return check and f"{body[:6]}-{body[6:]}{check}"

    return until(make)


def personnummer(rng: random.Random) -> str:
    year, month, day = born(rng)
    body = f"{year % 100:02}{month:02}{day:02}{rng.randint(1, 979):03}"
    return f"{body[:6]}-{body[6:]}{luhn(body)}"


def fodselsnummer(rng: random.Random) -> str:
    def make() -> str | None:
        year, month, day = born(rng, 1940, 1999)
        body = f"{day:02}{month:02}{year % 100:02}{rng.randint(0, 499):03}"
        first = one_digit(-weighted(body, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11)
        second = first and one_digit(-weighted(body + first, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11)
        return first and second and body + first + second

    return until(make)


def hetu(rng: random.Random) -> str:
    year, month, day = born(rng)
    birth, serial = f"{day:02}{month:02}{year % 100:02}", f"{rng.randint(2, 899):03}"
    return f"{birth}-{serial}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(birth + serial) % 31]}"


def kennitala(rng: random.Random) -> str:
    def make() -> str | None:
        year, month, day = born(rng)
        body = f"{day:02}{month:02}{year % 100:02}{rng.randint(20, 99)}"
        check = one_digit(-weighted(body, (3, 2, 7, 6, 5, 4, 3, 2)) % 11)
        return check and f"{body[:6]}-{body[6:]}{check}9"

    return until(make)


def pesel(rng: random.Random) -> str:
    year, month, day = born(rng)
    body = f"{year % 100:02}{month:02}{day:02}{drawn(rng, DIGITS, 4)}"
    return body + str(-weighted(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10)


def dowod(rng: random.Random) -> str:
    letters, number = f"C{drawn(rng, 'ABCDEFGHIJKLMNPRSTUWXYZ', 2)}", drawn(rng, DIGITS, 5)
    total = weighted(number, (7, 3, 1, 7, 3)) + sum(int(c, 36) * w for c, w in zip(letters, (7, 3, 1), strict=True))
    return f"{letters}{total % 10}{number}"


def rodne_cislo(rng: random.Random) -> str:
    def make() -> str | None:
        year, month, day = born(rng, 1955, 1999)
        body = f"{year % 100:02}{month + 50 * rng.randint(0, 1):02}{day:02}{rng.randint(1, 999):03}"
        check = one_digit(int(body) % 11)
        return check and f"{body[:6]}/{body[6:]}{check}"

    return until(make)


def rnokpp(rng: random.Random) -> str:
    body = "3" + drawn(rng, DIGITS, 8)
    return body + str(weighted(body, (-1, 5, 7, 9, 4, 6, 10, 5, 7)) % 11 % 10)


def taj(rng: random.Random) -> str:
    body = drawn(rng, "123456789", 8)
    return body + str(weighted(body, (3, 7) * 4) % 10)


def cnp(rng: random.Random) -> str:
    year, month, day = born(rng)
    body = f"{rng.choice('12')}{year % 100:02}{month:02}{day:02}{rng.randint(1, 46):02}{rng.randint(1, 999):03}"
    check = weighted(body, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return body + str(1 if check == 10 else check)


def egn(rng: random.Random) -> str:
    year, month, day = born(rng)
    body = f"{year % 100:02}{month:02}{day:02}{drawn(rng, DIGITS, 3)}"
    return body + str(weighted(body, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10)


def amka(rng: random.Random) -> str:
    year, month, day = born(rng)
    body = f"{day:02}{month:02}{year % 100:02}{drawn(rng, DIGITS, 4)}"
    return body + luhn(body)


def afm(rng: random.Random) -> str:
    body = rng.choice("0134") + drawn(rng, DIGITS, 7)
    return body + str(sum(int(d) * 2 ** (8 - i) for i, d in enumerate(body)) % 11 % 10)


def oib(rng: random.Random) -> str:
    body = rng.choice("123456789") + drawn(rng, DIGITS, 9)
    return body + mod_11_10(body)


def jmbg(rng: random.Random) -> str:
    def make() -> str | None:
        year, month, day = born(rng)
        body = f"{day:02}{month:02}{year % 1000:03}71{rng.randint(0, 999):03}"
        check = 11 - weighted(body, (7, 6, 5, 4, 3, 2) * 2) % 11
        return None if check == 10 else body + str(check % 11)

    return until(make)


def baltic(rng: random.Random) -> str:
    """Estonia's and Lithuania's."""
    year, month, day = born(rng)
    body = f"{rng.choice('34')}{year % 100:02}{month:02}{day:02}{drawn(rng, DIGITS, 3)}"
    check = weighted(body, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = weighted(body, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return body + str(check)
