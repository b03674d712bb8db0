"""The blind set is what its sources make, marks what is in its sentences, and its numbers are right. No detector runs on it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest

from benchmarks.pii.blind_sources.places import BASE58
from benchmarks.pii.rows import BLIND, HERE, SCANNED, Row, lines, read
from benchmarks.pii.write import made

pytestmark = pytest.mark.unit

MAIN = ("card", "iban", "phone", "email", "government", "birth date", "address", "secret")
AT_LEAST = {**dict.fromkeys(MAIN, 90), "credentials in a URL": 30, "network": 30, "wallet": 15, "coordinates": 15, "": 450}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return read(BLIND)


def test_it_is_what_its_sources_make(rows: list[Row]) -> None:
    assert made(BLIND) == rows
    assert lines(rows, SCANNED) == (HERE / f"{BLIND}.jsonl").read_text(encoding="utf-8")


def test_every_value_is_in_its_sentence_once(rows: list[Row]) -> None:
    assert [row for row in rows if row.text.count(row.value) != 1 or row.value != row.value.strip()] == []


def test_values_of_one_sentence_do_not_overlap(rows: list[Row]) -> None:
    for row, other in pairwise(rows):
        if row.text == other.text and row.kind and other.kind:
            assert row.span[1] <= other.span[0], row.text


def test_it_is_large_and_no_sentence_is_worn_out(rows: list[Row]) -> None:
    assert set(AT_LEAST) == {row.kind for row in rows}
    counts = Counter(row.kind for row in rows)
    assert {kind: counts[kind] for kind in AT_LEAST if counts[kind] < AT_LEAST[kind]} == {}
    frames = Counter((row.kind, row.text.replace(row.value, "{}")) for row in rows)
    assert max(frames.values()) <= 6
    assert min(sum(kind == main for kind, _ in frames) for main in MAIN) >= 25
    assert len({row.detail for row in rows if row.kind == "address"}) >= 15
    assert len({row.detail for row in rows if row.kind == "iban"}) >= 40


def test_no_scanner_of_repositories_takes_a_row_for_a_key() -> None:
    kept = (HERE / f"{BLIND}.jsonl").read_text(encoding="utf-8")
    code = "".join(file.read_text(encoding="utf-8") for file in (HERE / "blind_sources").glob("*.py"))
    keys = r"gh[ps]_\w{36}|github_pat_\w{22}|AKIA\w{16}|[rs]k_live_\w{20}|xoxb-\d|AIza[\w-]{35}|npm_\w{36}|eyJ\w+\.eyJ"
    for text in (kept, code):
        assert (
            re.findall(rf"{keys}|sk-proj-\w{{20}}|hvs\.\w{{20}}|SG\.[\w-]{{22}}\.|glpat-\w{{20}}|BEGIN [A-Z ]*PRIVATE KEY", text)
            == []
        )
    assert re.findall(keys, "".join(row.value for row in read(BLIND)))  # and they are keys to who reads it


def _digits(text: str) -> list[int]:
    return [int(c) for c in unicodedata.normalize("NFKC", text) if c.isdigit()]


def _sum(*weights: int, modulus: int, rest: int = 0) -> Callable[[str], bool]:
    """Is the weighted sum of all digits, the check digit among them, 0 (or `rest`) in the modulus?"""
    return lambda value: sum(d * w for d, w in zip(_digits(value), weights, strict=True)) % modulus == rest


def _rest(value: str, weights: Iterable[int], modulus: int) -> int:
    """The weighted sum of the leading digits in the modulus."""
    return sum(d * w for d, w in zip(_digits(value), weights, strict=False)) % modulus


def _luhn(value: str) -> bool:
    digits = _digits(value)[::-1]
    return (sum(digits[::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])) % 10 == 0


def _mod_11_10(value: str) -> bool:
    rest = 10
    for digit in _digits(value)[:-1]:
        rest = ((rest + digit) % 10 or 10) * 2 % 11
    return (rest + _digits(value)[-1]) % 10 == 1


def _verhoeff(value: str) -> bool:
    """By the dihedral group itself: rotations are 0 to 4, reflections 5 to 9."""
    turned, state = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), 0
    for place, digit in enumerate(reversed(_digits(value))):
        for _ in range(place % 8):
            digit = turned[digit]
        (a, flipped), (b, flips) = (state % 5, state > 4), (digit % 5, digit > 4)
        state = ((a - b) if flipped else (a + b)) % 5 + 5 * (flipped != flips)
    return state == 0


def _number(value: str) -> int:
    return int("".join(map(str, _digits(value))))


#: By the first words of `detail`
STATES: dict[str, Callable[[str], bool]] = {
    "GB NHS": _sum(10, 9, 8, 7, 6, 5, 4, 3, 2, 1, modulus=11),
    "FR NIR": lambda v: (_number(v) // 100 + _number(v) % 100) % 97 == 0,
    "DE Steuer-ID": _mod_11_10,
    "CH AHV": _sum(*(1, 3) * 6, 1, modulus=10),
    "ES DNI": lambda v: "TRWAGMYFPDXBNJZSQVHLCKE"[_number(v) % 23] == v[-1].upper(),
    "PT NIF": lambda v: _digits(v)[-1] == (0 if (s := _rest(v, range(9, 1, -1), 11)) < 2 else 11 - s),
    "NL BSN": _sum(9, 8, 7, 6, 5, 4, 3, 2, -1, modulus=11),
    "BE rijksregister": lambda v: (_number(v) // 100 + _number(v) % 100) % 97 == 0,
    "DK CPR": _sum(4, 3, 2, 7, 6, 5, 4, 3, 2, 1, modulus=11),
    "SE personnummer, century": lambda v: _luhn(v[2:]),
    "SE personnummer": _luhn,
    "NO": lambda v: _sum(3, 7, 6, 1, 8, 9, 4, 5, 2, 1, 0, modulus=11)(v) and _sum(5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1, modulus=11)(v),
    "FI hetu": lambda v: "0123456789ABCDEFHJKLMNPRSTUVWXY"[_number(v[:6] + v[7:10]) % 31] == v[-1],
    "PL PESEL": _sum(1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1, modulus=10),
    "CZ": lambda v: _number(v) % 11 == 0,
    "RO": lambda v: _digits(v)[-1] == (1 if (s := _rest(v, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9), 11)) == 10 else s),
    "GR AMKA": _luhn,
    "HR OIB": _mod_11_10,
    "TR": lambda v: sum(_digits(v)[:10]) % 10 == _digits(v)[10],
    "CA SIN": _luhn,
    "AU TFN": _sum(1, 4, 3, 7, 5, 8, 6, 9, 10, modulus=11),
    "IN Aadhaar": _verhoeff,
    "CN": lambda v: sum((10 if c == "X" else int(c)) * 2 ** (17 - i) for i, c in enumerate(v)) % 11 == 1,
    "TH": lambda v: _digits(v)[-1] == ((1 - s) if (s := _rest(v, range(13, 1, -1), 11)) < 2 else 11 - s),
    "IL": _luhn,
    "ZA": _luhn,
    "AE": _luhn,
    "BR CPF": lambda v: all(_digits(v)[n - 1] == _rest(v, range(n, 1, -1), 11) * 10 % 11 % 10 for n in (10, 11)),
    "UY": _sum(2, 9, 8, 7, 6, 3, 4, 1, modulus=10),
}


def test_cards_have_their_luhn_digit(rows: list[Row]) -> None:
    assert [row for row in rows if row.kind == "card" and not _luhn(row.value)] == []


def test_accounts_have_their_check_digits(rows: list[Row]) -> None:
    for row in rows:
        if row.kind == "iban":
            iban = re.sub(r"[^A-Z0-9]", "", row.value.upper())
            assert int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1, row


@pytest.mark.parametrize("state", STATES)
def test_numbers_of_states_have_theirs(state: str, rows: list[Row]) -> None:
    longer = [name for name in STATES if name.startswith(state) and name != state]
    values = [row.value for row in rows if row.kind == "government" and row.detail.startswith(state) and row.detail not in longer]
    assert values
    assert [value for value in values if not STATES[state](value)] == []


def test_wallets_have_their_checksum(rows: list[Row]) -> None:
    wallets = [row.value for row in rows if row.kind == "wallet" and not row.value.startswith(("0x", "bc1"))]
    assert len(wallets) > 8
    for wallet in wallets:
        number = 0
        for c in wallet:
            number = number * 58 + BASE58.index(c)
        data = number.to_bytes(25, "big")
        assert hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] == data[-4:]
