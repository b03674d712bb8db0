"""Check digits: numbers that are right, and the same with one digit changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.privacy.checks import ean, is_date, luhn, mod97, mod_11_10, short_date, short_date_backwards, verhoeff

pytestmark = pytest.mark.unit

RIGHT = {
    **dict.fromkeys(("4111111111111111", "378282246310005", "6304000000000000"), luhn),
    **dict.fromkeys(("DE89370400440532013000", "GB82WEST12345698765432"), mod97),
    **dict.fromkeys(("7561234567897", "9783161484100"), ean),
    "86095742719": mod_11_10,
    "234567890124": verhoeff,
}


@pytest.mark.parametrize("number", RIGHT)
def test_right_numbers_pass_and_one_changed_digit_is_found(number: str) -> None:
    check = RIGHT[number]
    assert check(number)
    for place, digit in enumerate(number):
        if digit.isdigit():
            changed = number[:place] + str((int(digit) + 1) % 10) + number[place + 1 :]
            assert not check(changed), changed


@given(st.from_regex(r"[0-9]{11}", fullmatch=True))
def test_exactly_one_last_digit_is_right(body: str) -> None:
    for check in (luhn, mod_11_10, verhoeff, ean):
        assert sum(check(body + last) for last in "0123456789") == 1


def test_dates() -> None:
    assert is_date(2000, 2, 29)
    assert not is_date(1900, 2, 29)
    assert short_date("840312")
    assert not short_date("841312")
    assert short_date_backwards("120384")
    assert not short_date_backwards("320384")
