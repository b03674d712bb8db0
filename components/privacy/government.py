"""Numbers by which states know people: by their form and check digits, or by the words that name the document."""

from __future__ import annotations

import re

from components.privacy.context import said
from components.privacy.findings import Finding, Findings, regions
from components.privacy.government_rules import RULES, US_SSN

KIND = "GOVERNMENT_ID"

#: Documents without a check digit that could be relied on: the number that follows is one, whatever it looks like
DOCUMENTS = re.compile(
    r"(?<![^\W_])(?:passports?|driv(?:er'?s?|ing) licen[cs]es?|driver licen[cs]e|dl|national id(?:entity)?(?: card)?"
    r"|identity card|id card"
    r"|tax (?:id|identification|payer id|file)|taxpayer|tin|ssn|social security|voter id|resident permit|residence permit"
    r"|visa number"
    r"|alien registration|green card|health (?:card|insurance)|medicare|medicaid"
    r"|reisepass\w{0,8}|personalausweis\w{0,8}|ausweis\w{0,8}|führerschein\w{0,8}|steuer-?(?:id|nummer|identifikationsnummer)"
    r"|aufenthaltstitel"
    r"|versicherungsnummer|krankenversicherten\w{0,8}|passeport|permis de conduire|carte d'identité|carte vitale|numéro fiscal"
    r"|titre de séjour"
    r"|pasaporte|carnet de conducir|licencia de conducir|cédula|cedula|carné|documento de identidad|passaporto"
    r"|patente(?: di guida)?"
    r"|carta d'identità|paspoort\w{0,8}|rijbewijs\w{0,8}|identiteitskaart|passaporte|carteira de (?:identidade|motorista"
    r"|habilitação)|rg|cnh"
    r"|paszport\w{0,3}|dowód(?: osobisty)?|dowodu osobistego|prawo jazdy|körkort\w{0,8}|pass(?:nummer|number)|kørekort\w{0,8}"
    r"|førerkort\w{0,8}"
    r"|паспорт\w{0,2}|инн|водительское удостоверение|pasaport|ehliyet)(?![^\W_])|护照|護照|パスポート|여권|पासपोर्ट",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"[\s:.,='(#-]{0,4}(?:(?:numbers?|num|no|nr|n°|nº|№|nummer|numero|número|numéro|numer|номер|card|id|code|is|was|ist|lautet"
    r"|est|es|è|é|jest"
    r"|to|är|er|on file|号码|番号)[\s:.,='(#-]{1,3}){0,4}",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"(?:[A-Z]{1,2}\d{2,4}(?:[ -]\d{2,6}){1,4}|[A-Z]{1,3}[ -]?\d[A-Z0-9]{4,17}|[A-Z0-9]{6,20}|\d{2,4}(?:[ .-]\d{2,6}){1,4}"
    r"|\d{2,3}(?:/\d{3,5}){1,2}"
    r"|\d{5,14})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_NO_VALUE = re.compile(r"(?:(?:19|20)\d\d[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./](?:19|20)?\d\d)(?!\d)")

#: Digits enough, near each other
ENOUGH = re.compile(r"\d(?:[^\d\n]{0,4}\d){3}")


def find(text: str) -> Findings:
    """Every government's number in a normal text."""
    places = list(regions(text, ENOUGH, 20, 20))
    if not places:
        return
    for rule in RULES:
        for match in (match for start, end in places for match in rule.pattern.finditer(text, start, end)):
            compact = "".join(filter(str.isalnum, match.group())).upper()
            meaning = said(text, match.start(), match.end(), rule.naming)
            alone = rule.alone and (rule.sure or (meaning != "thing" and not _thousands(match.group()))) and rule.check(compact)
            if meaning == "personal" or alone:
                rank = 2 if meaning == "personal" else 7 if rule.sure else 8  # after phones
                yield Finding(match.start(), match.end(), US_SSN if rule.name == US_SSN else KIND, rank)
    for named in DOCUMENTS.finditer(text):
        begin = named.end()
        filler = _FILLER.match(text, begin)
        value = _VALUE.match(text, filler.end() if filler else begin)
        if value and sum(map(str.isdigit, value.group())) >= 4 and not _NO_VALUE.match(value.group()):
            yield Finding(value.start(), value.end(), KIND, rank=3)


def _thousands(number: str) -> bool:
    """12 000 000: a quantity."""
    return number.endswith(("000 000", "000.000"))
