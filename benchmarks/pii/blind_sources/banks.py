"""IBANs of 45 countries with right check digits, spacings as people type them."""

from __future__ import annotations

import random
from collections.abc import Callable

from benchmarks.pii.blind_sources.drawing import Make, filled, source
from benchmarks.pii.rows import Source

KIND = "iban"


def check_digits(country: str, account: str) -> str:
    """The two digits behind the country: ISO 7064 MOD 97-10."""
    number = "".join(str(int(c, 36)) for c in f"{account}{country}00")
    return f"{98 - int(number) % 97:02}"


def _fours(iban: str) -> str:
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))


STYLES: dict[str, Callable[[str], str]] = {
    "fours": _fours,
    "plain": str,
    "lower": lambda iban: iban.lower(),
    "lower fours": lambda iban: _fours(iban).lower(),
    "hyphens": lambda iban: _fours(iban).replace(" ", "-"),
    "country apart": lambda iban: f"{iban[:2]} {iban[2:4]} {_fours(iban[4:])}",
    "line break": lambda iban: f"{_fours(iban)[:14]}\n{_fours(iban)[15:]}",
    "no-break spaces": lambda iban: _fours(iban).replace(" ", "\u00a0"),
}


def iban(country: str, shape: str, *styles: str) -> Make:
    """An IBAN of a country; `shape`: what stands behind its check digits."""

    def make(rng: random.Random) -> str:
        account = filled(rng, shape)
        whole = country + check_digits(country, account) + account
        return STYLES[rng.choice(styles or ("fours", "plain"))](whole)

    return make


def _of(country: str, shape: str, *sentences: str, styles: tuple[str, ...] = (), each: int = 1) -> Source:
    return source(KIND, country, iban(country, shape, *styles), *sentences, each=each)


SOURCES = (
    _of(
        "DE",
        "#" * 18,
        "Bitte buchen Sie künftig von {} ab.",
        "Erstattung an {}, Kontoinhaberin bin ich selbst.",
        "IBAN: {}\nBIC: wird nicht benötigt\nVerwendungszweck: Kaution Garage",
        "Hab dir {} geschickt, überweis einfach wenns passt",
        "Neue Bankverbindung ab 01.03.: {}",
        each=2,
    ),
    _of("DE", "#" * 18, "kontonummer hat sich geändert -> {}", "iban {} bitte löschen", styles=("lower", "lower fours")),
    _of(
        "AT", "#" * 16, "Die Gutschrift soll auf {} gehen, nicht auf das alte Konto.", "Lastschrift von {} wurde zurückgewiesen."
    ),
    _of("CH", "#" * 17, "Zahlbar an {} innert 30 Tagen", "Lohnkonto: {} (seit Juni)", styles=("fours", "plain")),
    _of(
        "FR",
        "#" * 10 + "@" * 2 + "#" * 11,
        "Voici mon RIB : {}",
        "Le virement vers {} n'est toujours pas arrivé.",
        "Merci de rembourser sur le compte {} svp",
        each=2,
    ),
    _of("BE", "#" * 12, "Gelieve te storten op {}", "Ma mutuelle rembourse sur {}", "rekening {} t.n.v. ouders van de klas"),
    _of(
        "NL",
        "@@@@" + "#" * 10,
        "Kun je het naar {} overmaken?",
        "Terugbetaling graag op {}, dank u.",
        "tikkie werkt niet, mijn rekeningnummer is {}",
        each=2,
    ),
    _of("LU", "#" * 16, "Salary goes to {} from January on.", "Compte luxembourgeois {} à clôturer"),
    _of(
        "ES",
        "#" * 20,
        "Domiciliad el recibo en {}",
        "Mi cuenta es {} y soy el único titular",
        "Devolución pendiente → {}",
        each=2,
    ),
    _of("PT", "#" * 21, "O meu IBAN é {}", "Reembolso por transferência para {}, obrigada."),
    _of(
        "IT",
        "@" + "#" * 22,
        "Bonificare su {} intestato a me",
        "Coordinate bancarie del socio: {}",
        "accreditate lo stipendio sul conto {}",
        each=2,
    ),
    _of(
        "GB",
        "@@@@" + "#" * 14,
        "If you're paying from abroad use {} instead of the sort code.",
        "Payee added: {} - approved by branch",
        "GBP account {} was frozen on Friday and nobody can tell me why",
        each=2,
    ),
    _of("IE", "@@@@" + "#" * 14, "Set up my direct debit from {} please", "Credit union IBAN is {}, wages land there Thursdays"),
    _of("PL", "#" * 24, "Proszę o przelew na {}", "Zwrot wpłaty: {}", "numer konta {} już nieaktualny"),
    _of("CZ", "#" * 20, "Peníze pošlete na {}", "Účet pro vrácení kauce: {}"),
    _of("SK", "#" * 20, "Výplatu mi posielajte na {}"),
    _of("HU", "#" * 24, "A visszatérítést a {} számlára kérem.", "Számlaszám: {}"),
    _of("RO", "@@@@" + "@" * 4 + "#" * 12, "Contul meu este {}", "Virați suma în {} până vineri"),
    _of("BG", "@@@@" + "#" * 14, "Моля преведете сумата по {}", "Сметка {} – титуляр съм аз"),
    _of("GR", "#" * 23, "Ο λογαριασμός μου είναι {}", "Κατάθεση ενοικίου στο {} κάθε πρώτη του μήνα"),
    _of("CY", "#" * 24, "Rent to {}, same as last year"),
    _of("MT", "@@@@" + "#" * 23, "beneficiary account: {}"),
    _of("HR", "#" * 17, "Uplatite na {} model HR99"),
    _of("SI", "#" * 15, "Vračilo nakažite na {}"),
    _of("SE", "#" * 20, "Utlandsbetalning till {}", "Mitt kontonummer i IBAN-format: {}"),
    _of("NO", "#" * 11, "Refusjon bes utbetalt til {}", "konto {} tilhører min mor"),
    _of("DK", "#" * 14, "Overfør venligst til {}", "Min NemKonto er {}"),
    _of("FI", "#" * 14, "Tilinumeroni on {}", "Palautus tilille {} kiitos"),
    _of("IS", "#" * 22, "Greiðist inn á {}"),
    _of("EE", "#" * 16, "Palun kandke raha kontole {}"),
    _of("LV", "@@@@" + "#" * 13, "Algas konts: {}"),
    _of("LT", "#" * 16, "Grąžinkite į sąskaitą {}"),
    _of("TR", "#" * 22, "IBAN'ım {} , iadeyi buraya yapın", "kira için {} hesabına attım"),
    _of("UA", "#" * 25, "Переказ на рахунок {}", "мій рахунок: {}"),
    _of("RS", "#" * 18, "Uplata na račun {} nije legla"),
    _of("GE", "@@" + "#" * 16, "Pension account {} (Tbilisi branch)"),
    _of("IL", "#" * 19, "החזר לחשבון {} בבקשה"),
    _of("AE", "#" * 19, "Salary transfer to {} bounced twice.", "يرجى التحويل إلى الحساب {}"),
    _of("SA", "#" * 20, "رقم الآيبان {} باسم الزوجة"),
    _of("QA", "@@@@" + "#" * 21, "remit end of service benefits to {}"),
    _of("KW", "@@@@" + "#" * 22, "My Kuwaiti account {} is still open"),
    _of("PK", "@@@@" + "#" * 16, "Send the committee money to {} before Eid"),
    _of("KZ", "#" * 18, "Зарплатный счёт {} закрыт"),
    _of("BR", "#" * 23 + "@#", "conta para receber do exterior: {}"),
    _of("EG", "#" * 25, "pension to be paid into {}"),
    _of("TN", "#" * 20, "Virement mensuel vers {} (mes parents)"),
    _of("MU", "@@@@" + "#" * 19 + "@@@", "wire to {} and mention the flat"),
    _of(
        "GB",
        "@@@@" + "#" * 14,
        '{"creditor": {"name": "self", "account": "{}"}, "currency": "EUR"}',
        "| beneficiary | {} | shared costs |",
        "sepa_out.csv:214: {};-350,00;rent",
        styles=("plain",),
    ),
    _of(
        "NL",
        "@@@@" + "#" * 10,
        "Account\n{}\nplease double check before sending",
        "paste from the app: {} (copied with spaces?)",
        styles=("line break", "no-break spaces"),
    ),
    _of(
        "DE",
        "#" * 18,
        "am Telefon notiert: {}",
        "IBAN laut Formular {} – Unterschrift fehlt",
        styles=("hyphens", "country apart"),
    ),
)
