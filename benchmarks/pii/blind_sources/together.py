"""Sentences with two or three personal values."""

from __future__ import annotations

from benchmarks.pii.blind_sources import addresses, banks, births, emails, national_numbers, places, world_numbers
from benchmarks.pii.blind_sources.cards import DASHED, FOURS, PLAIN, card
from benchmarks.pii.blind_sources.drawing import Make, shaped
from benchmarks.pii.blind_sources.secrets import password
from benchmarks.pii.rows import Source

PHONE_DE = shaped("030 23125 ###", "+49 171 3920 0##", "0221 4710-###")
PHONE_GB = shaped("020 7946 0###", "0161 496 0###")
PHONE_US = shaped("(212) 555-01##", "312-555-01##")
STREET_DE = addresses.address(("Kranzahornweg", "Brunnkorngasse", "Zum Strahlgarten"), "{s} %a, 531##", "{s} %#b, 531##")
STREET_US = addresses.address(("Larkmoor Ave", "Tallowtree Dr"), "14## {s}, Dayton, OH 454##")
VISA = card(("4532", "4716"), 16, FOURS, PLAIN, DASHED)


def _of(sentence: str, *values: tuple[str, Make]) -> Source:
    (kind, make), *also = values
    return Source(kind, f"beside others: {sentence[:24]!r}", make, (sentence,), 2, tuple(also))


SOURCES = (
    _of("Kind regards,\nMira Veldkorn\nT {}\nE {2}", ("phone", PHONE_GB), ("email", emails.plain)),
    _of("Call {} or write {2}, whichever is easier for you.", ("phone", PHONE_US), ("email", emails.plain)),
    _of("home {} / mobile {2}", ("phone", PHONE_GB), ("phone", shaped("0113 496 0###"))),
    _of("merge the two accounts {} and {2}, both mine", ("email", emails.plain), ("email", emails.plain)),
    _of("login {} password {2} still nothing", ("email", emails.plain), ("secret", password)),
    _of(
        '{"email": "{}", "phone": "{2}", "iban": "{3}"}',
        ("email", emails.plain),
        ("phone", PHONE_DE),
        ("iban", banks.iban("DE", "#" * 18, "plain")),
    ),
    _of("name;born;tel\nMira V.;{};{2}", ("birth date", births.date("{dd}.{mm}.{y}")), ("phone", PHONE_DE)),
    _of(
        "Patient born {}, SSN {2}, no insurance card",
        ("birth date", births.date("{mm}/{dd}/{y}")),
        ("government", national_numbers.ssn),
    ),
    _of(
        "Née le {}, n° de sécurité sociale {2}.",
        ("birth date", births.date("{dd}/{mm}/{y}")),
        ("government", national_numbers.nir),
    ),
    _of("Ines Strahlmann, {} Bonn, Tel. {2}", ("address", STREET_DE), ("phone", PHONE_DE)),
    _of("| J. Quennell | {} | {2} |", ("address", STREET_US), ("phone", PHONE_US)),
    _of("Cobrad a la tarjeta {} y avisadme al {2}", ("card", VISA), ("phone", shaped("600 55 50 ##", "910 555 0##"))),
    _of("card {}, billing address {2}", ("card", VISA), ("address", STREET_US)),
    _of("CPF {}, nascida em {2}", ("government", world_numbers.cpf), ("birth date", births.date("{dd}/{mm}/{y}"))),
    _of(
        "codice fiscale {} e IBAN {2} per il rimborso",
        ("government", national_numbers.codice_fiscale),
        ("iban", banks.iban("IT", "@" + "#" * 22)),
    ),
    _of("signup from {} as {2} flagged", ("network", places.ipv4), ("email", emails.plain)),
    _of('{"user": 81, "lat": {}, "lng": {2}}', ("coordinates", shaped("5#.######")), ("coordinates", shaped("1#.######"))),
    _of(
        "ich heiße Ines, geb. {}, wohnhaft {2} Bonn, erreichbar unter {3}",
        ("birth date", births.date("{d}.{m}.{y}")),
        ("address", STREET_DE),
        ("email", emails.plain),
    ),
)
