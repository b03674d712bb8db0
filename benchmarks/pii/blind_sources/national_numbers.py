"""Numbers that states give to people, with the check digits that each state's rule asks for."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from benchmarks.pii.blind_sources.drawing import born, drawn, filled, luhn, mod_11_10, weighted

DIGITS = "0123456789"


def until(make: Callable[[], str | None]) -> str:
    """Draw again until a number has a check digit (some have none)."""
    while True:
        if (value := make()) is not None:
            return value


def one_digit(n: int) -> str | None:
    return str(n) if n < 10 else None


def ssn(rng: random.Random) -> str:
    return f"{rng.choice([*range(100, 666), *range(667, 900)])}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"


def sin(rng: random.Random) -> str:
    body = str(rng.randint(10000000, 79999999))
    return body + luhn(body)


def nino(rng: random.Random) -> str:
    return f"{rng.choice(('AB', 'CE', 'HJ', 'JK', 'LM', 'PR', 'SW', 'YZ'))}{drawn(rng, DIGITS, 6)}{rng.choice('ABCD')}"


def nhs(rng: random.Random) -> str:
    def make() -> str | None:
        body = rng.choice("4679") + drawn(rng, DIGITS, 8)
        check = 11 - weighted(body, range(10, 1, -1)) % 11
        return None if check == 10 else body + str(check % 11)

    return until(make)


def utr(rng: random.Random) -> str:
    body = drawn(rng, "123456789", 9)
    return "21987654321"[weighted(body, (6, 7, 8, 9, 10, 5, 4, 3, 2)) % 11] + body


def driver_gb(rng: random.Random) -> str:
    year, month, day = born(rng)
    name, initial = rng.choice(("QUENN", "VELDK", "FENWR")), rng.choice("ABCDEFGHJKLM")
    return f"{name}{year // 10 % 10}{month + 50 * rng.randint(0, 1):02}{day:02}{year % 10}{initial}99{filled(rng, '@@')}"


def pps(rng: random.Random) -> str:
    body = str(rng.randint(1000000, 9999999))
    return body + "WABCDEFGHIJKLMNOPQRSTUV"[weighted(body, range(8, 1, -1)) % 23]


def nir(rng: random.Random) -> str:
    year, month, _ = born(rng)
    body = f"{rng.choice('12')}{year % 100:02}{month:02}{rng.randint(10, 19)}{rng.randint(1, 400):03}{rng.randint(1, 400):03}"
    return f"{body}{97 - int(body) % 97:02}"


def fiscal_fr(rng: random.Random) -> str:
    body = "30" + drawn(rng, DIGITS, 8)
    return f"{body}{int(body) % 511:03}"


def steuer_id(rng: random.Random) -> str:
    """Of the first ten digits one comes twice, the others once at most."""
    digits = rng.sample(DIGITS, 9)
    digits.insert(rng.randint(1, 9), digits[rng.randint(1, 8)])
    if digits[0] == "0":
        return steuer_id(rng)
    return "".join(digits) + mod_11_10("".join(digits))


def mrz_check(text: str) -> str:
    """The check digit of a passport's machine-readable line (ICAO 9303), 7-3-1."""
    return str(sum(int(c, 36) * (7, 3, 1)[place % 3] for place, c in enumerate(text)) % 10)


def ausweis(rng: random.Random) -> str:
    body = rng.choice("LMNPRTVWXY") + drawn(rng, "CFGHJKLMNPRTVWXYZ0123456789", 8)
    return body + mrz_check(body)


def pension_de(rng: random.Random) -> str:
    year, month, day = born(rng)
    letter = rng.choice("ABDFGHKLMPRSW")
    area, birth, serial = rng.choice(("12", "53", "65")), f"{day:02}{month:02}{year % 100:02}", f"{rng.randint(0, 99):02}"
    digits = f"{area}{birth}{ord(letter) - 64:02}{serial}"
    sums = (int(d) * weight for d, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True))
    return f"{area}{birth}{letter}{serial}{sum(n // 10 + n % 10 for n in sums) % 10}"


def health_de(rng: random.Random) -> str:
    letter, body = rng.choice("ABDFGHKLMPRSW"), drawn(rng, DIGITS, 8)
    sums = (int(d) * (1 + place % 2) for place, d in enumerate(f"{ord(letter) - 64:02}{body}"))
    return f"{letter}{body}{sum(n // 10 + n % 10 for n in sums) % 10}"


def svnr_at(rng: random.Random) -> str:
    def make() -> str | None:
        year, month, day = born(rng)
        serial, birth = str(rng.randint(100, 999)), f"{day:02}{month:02}{year % 100:02}"
        check = one_digit((weighted(serial, (3, 7, 9)) + weighted(birth, (5, 8, 4, 2, 1, 6))) % 11)
        return check and f"{serial}{check} {birth}"

    return until(make)


def ean(digits: str) -> str:
    return str(-weighted(digits, [1, 3] * (len(digits) // 2)) % 10)


def ahv(rng: random.Random) -> str:
    body = "756" + drawn(rng, DIGITS, 9)
    body += ean(body)
    return f"{body[:3]}.{body[3:7]}.{body[7:11]}.{body[11:]}"


_ODD = dict(zip("0123456789", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True)) | dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)


def codice_fiscale(rng: random.Random) -> str:
    year, month, day = born(rng)
    names = rng.choice(("LMBGNN", "VRDFNC", "TSCMRC", "PLLSRA", "BNCDNL", "GRSLRA"))
    place = rng.choice(("F205", "L219", "H501", "A944", "G273", "D612"))
    body = f"{names}{year % 100:02}{'ABCDEHLMPRST'[month - 1]}{day + 40 * rng.randint(0, 1):02}{place}"
    total = sum(_ODD[c] if i % 2 == 0 else (int(c) if c.isdigit() else ord(c) - 65) for i, c in enumerate(body))
    return body + chr(65 + total % 26)


DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def dni(rng: random.Random) -> str:
    n = rng.randint(10000000, 89999999)
    return f"{n}{DNI_LETTERS[n % 23]}"


def nie(rng: random.Random) -> str:
    first, rest = rng.randint(0, 2), drawn(rng, DIGITS, 7)
    return f"{'XYZ'[first]}{rest}{DNI_LETTERS[int(f'{first}{rest}') % 23]}"


def nif_pt(rng: random.Random) -> str:
    body = rng.choice("12") + drawn(rng, DIGITS, 7)
    check = 11 - weighted(body, range(9, 1, -1)) % 11
    return body + str(0 if check > 9 else check)


def cidadao_pt(rng: random.Random) -> str:
    number = rng.choice("1") + drawn(rng, DIGITS, 7)
    check = 11 - weighted(number, range(9, 1, -1)) % 11
    body = f"{number}{0 if check > 9 else check}Z{rng.choice('YZX')}"
    doubled = (int(c, 36) * (2 if place % 2 == 0 else 1) for place, c in enumerate(body + "0"))
    # a letter doubled may be over 19; nine is taken off once, as the rule says
    total = sum(n - 9 if place % 2 == 0 and n >= 10 else n for place, n in enumerate(doubled))
    return f"{number} {body[8]} {body[9:]}{-total % 10}"


def bsn(rng: random.Random) -> str:
    def make() -> str | None:
        body = rng.choice("1245") + drawn(rng, DIGITS, 7)
        check = one_digit(weighted(body, range(9, 1, -1)) % 11)
        return check and body + check

    return until(make)


def rijksregister(rng: random.Random) -> str:
    year, month, day = born(rng)
    body = f"{year % 100:02}{month:02}{day:02}{rng.randint(1, 997):03}"
    return f"{body[:2]}.{body[2:4]}.{body[4:6]}-{body[6:]}.{97 - int(body) % 97:02}"


def pattern(*shapes: str) -> Callable[[random.Random], str]:
    """A number without a check digit."""
    return lambda rng: filled(rng, rng.choice(shapes))


def spaced(make: Callable[[random.Random], str], *groups: Sequence[int]) -> Callable[[random.Random], str]:
    """The same number, in groups; an empty group of lengths leaves it as it is."""

    def made(rng: random.Random) -> str:
        value, parts = make(rng), []
        start = 0
        for length in rng.choice(groups):
            parts.append(value[start : start + length])
            start += length
        return " ".join([*parts, value[start:]]).strip()

    return made
