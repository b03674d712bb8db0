"""Check digits of the numbers by which states know people. Each takes the letters and digits of a number, upper case."""

from __future__ import annotations

from collections.abc import Sequence

from components.privacy.checks import is_date, luhn, mod_11_10, short_date, short_date_backwards, weighted


def ssn(n: str) -> bool:
    return n[:3] not in ("000", "666") and n[3:5] != "00" and n[5:] != "0000"


def mod11(n: str, weights: tuple[int, ...], letter: str = "") -> bool:
    """The last digit is what the weighted sum lacks to a multiple of 11; 10 stands for `letter`, or for nothing."""
    rest = -weighted(n, weights) % 11
    return n[-1] == (letter or "?") if rest == 10 else n[-1] == str(rest)


def nir(n: str) -> bool:
    body = n[:13].replace("2A", "19").replace("2B", "18")
    return body.isdigit() and n[13:].isdigit() and (97 - int(body) % 97) == int(n[13:])


_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"


def dni(n: str) -> bool:
    return _DNI[int(n[:8]) % 23] == n[8]


def nie(n: str) -> bool:
    return _DNI[int(str("XYZ".index(n[0])) + n[1:8]) % 23] == n[8]


_ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25,
    24, 23,
), strict=True))  # fmt: skip


def codice_fiscale(n: str) -> bool:
    even = sum(int(c) if c.isdigit() else ord(c) - 65 for c in n[1:15:2])
    return chr(65 + (sum(_ODD[c] for c in n[0:15:2]) + even) % 26) == n[15]


def pesel(n: str) -> bool:
    century = {0: 1900, 1: 2000, 2: 2100, 3: 2200, 4: 1800}[int(n[2]) // 2]
    dated = is_date(century + int(n[:2]), int(n[2:4]) % 20, int(n[4:6]))
    return dated and (10 - weighted(n, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10) % 10 == int(n[10])


def bsn(n: str) -> bool:
    return n != "000000000" and weighted(n, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def steuer_id(n: str) -> bool:
    most = max(n[:10].count(digit) for digit in n[:10])
    return n[0] != "0" and 2 <= most <= 3 and mod_11_10(n)


def sv(n: str) -> bool:
    """German pension insurance: the letter counts as two digits, and the cross sums of weighted digits add up to the last one."""
    digits = f"{n[:8]}{ord(n[8]) - 64:02d}{n[9:11]}"
    total = sum(sum(divmod(int(d) * w, 10)) for d, w in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)))
    return total % 10 == int(n[11]) and 1 <= int(n[4:6]) <= 12


def cpf(n: str) -> bool:
    first = below_two(n[:9], range(10, 1, -1))
    return len(set(n)) > 1 and n[9:] == f"{first}{below_two(n[:10], range(11, 1, -1))}"


def cnpj(n: str) -> bool:
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    return len(set(n)) > 1 and n[12:] == f"{below_two(n[:12], weights[1:])}{below_two(n[:13], weights)}"


def below_two(n: str, weights: Sequence[int]) -> int:
    """What the weighted sum lacks to a multiple of 11; 0 where that is 10 or 11."""
    rest = weighted(n, weights) % 11
    return 0 if rest < 2 else 11 - rest


def norwegian(n: str) -> bool:
    first = -weighted(n, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    second = -weighted(n, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    day = f"{int(n[0]) % 4}{n[1]}"  # 40 is added to the day of a temporary number
    return n[9:] == f"{first}{second}" and short_date_backwards(f"{day}{n[2:6]}")


def finnish(n: str) -> bool:
    digits = "".join(filter(str.isdigit, n[:-1]))
    return short_date_backwards(digits[:6]) and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(digits[:9]) % 31] == n[-1]


def belgian(n: str) -> bool:
    dated = int(n[2:4]) % 20 <= 12 and int(n[4:6]) <= 31
    return dated and any(97 - int(century + n[:9]) % 97 == int(n[9:]) for century in ("", "2"))


def irish(n: str) -> bool:
    second = "WABCDEFGHIJKLMNOPQRSTUV".find(n[8]) if len(n) == 9 else 0
    return "WABCDEFGHIJKLMNOPQRSTUV"[(weighted(n[:7], range(8, 1, -1)) + 9 * second) % 23] == n[7]


def chinese(n: str) -> bool:
    dated = is_date(int(n[6:10]), int(n[10:12]), int(n[12:14]))
    return dated and "10X98765432"[weighted(n[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11] == n[17]


def my_number(n: str) -> bool:
    rest = weighted(n[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return int(n[11]) == (0 if rest <= 1 else 11 - rest)


_LETTER_TW = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))


def taiwanese(n: str) -> bool:
    digits = f"{_LETTER_TW[n[0]]}{n[1:]}"
    return weighted(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


def singaporean(n: str) -> bool:
    total = weighted(n[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(n[0], 0)
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK"}.get(n[0])
    return letters is None or letters[total % 11] == n[8]


def turkish(n: str) -> bool:
    tenth = (7 * sum(map(int, n[0:9:2])) - sum(map(int, n[1:8:2]))) % 10
    return n[0] != "0" and n[9:] == f"{tenth}{sum(map(int, n[:10])) % 10}"


def romanian(n: str) -> bool:
    rest = weighted(n, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return n[0] != "0" and short_date(n[1:7]) and int(n[12]) == (1 if rest == 10 else rest)


def czech(n: str) -> bool:
    month = int(n[2:4]) % 50
    month = month - 20 if month > 20 else month
    dated = 1 <= month <= 12 and is_date(2000 + int(n[:2]), month, int(n[4:6]))
    return dated and (len(n) == 9 or int(n) % 11 == 0 or (int(n[:9]) % 11 == 10 and n[9] == "0"))


def chilean(n: str) -> bool:
    rest = -sum(int(d) * (2 + place % 6) for place, d in enumerate(reversed(n[:-1]))) % 11
    return n[-1] == ("K" if rest == 10 else str(rest))


def snils(n: str) -> bool:
    return weighted(n[:9], range(9, 0, -1)) % 101 % 100 == int(n[9:])


def south_african(n: str) -> bool:
    return short_date(n[:6]) and n[10] in "012" and luhn(n)


def nhs(n: str) -> bool:
    return mod11(n, (10, 9, 8, 7, 6, 5, 4, 3, 2))


def austrian(n: str) -> bool:
    return n[0] != "0" and weighted(n[:3] + n[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11 == int(n[3]) and short_date_backwards(n[4:])


def swedish(n: str) -> bool:
    digits = n[-10:]
    dated = short_date(digits[:4] + f"{int(digits[4:6]) - 60:02d}") if int(digits[4:6]) > 60 else short_date(digits[:6])
    return dated and luhn(digits)


def bulgarian(n: str) -> bool:
    month = int(n[2:4]) % 20
    return 1 <= month <= 12 and weighted(n, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == int(n[9])


def tfn(n: str) -> bool:
    return weighted(n, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def nif(n: str) -> bool:
    return int(n[8]) == below_two(n[:8], range(9, 1, -1))


def cuit(n: str) -> bool:
    return mod11(n, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), "9")


def baltic(n: str) -> bool:
    """Estonia and Lithuania: a second row of weights where the first leaves 10."""
    rest = weighted(n, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    rest = weighted(n, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 if rest == 10 else rest
    return short_date(n[1:7]) and n[10] == str(rest % 10)


def yugoslav(n: str) -> bool:
    """JMBG and EMŠO: day, month, last three digits of the year, and a check digit."""
    rest = -weighted(n, (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return 1 <= int(n[:2]) <= 31 and 1 <= int(n[2:4]) <= 12 and n[4] in "90" and n[12] == str(rest % 10)
