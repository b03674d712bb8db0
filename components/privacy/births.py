"""Birth dates: a date beside words that say that somebody was born."""

from __future__ import annotations

import re

from components.privacy.birth_words import AFTER, BIRTHDAY_HINTS, BIRTHDAYS, NAMING
from components.privacy.columns import cells
from components.privacy.findings import Finding, Findings, matches

KIND = "BIRTH_DATE"

_MONTH = (
    r"(?:jan|feb|fév|fev|mar|mär|mrz|apr|avr|abr|mai|maj|may|mag|mei|maggio|jun|juin|giu|czer|jul|juil|lug|lip|aug|août|aoû"
    r"|ago|sier|sep|set|wrz|oct|okt|out|ott"
    r"|paź|már|ápr|máj|jún|júl|szep|nov|lis|dec|dez|déc|dic|gru|ene|gen|stycz|lut|kwie|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек)[^\W\d_]{0,9}\.?"
)
#: Of the common calendar, of the Buddhist, of the Persian and the Islamic
_YEAR = r"(?:1[89]\d\d|20[0-3]\d|2[45]\d\d|1[34]\d\d)"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
#: A word between a day and a year beside a birth is a month in whatever language it is
_ANY_MONTH = r"(?:[^\W\d_]|[\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]){3,14}\.?"
DATES = re.compile(
    rf"(?<![A-Za-z0-9\u00c0-\u024f\u0370-\u04ff])(?<!\d[.:/-])"
    rf"(?:{_YEAR}\s?[-./年년 ]\s?(?:0?[1-9]|1[0-2])\s?[-./月월 ]\s?{_DAY}(?:日|\s?일|\.)?"
    rf"|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d"
    rf"|{_DAY}\.?[ ./-]{{1,2}}(?:I{{1,3}}|IV|VI{{0,3}}|IX|XI{{0,2}})[ ./-]{{1,2}}{_YEAR}|{_DAY}{_MONTH}{_YEAR}"
    rf"|{_YEAR}\.?\s{_ANY_MONTH}\s{_DAY}\.?|(?:昭和|平成|令和|大正)\s?(?:\d{{1,2}}|元)年\s?\d{{1,2}}月\s?\d{{1,2}}日"
    rf"|{_DAY}\s?[-./]\s?{_DAY}\s?[-./]\s?(?:{_YEAR}|'?\d\d)|{_DAY} {_DAY} {_YEAR}"
    rf"|{_DAY}(?:st|nd|rd|th|er|o|a|\.|º|ª)?[ .-]{{0,2}}(?:of |de |d'|di |du |da )?{_ANY_MONTH},?[ .-]{{1,2}}(?:of |de |del "
    rf"|do )?(?:{_YEAR}|'\d\d|\d\d(?=\W|$))"
    rf"|(?:the ){_DAY}(?:st|nd|rd|th)? (?:of )?{_MONTH},?[ ]{_YEAR}"
    rf"|{_YEAR},?[ -]{_MONTH}[ -](?:the )?{_DAY}(?:st|nd|rd|th)?"
    rf"|{_MONTH},?[ -](?:the )?{_DAY}(?:st|nd|rd|th)?,?[ -]{{1,2}}(?:of |in )?(?:{_YEAR}|'\d\d))(?!\d)",
    re.IGNORECASE,
)
#: A birthday has no year
_BIRTHDAY = re.compile(
    rf"(?<![^\W_]){BIRTHDAYS}\W{{0,3}}"
    rf"(?:(?:is|ist|am|on|el|le|il|est|es|é|op|är|er|the)\W{{1,2}}){{0,3}}(?P<day>{_MONTH}[ ](?:the )?{_DAY}(?:st|nd|rd|th)?"
    rf"|{_DAY}(?:st|nd|rd|th|\.)?[ ]"
    rf"(?:of |de )?{_MONTH}|{_DAY}[./]{_DAY}[./]?)(?![\w./-]\d|\w|,? \d{{4}})"
    r"|(?:生日|誕生日|생일)[은는이はがも是:\s]{0,3}(?P<far>\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일号]?)",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d{2}")
_DIGITS_ONE = re.compile(r"\d")
_BREAK = re.compile(r"[!?\n;]|\d{4}")
_BEFORE, _AFTER = 44, 30


def find(text: str) -> Findings:
    """Every birth date in a normal text: the date alone, not the words that name it."""
    for match in matches(text, [DATES], _DIGITS, 18, 44):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        cuts = [cut.end() for cut in _BREAK.finditer(before)]
        after = re.split(r"[.!?\n;,]|\d{3}", text[match.end() : match.end() + _AFTER], maxsplit=1)[0]
        if NAMING.search(before[cuts[-1] :] if cuts else before) or NAMING.search(after) or AFTER.match(text, match.end()):
            yield Finding(match.start(), match.end(), KIND, rank=3)
    lowered = text.lower()
    for match in matches(text, [_BIRTHDAY], _DIGITS_ONE, 60, 20) if any(hint in lowered for hint in BIRTHDAY_HINTS) else ():
        yield Finding(*match.span("day" if match["day"] else "far"), KIND, rank=3)
    for start, end in cells(text, NAMING):
        if DATES.fullmatch(text, start, end):
            yield Finding(start, end, KIND, rank=3)
