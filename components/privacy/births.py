"""Birth dates: a date beside words that say that somebody was born."""

from __future__ import annotations

import re

from components.privacy.findings import Finding, Findings

KIND = "BIRTH_DATE"

NAMING = re.compile(
    r"(?<![^\W_])(?:born(?: on)?(?! (?:after|before|between|since|until))|birth\s?dates?|date of birth|birthdays?|d\.?o\.?b|b\."
    r"|geboren(?: am| op)?|geb|geburtsdatum|geburtstag"
    r"|née?(?:\(e\))?(?: le)?|date de naissance|anniversaire|nacid[oa](?: el)?|nací(?: el)?|nació(?: el)?|fecha de nacimiento"
    r"|cumpleaños"
    r"|nat[oa](?: il)?|data di nascita|compleanno|nascid[oa](?: em| a)?|nasci(?: em| a)?|data de nascimento|aniversário"
    r"|geboortedatum|verjaardag"
    r"|urodzon[yae]|urodził\w{0,5}|data urodzenia|ur|född|fødd|født|fødselsdato|födelsedatum|födelsedag|fødselsdag|syntynyt"
    r"|synt|syntymäaika"
    r"|narozen\w?|datum narození|született|születési|născut\w?|data nașterii|doğum(?: tarihi)?|родил\w{0,3}|дата рождения"
    r"|народи\w{0,3}"
    r"|γεννήθηκ\w{1,3}|ημερομηνία γέννησης)(?![^\W_])|生年月日|出生|生日|생년월일|तारीख|تاريخ الميلاد",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:jan|feb|fév|mar|mär|mrz|apr|avr|abr|mai|maj|may|mag|mei|jun|juin|giu|czer|jul|juil|lug|lip|aug|août|aoû|ago|sier|sep"
    r"|set|wrz|oct|okt|out|ott"
    r"|paź|nov|lis|dec|dez|déc|dic|gru|ene|gen|stycz|lut|kwie|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек)[^\W\d_]{0,9}\.?"
)
_YEAR = r"(?:1[89]\d\d|20[0-3]\d)"
DATES = re.compile(
    rf"(?<!\w)(?:{_YEAR}[-./年 ]\s?(?:0?[1-9]|1[0-2])[-./月 ]\s?(?:3[01]|[12]\d|0?[1-9])日?"
    rf"|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    rf"|(?:3[01]|[12]\d|0?[1-9])\s?[-./]\s?(?:3[01]|[12]\d|0?[1-9])\s?[-./]\s?(?:{_YEAR}|\d\d)"
    rf"|(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th|er|º|ª|\.)?[ -](?:of |de |d'|di )?{_MONTH},?[ -](?:of |de |del )?{_YEAR}"
    rf"|{_MONTH}[ -](?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?,?[ -]{_YEAR})(?!\d)",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[!?\n;]|\d{4}")
_BEFORE, _AFTER = 44, 30


def find(text: str) -> Findings:
    """Every birth date in a normal text: the date alone, not the words that name it."""
    if not NAMING.search(text):
        return
    for match in DATES.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        cuts = [cut.end() for cut in _BREAK.finditer(before)]
        after = re.split(r"[.!?\n;,]|\d{3}", text[match.end() : match.end() + _AFTER], maxsplit=1)[0]
        if NAMING.search(before[cuts[-1] :] if cuts else before) or NAMING.search(after):
            yield Finding(match.start(), match.end(), KIND, rank=3)
