"""Telephone numbers: international, and as they are written at home in some thirty countries.

A candidate is a run of digits with marks between them. It counts if it has a country code, if words near it call it a
telephone number, or if it is valid in a country and grouped as people group numbers there. Ranges of valid numbers come from
`phonenumbers`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from components.lazy import lazy
from components.privacy.columns import cells
from components.privacy.context import said, words
from components.privacy.findings import Finding, Findings

if TYPE_CHECKING:
    import phonenumbers
else:
    phonenumbers = lazy("phonenumbers")

KIND = "PHONE_NUMBER"

_EXTENSION = r"(?:[ ,;]{0,2}(?:ext\.?|extension|x|durchwahl|poste|int\.|доб\.)\s?\d{1,6}(?!\w))"
_MARK = r"(?: - | / |[ .-]?\(|\)[ ./-]?|[ ./-])?"
_RUN = rf"\(?\d(?:{_MARK}\d){{5,24}}"
PATTERNS = (
    re.compile(
        rf"(?<![A-Za-z0-9_#$%^*/\\])(?<!\d[.,:])(?<![A-Za-z0-9]-){_RUN}(?:{_EXTENSION}|(?![A-Za-z_]|[.,:/-]?\d))",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<![A-Za-z0-9_])\+{_RUN}(?:{_EXTENSION})?", re.IGNORECASE),
    re.compile(
        r"(?<![A-Za-z0-9_-])(?:\+?1[ -.]?)?\(?[2-9]\d\d\)?[ .-]?[A-Z2-9]{3}-?[A-Z2-9]{4}(?![A-Za-z0-9-])"
    ),  # 1-800-FLOWERS
)
#: Digits enough for a telephone number, near each other
ENOUGH = re.compile(r"\d(?:[^\w\n]{0,3}\d){5}|[2-9]\d\d.{0,2}[A-Z]")
NAMING = words(
    r"call\w{0,3}|phone\w{0,2}|tel|tlf|tlfn|tfn|tele?[fp]h?on\w{0,8}|téléphon\w{0,2}|teléfono\w?|mobile?s?|mob|cell(?:ular)?"
    r"|fax|whats\s?app"
    r"|sms|texts?|texting|ring"
    r"|rang|reach\w{0,3}|contact\w{0,2}|dial\w{0,3}|hotline|land\s?line|hot line|handy\w{0,8}|mobil\w{0,8}|ruf\w{0,6}"
    r"|anruf\w{0,4}|erreich\w{0,6}|rückruf"
    r"|my number|meine nummer|mon numéro|mi número|il mio numero|mijn nummer|meu número|mój numer|mitt nummer|rufnummer"
    r"|festnetz"
    r"|portable|appel\w{0,5}|rappel\w{0,5}|joindre|joignable|móvil|celular|llam\w{0,6}|cellulare|chiam\w{0,6}|gsm"
    r"|bel(?:len|t)?"
    r"|bereikbaar"
    r"|komórk\w{0,3}|dzwoń|zadzwoń|zadzwonić|ligue|ligar|liguem|telemóvel|contato|ring|nå mig|soita|numer telefonu"
    r"|puhelin\w{0,4}|τηλ\w{0,8}"
    r"|тел|моб|мобильн\w{2,3}|сотов\w{2,3}|тел\w{0,2}|телефон\w{0,3}|номер|звон\w{0,6}|позвон\w{0,4}|cep|ara|arayın|arayin"
    r"|signal|telegram|viber|mit nummer|minun numeroni|numeroni|numărul meu|numaram|moje číslo|moj broj|my no|číslo"
    r"|a számom|minu number",
    anywhere="电话|電話|手机|手機|携帯|전화|هاتف|موبايل|फ़ोन|फोन|मोबाइल|โทร",
)
#: Of a column
_HEADING = re.compile(
    r"(?<![^\W_])(?:tel(?:e[fp]h?on\w{0,3})?|tel\.?\s?n\w{0,2}|tlf|phone\w{0,2}|téléphone|teléfono|mobile?|mob|cell|fax"
    r"|handy\w{0,3}|gsm|móvil"
    r"|celular|cellulare|puhelin|telefoonnummer|телефон|тел|моб)(?![^\W_])|电话|電話|手机|전화",
    re.IGNORECASE,
)
_CELL = re.compile(r"[+(]{0,2}\d[\d ()/.-]{5,22}\d")
#: Countries whose numbers are recognised without a country code, the most likely ones first
_COUNTRIES = (
    "US", "GB", "DE", "FR", "ES", "IT", "NL", "BE", "AT", "CH", "PL", "SE", "NO", "DK", "FI", "IE", "PT", "CZ", "GR", "RO",
    "HU", "AU", "NZ", "IN", "ZA", "JP", "KR", "CN", "RU", "UA", "TR", "IL", "AE", "BR", "MX", "AR", "SG", "HK",
)  # fmt: skip
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d([-./ ])(?:0?[1-9]|1[0-2])\1(?:3[01]|[0-2]?\d)|(?:3[01]|[0-2]?\d)([-./ ])(?:3[01]"
    r"|[0-2]?\d)\2(?:19"
    r"|20)\d\d"
    r"|(?:3[01]|[0-2]?\d)([-./])(?:3[01]|[0-2]?\d)\3\d\d)(?![\d.-])"
)
_DECIMAL = re.compile(
    r"\d{1,3}(?:([. ])000){1,4}$|\d{1,6}\.\d{1,16}$|\d{1,3}(?:\.\d{3}){1,4}$"
    r"|(?!0[1-9](?:\.\d\d){4}$)\d{1,2}(?:\.\d{1,2}){3,6}$"
)
#: As people group numbers at home: these need no word that names them, if they are valid in one of the countries
_GROUPED = (
    (re.compile(r"(?:1[ .-])?\(?[2-9]\d\d\)?[ .-]{0,2}\d{3}[ .-]\d{4}$"), "US CA IT IN MX"),
    (re.compile(r"1?[2-9]\d{9}$"), "US"),
    (re.compile(r"(?:8|7)[ -]?\(?[3-9]\d\d\)?[ -]?\d{3}[ -]?\d\d[ -]?\d\d$"), "RU"),
    (re.compile(r"1[3-9]\d[ -]?\d{4}[ -]?\d{4}$"), "CN"),
    (re.compile(r"[679]\d\d(?:[ .-]\d\d){3}$|[679]\d\d[ .-]\d{3}[ .-]\d{3}$"), "ES PT PL"),
    (re.compile(r"[5-8]\d\d[ -]\d{3}[ -]\d{3}$"), "PL CZ"),
    (re.compile(r"[1-9]\d \d{3} \d\d \d\d$"), "ES PL"),
    (re.compile(r"[49]\d\d \d\d \d{3}$"), "NO"),
    (re.compile(r"\d\d 9\d{4}[ -]\d{4}$"), "BR"),
    (re.compile(r"9 \d{4} \d{4}$"), "CL"),
    (re.compile(r"3\d\d \d{7}$"), "CO"),
    (re.compile(r"[6-9]\d{4}[ -]?\d{5}$"), "IN"),
    (re.compile(r"[2-9]\d \d{4} \d{4}$"), "MX BR"),
    (re.compile(r"3\d\d[ ./-]?\d{6,7}$|3\d\d[ .-]\d{3}[ .-]\d{3,4}$"), "IT"),
    (re.compile(r"\(\d\d\) ?9?\d{4}[ -]\d{4}$"), "BR MX"),
    (re.compile(r"1[38]00 \d{3} \d{3}$"), "AU"),
)


def find(text: str) -> Findings:
    """Every telephone number in a normal text."""
    if not ENOUGH.search(text):
        return
    for pattern in PATTERNS[:2]:
        for match in pattern.finditer(text):
            for start, end in _numbers(text, match.start(), match.end()):
                part = end - start < len(match.group().strip("() ")) - 1
                yield Finding(start, end, KIND, rank=2 if said(text, start, end, NAMING) == "personal" else 9 if part else 6)
    for start, end in cells(text, _HEADING):
        if _CELL.fullmatch(text, start, end) and not _DATE.search(text[start:end]):
            yield Finding(start, end, KIND, rank=4)
    for match in PATTERNS[2].finditer(text):
        letters = sum(map(str.isalpha, match.group()))
        if letters >= 3 and said(text, match.start(), match.end(), NAMING) == "personal":
            yield Finding(match.start(), match.end(), KIND, rank=7)


def _numbers(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The telephone numbers in a run of digits: the whole, else as many of its groups as make one, and what is in the rest."""
    start, end = _trimmed(text, start, end)
    if _is_phone(text, start, end):
        return [(start, end)]
    breaks = [place for place in range(start, end) if text[place] in " /"] if not _DATE.search(text[start:end]) else []
    for place in reversed(breaks):
        if _is_phone(text, start, place):
            rest = place + 1
            return [(start, place), *(_numbers(text, rest, end) if end - rest >= 7 and text[rest].isdigit() else [])]
    if breaks and end - breaks[0] > 9 and text[breaks[0] + 1] in "+(0123456789":
        return _numbers(text, breaks[0] + 1, end)
    return []


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without a bracket that nothing closes."""
    if text.count("(", start, end) > text.count(")", start, end):
        opened = text.rindex("(", start, end)
        return (start + 1, end) if opened == start else (start, len(text[:opened].rstrip()))
    return start, end


def _is_phone(text: str, start: int, end: int) -> bool:
    whole = text[start:end]
    number = re.split(r"[ ,;]{0,2}(?:e|x|d|p|int|доб)", whole, maxsplit=1, flags=re.IGNORECASE)[0]
    digits = "".join(filter(str.isdigit, number))
    if not 7 <= len(digits) <= 15 or len(set(digits)) == 1 or max(map(len, re.findall(r"\d{1,17}", number))) < 2:
        return False
    if number.startswith(("+", "00")) and _international(digits.removeprefix("00")):
        return not number.startswith("00") or said(text, start, end, NAMING) != "thing"
    if number.startswith("+"):
        return len(digits) >= 8 and said(text, start, end, NAMING) == "personal"
    if _DATE.search(number) or _years(number):
        return False
    meaning = said(text, start, end, NAMING)
    if meaning == "thing":
        return False
    if meaning == "personal":
        scores = re.findall(r"\d-\d(?!\d)", number)
        grouped = len(digits) > 7 or re.match(r"\d{3}[ .-]?\d{4}$", number)
        return bool(grouped) and len(scores) < 2 and (not _DECIMAL.match(number) or number.startswith("0"))
    return not _DECIMAL.match(number) and _as_at_home(number, digits, whole)


def _as_at_home(number: str, digits: str, whole: str) -> bool:
    """Whether a number without a word that names it is valid somewhere, and grouped as there."""
    if len(number) == len(digits) and 11 <= len(digits) <= 13 and _is_mobile(digits):
        return True
    if digits.startswith("0") and 9 <= len(digits) <= 12 and not digits.startswith("000"):
        return _valid(digits, tuple(_COUNTRIES[1:]))
    return any(pattern.match(number) and _valid(digits, tuple(countries.split())) for pattern, countries in _GROUPED) or (
        len(whole) > len(number) and 9 <= len(digits) <= 11  # it has an extension
    )


def _years(number: str) -> bool:
    """Years, or a span of them: 1642-1649, 2001 2002 2003 2004."""
    groups = re.split(r"[ \-./()]{1,3}", number.strip("()"))
    return len(groups) > 1 and all(len(group) == 4 and "1000" <= group <= "2100" for group in groups)


@lru_cache(maxsize=4096)
def _international(digits: str) -> bool:
    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(f"+{digits}")))
    except phonenumbers.NumberParseException:
        return False


@lru_cache(maxsize=4096)
def _is_mobile(digits: str) -> bool:
    """Whether digits with a country code, but without its sign, are a mobile number."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False
    return bool(kind == phonenumbers.PhoneNumberType.MOBILE)


@lru_cache(maxsize=4096)
def _valid(digits: str, countries: tuple[str, ...]) -> bool:
    for country in countries:
        try:
            if phonenumbers.is_valid_number_for_region(phonenumbers.parse(digits, country), country):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False
