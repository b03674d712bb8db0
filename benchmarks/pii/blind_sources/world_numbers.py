"""Numbers of people outside Europe, with their check digits. See `national_numbers.py`."""

from __future__ import annotations

import random

from benchmarks.pii.blind_sources.drawing import born, drawn, luhn, weighted
from benchmarks.pii.blind_sources.national_numbers import DIGITS

_D = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_P = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258")


def verhoeff(digits: str) -> str:
    """The Verhoeff digit."""
    state = 0
    for place, digit in enumerate(reversed(digits)):
        state = int(_D[state][int(_P[(place + 1) % 8][int(digit)])])
    return str(next(n for n in range(10) if _D[state][n] == "0"))


def aadhaar(rng: random.Random) -> str:
    body = rng.choice("23456789") + drawn(rng, DIGITS, 10)
    return body + verhoeff(body)


def resident_id_cn(rng: random.Random) -> str:
    year, month, day = born(rng)
    body = f"{rng.choice(('110105', '310104', '440305', '510107', '330106'))}{year}{month:02}{day:02}{rng.randint(1, 999):03}"
    return body + "10X98765432"[weighted(body, [2 ** (17 - i) % 11 for i in range(17)]) % 11]


def hkid(rng: random.Random) -> str:
    letter, number = rng.choice("ABCDEGHKMPRVYZ"), drawn(rng, DIGITS, 6)
    check = -(36 * 9 + (ord(letter) - 55) * 8 + weighted(number, range(7, 1, -1))) % 11
    return f"{letter}{number}({'A' if check == 10 else check})"


def taiwan_id(rng: random.Random) -> str:
    letter, number = rng.choice("ABCDEFGH"), rng.choice("12") + drawn(rng, DIGITS, 7)
    code = 10 + "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(letter)
    return f"{letter}{number}{-(code // 10 + code % 10 * 9 + weighted(number, range(8, 0, -1))) % 10}"


def nric(rng: random.Random) -> str:
    century, number = rng.choice("ST"), drawn(rng, DIGITS, 7)
    total = weighted(number, (2, 7, 6, 5, 4, 3, 2)) + 4 * (century == "T")
    return f"{century}{number}{'JZIHGFEDCBA'[total % 11]}"


def mykad(rng: random.Random) -> str:
    year, month, day = born(rng)
    return f"{year % 100:02}{month:02}{day:02}-{rng.choice(('01', '07', '10', '14'))}-{drawn(rng, DIGITS, 4)}"


def nik(rng: random.Random) -> str:
    year, month, day = born(rng)
    area, day = rng.choice(("317301", "327306", "351505")), day + 40 * rng.randint(0, 1)
    return f"{area}{day:02}{month:02}{year % 100:02}{rng.randint(1, 99):04}"


def thai_id(rng: random.Random) -> str:
    body = rng.choice("1345") + drawn(rng, DIGITS, 11)
    return body + str((11 - weighted(body, range(13, 1, -1)) % 11) % 10)


def rrn_kr(rng: random.Random) -> str:
    year, month, day = born(rng)
    body = f"{year % 100:02}{month:02}{day:02}{rng.choice('12')}{drawn(rng, DIGITS, 5)}"
    return f"{body[:6]}-{body[6:]}{(11 - weighted(body, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10}"


def my_number(rng: random.Random) -> str:
    body = drawn(rng, DIGITS, 11)
    rest = weighted(body, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return body + str(0 if rest <= 1 else 11 - rest)


def tfn(rng: random.Random) -> str:
    while True:
        body = rng.choice("12345678") + drawn(rng, DIGITS, 7)
        for check in DIGITS:
            if weighted(body + check, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0:
                return body + check


def medicare_au(rng: random.Random) -> str:
    body = rng.choice("23456") + drawn(rng, DIGITS, 7)
    return f"{body}{weighted(body, (1, 3, 7, 9, 1, 3, 7, 9)) % 10}{rng.randint(1, 3)}"


def sa_id(rng: random.Random) -> str:
    year, month, day = born(rng)
    body = f"{year % 100:02}{month:02}{day:02}{drawn(rng, DIGITS, 4)}08"
    return body + luhn(body)


def emirates_id(rng: random.Random) -> str:
    year, serial = str(born(rng)[0]), drawn(rng, DIGITS, 7)
    return f"784-{year}-{serial}-{luhn(f'784{year}{serial}')}"


def tc_kimlik(rng: random.Random) -> str:
    body = rng.choice("123456789") + drawn(rng, DIGITS, 8)
    tenth = (7 * sum(map(int, body[::2])) - sum(map(int, body[1::2]))) % 10
    return f"{body}{tenth}{(sum(map(int, body)) + tenth) % 10}"


def teudat_zehut(rng: random.Random) -> str:
    body = rng.choice("0123") + drawn(rng, DIGITS, 7)
    return body + luhn(body)


def snils(rng: random.Random) -> str:
    body = rng.choice("1") + drawn(rng, DIGITS, 8)
    return f"{body[:3]}-{body[3:6]}-{body[6:]} {weighted(body, range(9, 0, -1)) % 101 % 100:02}"


def inn(rng: random.Random) -> str:
    body = rng.choice(("77", "78", "54", "66")) + drawn(rng, DIGITS, 8)
    body += str(weighted(body, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10)
    return body + str(weighted(body, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10)


def cpf(rng: random.Random) -> str:
    body = drawn(rng, DIGITS, 9)
    for first in (10, 11):
        rest = weighted(body, range(first, 1, -1)) % 11
        body += str(0 if rest < 2 else 11 - rest)
    return f"{body[:3]}.{body[3:6]}.{body[6:9]}-{body[9:]}"


def rut(rng: random.Random) -> str:
    body = str(rng.randint(7000000, 24999999))
    check = 11 - weighted(body[::-1], ((2, 3, 4, 5, 6, 7) * 2)[: len(body)]) % 11
    return f"{int(body):,}".replace(",", ".") + f"-{ {10: 'K', 11: '0'}.get(check, check) }"


def cuil(rng: random.Random) -> str:
    while True:
        body = rng.choice(("20", "27")) + str(rng.randint(10000000, 45999999))
        check = 11 - weighted(body, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
        if check != 10:
            return f"{body[:2]}-{body[2:]}-{check % 11}"


def curp(rng: random.Random) -> str:
    year, month, day = born(rng)
    names, rest = rng.choice(("LOGA", "MEVR", "RUTI", "CASD")), rng.choice(("HDFRPN", "MJCLRS", "HNLNTR"))
    body = f"{names}{year % 100:02}{month:02}{day:02}{rest}0"
    alphabet = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    return body + str(-sum(alphabet.index(c) * (18 - i) for i, c in enumerate(body)) % 10)


def cedula_ec(rng: random.Random) -> str:
    body = f"{rng.randint(1, 24):02}{rng.randint(0, 5)}{drawn(rng, DIGITS, 6)}"
    return body + luhn(body)


def ci_uy(rng: random.Random) -> str:
    body = str(rng.randint(1000000, 5999999))
    check = -weighted(body, (2, 9, 8, 7, 6, 3, 4)) % 10
    return f"{body[0]}.{body[1:4]}.{body[4:]}-{check}"
