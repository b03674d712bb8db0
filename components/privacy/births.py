"""Birth dates: a date beside words that say that somebody was born."""

from __future__ import annotations

import re

from components.privacy.findings import Finding, Findings, matches

KIND = "BIRTH_DATE"

NAMING = re.compile(
    r"(?<![^\W_])(?:born(?: on)?(?! (?:after|before|between|since|until))|birth\s?-?dates?|birth\s?days?|date of birth"
    r"|d\.?o\.?b|yob/dob|b\.|bday|b-day"
    r"|geboren\w{0,2}(?: am| op)?|geb|geb\.?-?datum|geburtsdatum|geburtstag\w{0,3}|geburtsdaten"
    r"|née?(?:\(e\))?(?: le)?|date de naissance|date naiss|naissance|anniversaire|nacid[oa](?: el)?|nací(?: el)?|nació(?: el)?"
    r"|f(?:echa|ec)?\.? (?:de )?nac(?:imiento)?|nacimiento|cumpleaños|cumple"
    r"|nat[oa](?: il)?|data (?:di )?nascita|compleanno|nascid[oa](?: em| a)?|nasci(?: em| a)?"
    r"|d(?:ata)?\.? (?:de )?nasc(?:imento)?|aniversário|nascut|nascuda|data de naixement"
    r"|geboortedatum|geboren|geboortedag|verjaardag|urodzon[yae]|urodził\w{0,5}|data ur(?:odzenia)?|ur|född|fødd|født"
    r"|fødselsdato|födelsedatum|födelsedag|fødselsdag|fæddur|fædd|syntynyt"
    r"|synt|syntymä\w{0,8}|narozen\w?|nar|datum narození|narodený|narodená|rođen\w?|roden\w?|datum rođenja|rojen\w?|született"
    r"|születési|szül|născut\w?|data nașterii|născ|doğum(?: tarihi)?|doğumlu\w{0,3}|gimęs|gimusi|dzimis|dzimusi|sündinud"
    r"|родил\w{0,3}|рожд|дата рождения|д\.\s?р|г\.\s?р|народи\w{0,4}|дата народження|роден\w?|рођен\w?|день рождения"
    r"|γεννήθηκ\w{1,3}|γεννηθ\w{1,6}|ημερομηνία γέννησης|ημ(?:/νία)?\.? γέννησης|tanggal lahir|tgl lahir|lahir|sinh ngày"
    r"|ngày sinh)(?![^\W_])"
    r"|生年月日|生まれ|誕生日|出生|生日|생년월일|생일|태어|जन्म|נולד|תאריך לידה|تاريخ الميلاد|مولود"
    r"|วันเกิด|เกิดวันที่|birth_?date|birthDate"
    r"|dateOfBirth|\*\s?\Z|(?<![^\W_])f\.\s?\Z",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:jan|feb|fév|fev|mar|mär|mrz|apr|avr|abr|mai|maj|may|mag|mei|maggio|jun|juin|giu|czer|jul|juil|lug|lip|aug|août|aoû"
    r"|ago|sier|sep|set|wrz|oct|okt|out|ott"
    r"|paź|nov|lis|dec|dez|déc|dic|gru|ene|gen|stycz|lut|kwie|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек)[^\W\d_]{0,9}\.?"
)
_YEAR = r"(?:1[89]\d\d|20[0-3]\d)"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
#: A word between a day and a year beside a birth is a month in whatever language it is
_ANY_MONTH = r"[^\W\d_]{3,14}\.?"
DATES = re.compile(
    rf"(?<![A-Za-z0-9\u00c0-\u024f\u0370-\u04ff])(?<!\d[.:/-])"
    rf"(?:{_YEAR}\s?[-./年년 ]\s?(?:0?[1-9]|1[0-2])\s?[-./月월 ]\s?{_DAY}(?:日|\s?일|\.)?"
    rf"|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    rf"|{_YEAR}\.?\s{_ANY_MONTH}\s{_DAY}\.?|(?:昭和|平成|令和|大正)\s?(?:\d{{1,2}}|元)年\s?\d{{1,2}}月\s?\d{{1,2}}日"
    rf"|{_DAY}\s?[-./]\s?{_DAY}\s?[-./]\s?(?:{_YEAR}|'?\d\d)|{_DAY} {_DAY} {_YEAR}"
    rf"|{_DAY}(?:st|nd|rd|th|er|o|a|\.|º|ª)?[ .-]{{0,2}}(?:of |de |d'|di |du |da )?{_ANY_MONTH},?[ .-]{{1,2}}(?:of |de |del "
    rf"|do )?(?:{_YEAR}|'\d\d|\d\d(?=\W|$))"
    rf"|{_MONTH}[ -](?:the )?{_DAY}(?:st|nd|rd|th)?,?[ -]{_YEAR})(?!\d)",
    re.IGNORECASE,
)
#: A birthday has no year
_BIRTHDAY = re.compile(
    rf"(?<![^\W_])(?:birth\s?days?|b-?day|geburtstag|cumpleaños|compleanno|aniversário|anniversaire|verjaardag|urodziny"
    rf"|födelsedag|fødselsdag)\W{{0,3}}"
    rf"(?:(?:is|ist|am|on|el|le|il|est|es|é|op|är|er|the)\W{{1,2}}){{0,3}}(?P<day>{_MONTH}[ ](?:the )?{_DAY}(?:st|nd|rd|th)?"
    rf"|{_DAY}(?:st|nd|rd|th|\.)?[ ]"
    rf"(?:of |de )?{_MONTH}|{_DAY}[./]{_DAY}[./]?)(?![\w./-]\d|\w|,? \d{{4}})",
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
        if NAMING.search(before[cuts[-1] :] if cuts else before) or NAMING.search(after):
            yield Finding(match.start(), match.end(), KIND, rank=3)
    for match in matches(text, [_BIRTHDAY], _DIGITS_ONE, 60, 20):
        yield Finding(*match.span("day"), KIND, rank=3)
