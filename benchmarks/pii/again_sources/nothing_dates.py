"""Dates on which nobody was born."""

from __future__ import annotations

from benchmarks.pii.again_sources.births import DE, DOTTED, EN, ES, FR, IT, OF, PT, RU, SLASHED, TR, WORDS, dated
from benchmarks.pii.blind_sources.drawing import Make, nobodys

NOW = (2019, 2027)


def lately(shape: str, months: str = EN) -> Make:
    """A date of these years."""
    return dated(shape, months, years=NOW)


SOURCES = (
    nobodys(
        "date, en",
        lately(WORDS),
        "The lift has been out of order since {}.",
        "Your subscription renews on {} unless you cancel.",
        "Minutes of the meeting held on {}",
        "The warranty on the boiler ran out on {}.",
        "Her driving licence expires {}, she has applied for a new one.",
        "I started here on {} and still have no badge",
        "We got married on {} so please move us to the joint tariff",
        "Policy inception {}, excess 250",
        each=2,
    ),
    nobodys(
        "date, ISO",
        lately("{y}-{m:02d}-{d:02d}"),
        "last_login: {}",
        "CHANGELOG: 4.2.0 ({}) drops the old exporter",
        '{"invoice": {"issued": "{}", "due": 30}}',
        "hired={} dept=logistics",
        "Backup {} failed: disk full",
        "SELECT * FROM orders WHERE placed > '{}'",
        each=2,
    ),
    nobodys(
        "date, slashes",
        lately(SLASHED),
        "Best before {}, lot on the lid",
        "Card valid to {}, replacement on its way",
        "flight moved to {}, same time",
        "Rechnung vom {} ist bezahlt",
        "Scadenza: {}",
        "Data de emissão: {}",
        each=2,
    ),
    nobodys(
        "date, dots",
        lately(DOTTED),
        "Der Vertrag endet am {}.",
        "Termin am {} um 14 Uhr bitte absagen",
        "Lieferung bis {} zugesagt",
        "Wizyta przełożona na {}",
        "Договор от {} расторгнут",
        "Fatura tarihi {}",
        "Platnost do {}",
        each=2,
    ),
    nobodys(
        "date, de", lately("{d}. {name} {y}", DE), "Das Gesetz trat am {} in Kraft.", "Seit dem {} zahle ich doppelt.", each=2
    ),
    nobodys("date, fr", lately(WORDS, FR), "Coupure prévue le {} de 8 h à 10 h.", "Commande passée le {}, toujours rien", each=2),
    nobodys("date, es", lately(OF, ES), "La oferta termina el {}.", "Me operaron el {} y la baja sigue sin llegar", each=2),
    nobodys("date, it", lately(WORDS, IT), "Il negozio resta chiuso il {}.", each=2),
    nobodys("date, pt", lately(OF, PT), "O exame foi marcado para {}.", each=2),
    nobodys("date, ru", lately("{d} {name} {y}", RU), "Посылка отправлена {} года.", each=2),
    nobodys("date, tr", lately(WORDS, TR), "Abonelik {} günü bitiyor.", each=2),
    nobodys("date, zh", lately("{y}年{m}月{d}日"), "发票日期：{}", "合同于{}到期", each=2),
    nobodys("date, ja", lately("{y}年{m}月{d}日"), "納期は{}です。", "賞味期限 {}", each=2),
    nobodys("date, ko", lately("{y}년 {m}월 {d}일"), "계약 만료일은 {}입니다", each=2),
    nobodys(
        "a thing's first day",
        dated(WORDS),
        "The club was founded on {} in the back room of a pub.",
        "The bridge opened on {}.",
        "Treaty signed {}, ratified the year after",
        each=2,
    ),
    nobodys(
        "birth without a date",
        lately(WORDS),
        "Is there a discount for birthdays? I ordered on {}.",
        "The date of birth field is mandatory since the release of {}.",
        "Please send proof of birth by {}.",
        each=2,
    ),
)
