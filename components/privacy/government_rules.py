"""The numbers by which states know people: how each is written, its check digits, and the words that name it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from components.privacy import national
from components.privacy.checks import ean, luhn, mod_11_10, short_date, short_date_backwards, verhoeff, weighted
from components.privacy.context import words


class Rule(NamedTuple):
    """`check` takes the letters and digits of a match, upper case. `alone`: a match that passes needs no word that names it.
    `sure`: hardly any other number passes, so that not even the words for an order or a ticket speak against it.
    """

    name: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool]
    naming: re.Pattern[str]
    alone: bool = True
    sure: bool = False


def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9])(?<!\d[.,/-])(?:{pattern})(?![A-Za-z0-9]|[.,/-]\d)", re.IGNORECASE)


def _any(_: str) -> bool:
    """For numbers without check digits."""
    return True


_NATIONAL = r"id(?:entity)?|national id|personal (?:id|number)|tax|citizen|national number"
_W = words
US_SSN = "US_SSN"
RULES = (
    Rule("EIN", _shape(r"\d{2}-\d{7}"), _any, _W("ein|employer identification"), alone=False),
    Rule("MBI", _shape(r"[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d\d"), _any, _W("medicare|mbi")),
    Rule(US_SSN, _shape(r"\d{3}([- ])\d{2}\1\d{4}"), national.ssn, _W("ssn|social security|social|itin|tax\\w{0,6}|soc sec")),
    Rule(US_SSN, _shape(r"\d{9}"), national.ssn, _W("ssn|social security(?: number)?|itin|soc sec"), alone=False),
    Rule(
        "NINO",
        _shape(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]([ -]?)\d\d\1\d\d\1\d\d\1[A-D]"),
        _any,
        _W("nino|national insurance|ni"),
    ),
    Rule("NINO", _shape(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] \d{6} [A-D]"), _any, _W("nino|national insurance|ni")),
    Rule("NINO", _shape(r"[A-Z]{2}[ -]?\d\d[ -]?\d\d[ -]?\d\d[ -]?[A-D]"), _any, _W("nino|national insurance|ni"), alone=False),
    Rule("NHS", _shape(r"\d{3}([ -])\d{3}\1\d{4}"), national.nhs, _W("nhs|health (?:service )?number")),
    Rule("NHS", _shape(r"\d{10}"), national.nhs, _W("nhs|health (?:service )?number"), alone=False),
    Rule(
        "NIR",
        _shape(r"[1-478][ .]?\d\d[ .]?\d\d[ .]?\d[\dAB][ .]?\d{3}[ .]?\d{3}[ .]?\d\d"),
        national.nir,
        _W("nir|sécu\\w{0,6}|insee|sécurité sociale|secu"),
        sure=True,
    ),
    Rule("DNI", _shape(r"\d{2}\.?\d{3}\.?\d{3}[ -]?[A-HJ-NP-TV-Z]"), national.dni, _W("dni|nif|documento")),
    Rule("NIE", _shape(r"[XYZ][ -]?\d{7}[ -]?[A-Z]"), national.nie, _W("nie|extranjer\\w{1,3}")),
    Rule(
        "CODICE_FISCALE",
        _shape(r"[A-Z]{6}[ ]?[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[ ]?[A-Z][0-9LMNP-V]{3}[A-Z]"),
        national.codice_fiscale,
        _W("codice fiscale|cf|c\\.f\\."),
        sure=True,
    ),
    Rule("PESEL", _shape(r"\d{11}"), national.pesel, _W("pesel"), sure=True),
    Rule(
        "STEUER_ID",
        _shape(r"\d{2}([ /]?)\d{3}\1\d{3}\1\d{3}"),
        national.steuer_id,
        _W("steuer\\w{0,20}|steuer-id\\w{0,20}|idnr|tin|tax id"),
    ),
    Rule(
        "SV_NUMMER",
        _shape(r"\d{2}[ ]?\d{6}[ ]?[A-Z][ ]?\d{2}[ ]?\d"),
        national.sv,
        _W("sozialversicherung\\w{0,8}|rentenversicherung\\w{0,8}|sv-?\\w{0,8}|rvnr"),
    ),
    Rule(
        "BSN",
        _shape(r"\d{9}|\d{4}[ .]\d{2}[ .]\d{3}|\d{3}[ .]\d{3}[ .]\d{3}"),
        national.bsn,
        _W("bsn|burgerservice\\w{0,8}|sofi\\w{0,8}"),
        alone=False,
    ),
    Rule("AADHAAR", _shape(r"[2-9]\d{3}([ -]?)\d{4}\1\d{4}"), verhoeff, _W("aadhaar|aadhar|uid(?:ai)?", anywhere="आधार")),
    Rule("PAN", _shape(r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]"), _any, _W("pan|permanent account")),
    Rule("CPF", _shape(r"\d{3}[. ]?\d{3}[. ]?\d{3}[- ]?\d{2}"), national.cpf, _W("cpf"), sure=True),
    Rule("CNPJ", _shape(r"\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}"), national.cnpj, _W("cnpj"), sure=True),
    Rule("SIN", _shape(r"[1-9]\d{2}([ -])\d{3}\1\d{3}"), luhn, _W("sin|social insurance")),
    Rule("SIN", _shape(r"\d{9}"), luhn, _W("sin|social insurance(?: number)?"), alone=False),
    Rule(
        "PERSONNUMMER",
        _shape(r"(?:19|20)?\d{6}[-+]\d{4}"),
        national.swedish,
        _W("person\\s?n(?:umme)?r|personnummer|pnr|samordningsnummer"),
    ),
    Rule(
        "PERSONNUMMER", _shape(r"(?:19|20)?\d{10}"), national.swedish, _W("person\\s?n(?:umme)?r|personnummer|pnr"), alone=False
    ),
    Rule("CPR", _shape(r"\d{6}-\d{4}"), lambda n: short_date_backwards(n[:6]), _W("cpr\\w{0,8}")),
    Rule("CPR", _shape(r"\d{10}"), lambda n: short_date_backwards(n[:6]), _W("cpr\\w{0,8}"), alone=False),
    Rule("FODSELSNUMMER", _shape(r"\d{6}[ ]?\d{5}"), national.norwegian, _W("fødselsnummer|fnr|personnummer"), sure=True),
    Rule("HETU", _shape(r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]"), national.finnish, _W("hetu|henkilötunnus|henkilötunnukse\\w{1,3}")),
    Rule(
        "AHV", _shape(r"756[ .]?\d{4}[ .]?\d{4}[ .]?\d{2}"), ean, _W("ahv\\w{0,8}|avs|oasi|sozialversicherung\\w{0,8}"), sure=True
    ),
    Rule("SVNR", _shape(r"\d{4}[ -]?\d{6}"), national.austrian, _W("sv-?\\w{0,8}|svnr|sozialversicherung\\w{0,8}"), alone=False),
    Rule(
        "NRN",
        _shape(r"\d\d\.\d\d\.\d\d[- .]\d{3}[-. ]\d\d"),
        national.belgian,
        _W("rijksregister\\w{0,8}|registre national|nrn|niss|insz"),
    ),
    Rule(
        "NRN",
        _shape(r"\d{11}"),
        national.belgian,
        _W("rijksregister\\w{0,8}|registre national|numéro national|nrn|niss|insz"),
    ),
    Rule("PPS", _shape(r"\d{7}[A-W][A-IW]?"), national.irish, _W("pps\\w{0,2}")),
    Rule("ZA_ID", _shape(r"\d{6}[ ]?\d{4}[ ]?\d{2}[ ]?\d"), national.south_african, _W(_NATIONAL), sure=True),
    Rule("CN_ID", _shape(r"[1-9]\d{5}(?:19|20)\d{9}[\dX]"), national.chinese, _W(_NATIONAL, anywhere="身份证|身份證"), sure=True),
    Rule("RRN", _shape(r"\d{6}-[1-8]\d{6}"), lambda n: short_date(n[:6]), _W("rrn|resident", anywhere="주민")),
    Rule(
        "MY_NUMBER",
        _shape(r"\d{4}([ -]?)\d{4}\1\d{4}"),
        national.my_number,
        _W("my number|individual number", anywhere="マイナンバー|個人番号"),
        alone=False,
    ),
    Rule("TW_ID", _shape(r"[A-Z][1289]\d{8}"), national.taiwanese, _W(_NATIONAL, anywhere="身分證|身份證")),
    Rule("NRIC", _shape(r"[STFGM]\d{7}[A-Z]"), national.singaporean, _W("nric|fin|ic")),
    Rule("HKID", _shape(r"[A-Z]{1,2}\d{6}\([0-9A]\)"), _any, _W("hkid")),
    Rule("TCKN", _shape(r"\d{11}"), national.turkish, _W("tckn|tc kimlik|kimlik\\w{0,4}|t\\.?c\\.?"), sure=True),
    Rule("TZ", _shape(r"\d{9}"), luhn, _W("teudat zehut|tz", anywhere="תעודת זהות"), alone=False),
    Rule("CNP", _shape(r"\d{13}"), national.romanian, _W("cnp|cod numeric"), sure=True),
    Rule("OIB", _shape(r"\d{11}"), mod_11_10, _W("oib"), alone=False),
    Rule("EGN", _shape(r"\d{10}"), national.bulgarian, _W("egn|егн"), alone=False),
    Rule("RODNE_CISLO", _shape(r"\d{6}/\d{3,4}"), national.czech, _W("rodné číslo|rč|rodné")),
    Rule(
        "AFM",
        _shape(r"\d{9}"),
        lambda n: weighted(n[:8], [2**k for k in range(8, 0, -1)]) % 11 % 10 == int(n[8]),
        _W("αφμ|afm"),
        alone=False,
    ),
    Rule("CURP", _shape(r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d"), lambda n: short_date(n[4:10]), _W("curp"), sure=True),
    Rule("RFC", _shape(r"[A-ZÑ&]{4}\d{6}[A-Z0-9]{3}"), lambda n: short_date(n[4:10]), _W("rfc")),
    Rule("RUT", _shape(r"\d{1,2}\.\d{3}\.\d{3}-[\dK]"), national.chilean, _W("rut|run")),
    Rule("RUT", _shape(r"\d{7,8}-?[\dK]"), national.chilean, _W("rut|run"), alone=False),
    Rule("CUIT", _shape(r"(?:20|23|24|27|30|33|34)-\d{8}-\d"), national.cuit, _W("cui[tl]")),
    Rule("SNILS", _shape(r"\d{3}-\d{3}-\d{3}[ -]\d{2}"), national.snils, _W("снилс|snils")),
    Rule("NIF", _shape(r"\d{3}[ ]?\d{3}[ ]?\d{3}"), national.nif, _W("nif|contribuinte|número de identificação"), alone=False),
    Rule("TFN", _shape(r"\d{3}[ ]?\d{3}[ ]?\d{3}"), national.tfn, _W("tfn|tax file"), alone=False),
    Rule("MEDICARE", _shape(r"[2-6]\d{3}[ ]?\d{5}[ ]?\d"), _any, _W("medicare"), alone=False),
    Rule("EMIRATES_ID", _shape(r"784-?(?:19|20)\d\d-?\d{7}-?\d"), _any, _W("emirates"), sure=True),
    Rule("GHANA_CARD", _shape(r"GHA-\d{9}-\d"), _any, _W("ghana")),
    Rule("ISIKUKOOD", _shape(r"[1-6]\d{10}"), national.baltic, _W("isikukood|asmens kodas")),
    Rule("JMBG", _shape(r"\d{13}"), national.yugoslav, _W("jmbg|јмбг|emšo|emso|matični broj")),
    Rule("UK_DRIVER", _shape(r"[A-Z][A-Z9]{4}\d[0156]\d[0-3]\d{2}[A-Z9]{2}\d[A-Z]{2}"), _any, _W("licen[cs]e|driv\\w{1,4}")),
)
