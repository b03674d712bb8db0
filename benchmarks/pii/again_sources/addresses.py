"""Addresses in Europe. Marked: from the first to the last of flat, number, street and postcode.

Where keys stand between street and postcode (JSON, forms), each is a row of its own.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from benchmarks.pii.blind_sources.drawing import Make, filled, shaped, source
from benchmarks.pii.rows import Source

ADDRESS = "address"
#: What may stand for `^` in the postcodes of Britain, Canada and Ireland
LETTERS = "AEHNPRTWXY"


def laid_out(shape: str, *streets: str) -> Make:
    """Addresses of a shape (see `filled` and `LETTERS`) around one of the streets."""

    def make(rng: random.Random) -> str:
        letters = "".join(rng.choice(LETTERS) if c == "^" else c for c in filled(rng, shape))
        return letters.replace("<s>", rng.choice(streets))

    return make


def form(detail: str, streets: Sequence[str], shape: str, *sentences: str) -> Source:
    """Two rows of each sentence."""
    return source(ADDRESS, detail, laid_out(shape, *streets), *sentences, each=2)


def apart(detail: str, streets: Sequence[str], shape: str, postcode: str, *sentences: str) -> Source:
    """Street in the blank {}, postcode in {2}: two values."""
    return Source(ADDRESS, detail, laid_out(shape, *streets), sentences, len(sentences), [(ADDRESS, shaped(postcode))])


GB = ("Thornbeck Road", "Old Tannery Lane", "St Wilfrid's Close", "Meadowsweet Avenue")
DE = ("Lindenstraße", "Am Mühlenteich", "Kastanienallee", "Gerberweg", "Hinterm Deich")
FR = ("rue des Tisserands", "avenue du Vieux-Lavoir", "chemin des Aubépines", "impasse de la Forge")

SOURCES = (
    form(
        "GB, one line",
        GB,
        "%# <s>, Harrogate HG% %^^",
        "Can you redeliver to {}? I was out when the van came.",
        "New tenant moves in Friday, address is {} - please read the meter first",
    ),
    form("GB, lines", GB, "% <s>\nKendal\nLA9 %^^", "Ms Orla Pennick\n{}\n\nDear Ms Pennick, your appointment has been moved."),
    form("GB, flat", GB, "Flat %, %# <s>, Bristol BS% %^^", "ambulance sent to {}, patient on second floor, no lift"),
    form("GB, flat, no postcode", GB, "Flat %B, %# <s>", "Neighbour at {} reported water through the ceiling again."),
    form("GB, tied, no postcode", GB, "%# <s>", "I live at {} and the bins have not been emptied for three weeks."),
    form(
        "IE, eircode",
        ("Bóthar na Trá", "Castlequarter Road"),
        "%# <s>, Athlone, Co. Westmeath, N37 ^#^#",
        "Bill goes to {} please",
    ),
    form(
        "DE, one line",
        DE,
        "<s> %#, 041##",
        "Lieferadresse geändert auf {} Leipzig, Klingel defekt.",
        "Wir sind umgezogen! Ab sofort: {} Leipzig. Nachsendeauftrag läuft.",
    ),
    form("DE, lines", DE, "<s> %#b\n241##", "Frau\nWiebke Sönnichsen\n{} Kiel\n\nIhr Antrag vom letzten Monat"),
    form("DE, tied, no postcode", DE, "<s> %", "Er wohnt {}, dritter Stock, bitte nicht vor neun klingeln."),
    apart(
        "DE, form",
        DE,
        "<s> %#",
        "50###",
        "Straße/Nr.: {}\nPLZ: {2}\nOrt: Köln\nTelefon: keine Angabe",
        '{"strasse": "{}", "plz": "{2}", "ort": "Köln", "land": "DE"}',
    ),
    form(
        "AT, stairs and door", ("Hasnergasse", "Untere Bachzeile"), "<s> %#/%/##, 10%0", "Zählerstand für {} Wien: 18422, danke"
    ),
    form("CH, one line", ("Seefeldweg", "Obere Halde"), "<s> %#, 80##", "Mini neui Adrässe isch {} Züri, merci fürs Umschribe"),
    form("CH, French", ("chemin de la Vigne", "rue du Bugnon"), "<s> %#, CH-10##", "Facture à renvoyer à {} Lausanne s.v.p."),
    form(
        "FR, one line",
        FR,
        "%# <s>, 35%00",
        "Colis jamais reçu, je suis bien au {} Rennes, nom sur la boîte.",
        "Résiliation du contrat pour le logement situé {} Rennes, état des lieux le 12.",
    ),
    form("FR, bis", FR, "% bis <s> - 6900%", "Adresse du bénéficiaire : {} Lyon (2e étage gauche)"),
    form("FR, flat", FR, "Appt %#, % <s>, 44%00", "le livreur doit sonner {} Nantes, code portail en panne"),
    form(
        "BE, French",
        ("rue du Houblon", "avenue des Sorbiers"),
        "<s> %#, 1##0",
        "Domicile: {} Bruxelles. Composition de ménage jointe.",
    ),
    form(
        "BE, Dutch",
        ("Kouterdreef", "Zandpoortvest"),
        "<s> %# bus %, 9###",
        "verhuisd naar {} Gent, gelieve dossier aan te passen",
    ),
    form("LU", ("rue des Genêts",), "%#, <s>, L-2###", "Salariée domiciliée au {} Luxembourg depuis mars."),
    form("NL, one line", ("Biezenkade", "Hoge Wetering"), "<s> %#, 35## @@", "Pakket ligt bij de buren, ik woon {} Utrecht"),
    form(
        "NL, addition", ("Korenmolenlaan", "Vlierstraat"), "<s> %#-%hs, 10##@@", "Huurder {} Amsterdam betaalt sinds april niet"
    ),
    form("DK, floor and side", ("Birkevænget", "Nordre Skansevej"), "<s> %#, %. tv., 80##", "Flytter til {} Aarhus C den første"),
    form("SE, one line", ("Granitvägen", "Kolonigatan"), "<s> %#, 413 ##", "Kan ni skicka kortet till {} Göteborg i stället?"),
    form("SE, flat", ("Ängsstigen",), "<s> % lgh 1%0%, 753 ##", "Felanmälan från {} Uppsala: elementen är kalla"),
    form("NO", ("Fjellbrinken", "Nedre Smiuveg"), "<s> %#B, 50##", "Ny adresse er {} Bergen, gjelder fra mandag"),
    form("FI", ("Koivikkotie", "Rantaraitti"), "<s> %# A %, 33###", "Muuttoilmoitus: {} Tampere, muuttopäivä 1.6."),
    form("IS", ("Melhagi",), "<s> %#, 10%", "Sendið reikninginn á {} Reykjavík, takk"),
    form(
        "PL, flat",
        ("ul. Jarzębinowa", "os. Słoneczne"),
        "<s> %#/%, 31-###",
        "Proszę o wysyłkę na adres {} Kraków, paczkomat pełny.",
    ),
    form("PL, m.", ("ul. Bednarska",), "<s> %# m. %, 00-###", "Zameldowany: {} Warszawa, lokal komunalny"),
    form("CZ", ("Na Výšině", "Lípová"), "<s> %##/%, 602 ##", "Trvalý pobyt: {} Brno, doručovat tamtéž."),
    form("SK", ("Čerešňová", "Podhorská"), "<s> %#, 040 ##", "Prosím zmeniť adresu na {} Košice, ďakujem"),
    form("HU, floor and door", ("Gesztenye utca", "Malom köz"), "672# Szeged, <s> %#. %/%", "Lakcímem: {}, csengő nincs"),
    form("HU, house", ("Akácfa utca",), "40## Debrecen, <s> %#", "Kérem a számlát ide: {}."),
    form(
        "RO, block",
        ("Str. Salcâmului", "Aleea Livezilor"),
        "<s> nr. %, bl. @%, ap. %#, 700###",
        "Domiciliat în {} Iași, telefon schimbat",
    ),
    form("BG", ("ул. Здравец", "ул. Бяла бреза"), "40## Пловдив, <s> %#, ап. %", "Адрес за доставка: {}, звънецът не работи"),
    form("HR", ("Kestenova ulica",), "<s> %#, 10##0", "Prijava kvara, {} Zagreb, treći kat"),
    form("SI", ("Brezova pot",), "<s> %#, 2000", "Račun pošljite na {} Maribor prosim"),
    form("RS", ("Višnjička avlija",), "<s> %#/%, 210##", "Adresa stanovanja: {} Novi Sad"),
    form("GR", ("Αμυγδαλέας", "Οδός Κυπαρισσίων"), "<s> %#, 546 ##", "Στείλτε το δέμα στη διεύθυνση {} Θεσσαλονίκη, 3ος όροφος."),
    form("EE", ("Pihlaka tänav",), "<s> %#-%, 50###", "Minu uus aadress: {} Tartu"),
    form("LV", ("Ceriņu iela",), "<s> %#-%, Rīga, LV-10##", "Deklarētā dzīvesvieta {}"),
    form("LT", ("Liepų g.",), "<s> %#-%, LT-44###", "Gyvenu {} Kaunas, pristatymas po 18 val."),
    form(
        "ES, floor",
        ("C/ Almendros", "Calle del Molino Viejo"),
        "<s> %#, %º B, 50###",
        "Me mudo a {} Zaragoza, cambiad el recibo.",
    ),
    form("ES, avenue", ("Avda. de los Olmos",), "<s> %##, esc. %, %º izq., 46###", "titular con domicilio en {} Valencia"),
    form(
        "PT", ("Rua da Eira", "Travessa do Poço"), "<s> %#, %.º Esq., 4000-###", "A encomenda é para {} Porto, toque à campainha."
    ),
    form(
        "IT",
        ("Via dei Gelsi", "Vicolo Fornace"),
        "<s> %#, 3712%",
        "Residente in {} Verona (VR), coniugata.",
        "spedite pure a {} Verona",
    ),
    form("IT, interno", ("Corso Magnolie",), "<s> %#, int. %, 1012%", "Guasto segnalato da inquilino {} Torino"),
    form("TR", ("Papatya Sokak", "Zeytin Sk."), "<s> No:%# D:%, 35###", "Kargom {} Bornova/İzmir adresine gelmedi."),
    form("RU", ("ул. Рябиновая", "Луговой пер."), "<s>, д. %#, кв. %#", "Прописан: г. Пермь, {}; фактически живёт там же."),
    form("RU, postcode first", ("ул. Полевая",), "6140##, г. Пермь, <s>, д. %, кв. %#", "Отправьте заказное письмо: {}"),
    form("UA", ("вул. Вишнева",), "<s>, %#, кв. %#, 790##", "Моя адреса: {} Львів, під'їзд другий"),
)
