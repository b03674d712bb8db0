"""Where somebody lives or gets their post, in Europe: 35 layouts.

Marked is what leads to a door: from the first to the last of flat, house number, street and postcode, with what stands
between them. A town, region or country outside of that is a place alone, and may stay; the sentences name it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from benchmarks.pii.blind_sources.drawing import Make, filled, source
from benchmarks.pii.rows import Source

KIND = "address"


def address(streets: Sequence[str], *layouts: str) -> Make:
    """`{s}`: a street; `#`, `%`, `@`: as in `filled`; `^`: a # that stays."""

    def make(rng: random.Random) -> str:
        return filled(rng, rng.choice(layouts)).replace("{s}", rng.choice(streets)).replace("^", "#")

    return make


def placed(country: str, streets: Sequence[str], layouts: Sequence[str], *sentences: str) -> Source:
    """The source of a country."""
    return source(KIND, country, address(streets, *layouts), *sentences)


SOURCES = (
    placed(
        "GB",
        ("Pellwood Road", "Quarrel Lane", "Marlstone Terrace", "Thistlegate Mews", "St Aldwyn's Close"),
        ("%# {s}, Leeds LS# #QT", "Flat %, %# {s}, Bristol BS% #HW", "%#a {s}, York YO## %TL"),
        "Please send the replacement to {}.",
        "I have moved! New address: {}",
        "the courier left it at {} which is my neighbour",
        "Delivery\n{}\nleave in porch",
    ),
    placed(
        "GB, lines",
        ("Pellwood Road", "Quarrel Lane"),
        ("%# {s}\nHarrogate\nHG% #RT", "The Old Dairy\n% {s}\nLudlow\nSY8 #DN"),
        "Ms H. Fenwright\n{}",
        "Invoice to:\n{}\nUnited Kingdom",
    ),
    placed(
        "IE",
        ("Alderquill Grove", "Kilmoyle Park"),
        ("%# {s}, Rathgar, Dublin 6, D06 @#@#", "Apt %, {s}, Cork, T12 @###"),
        "Eircode won't validate: {}",
        "Post it to {} like",
    ),
    placed(
        "DE",
        (
            "Kranzahornweg",
            "Zum Strahlgarten",
            "Brunnkorngasse",
            "Lerchkorner Str.",
            "Am Alten Brunnkorn",
            "Wilhelm-Strahlmann-Straße",
        ),
        ("{s} %#, 531##", "{s} %a, 531##", "{s} %#\n531##", "{s} %# // 531##"),
        "Ich wohne jetzt {} Bonn.",
        "Lieferadresse: {} Bonn",
        "Paket bitte an {} Bonn, Klingel ganz oben",
        "Rechnungsanschrift\nInes Strahlmann\n{} Bonn",
        "laut Melderegister {} Bonn",
    ),
    placed(
        "DE, no postcode",
        ("Kastanienzeile", "Kranzahornweg", "Wachkornstieg"),
        ("{s} %#", "{s} %#b"),
        "Meine Anschrift ist {} in Kassel, dritter Stock.",
        "Sie ist letzte Woche in die {} gezogen.",
    ),
    placed(
        "AT",
        ("Nelkbrunngasse", "Am Moosgrund"),
        ("{s} %/#/1#, 10#0", "{s} %#, 10#0"),
        "Meldeadresse {} Wien",
        "wohnhaft in {} Wien",
    ),
    placed(
        "CH, German",
        ("Lärchstrahlweg",),
        ("{s} %, 30##", "{s} %#a, 80##"),
        "Meine Adresse: {} (seit dem Umzug)",
        "Bin ab Mai {} gemeldet",
    ),
    placed("CH, French", ("Chemin des Boulombes",), ("{s} %#, 12##",), "J'habite {}, 2e étage"),
    placed("CH, Italian", ("Via dei Castarolli",), ("{s} %, 69##",), "Domicilio: {} Lugano"),
    placed(
        "FR",
        ("rue des Tillombes", "avenue du Vieux Morvaine", "impasse des Mésombes", "bd Aristide-Morvaine"),
        ("%# {s}, 6900#", "%# bis {s} 6900#", "% {s}, bât. C, appt ##, 6900#", "%# {s}\n6900#"),
        "J'habite au {} Lyon.",
        "Livrer chez M. Morvaine, {} Lyon",
        "Adresse de facturation : {} Lyon",
        "mon ancienne adresse ({} Lyon) est encore sur la carte grise",
    ),
    placed(
        "BE",
        ("Vlierkornstraat", "Rue du Genestou"),
        ("{s} %# bus %, 20##", "{s} %#, 10##"),
        "Leveren in {} a.u.b.",
        "domicilié {} depuis mars",
    ),
    placed(
        "NL",
        ("Lindekornhof", "Oude Veldwijk", "Pastoor Joostenlaan"),
        ("{s} ##-B, 35## KC", "{s} %#, 35##AB", "{s} % hs\n35## XD"),
        "Mijn adres is {} Utrecht",
        "Bezorgen op {} (bij de buren mag ook)",
        "Verhuisd van {} naar het buitenland",
    ),
    placed("LU", ("rue des Sorbelles", "op der Heed"), ("%#, {s}, L-14##",), "Résidence : {} Luxembourg"),
    placed(
        "ES",
        ("C/ Olivarrón", "Calle del Romerón", "Avda. de los Fresnotes", "Plaza Ondarria"),
        ("{s} %#, 2º B, 280##", "{s} n.º %#, bajo, 280##", "{s}, %#, piso 4, puerta C - 280##"),
        "Vivo en {} Madrid",
        "dirección de entrega: {} Madrid",
        "Empadronada en {} Madrid desde enero",
    ),
    placed(
        "PT",
        ("Rua da Alfazarra", "Travessa do Forno Quedo"),
        ("{s}, %#, 3.º Esq., 11##-0##", "{s} %# - 11##-0##"),
        "A minha morada é {} Lisboa",
        "Entregar na {} Lisboa, tocar à campainha",
    ),
    placed(
        "IT",
        ("Via dei Mughettoni", "Viale Tarvollin", "Largo delle Ginestrine"),
        ("{s} %#, 201##", "{s}, %/B - 201##", "{s} %# int. %, 201##"),
        "Abito in {} Milano (MI)",
        "spedire a: {} Milano",
        "residente in {} Milano, citofono guasto",
    ),
    placed("MT", ("Triq il-Ħarrubija",), ("%#, {s}, Sliema SLM 1###",), "I live at {}"),
    placed(
        "PL",
        ("ul. Wiśniarska", "al. Jarzębiarska", "os. Piskorza"),
        ("{s} %# m. %, 02-5##", "{s} %#/%, 02-5##", "{s} %#, 02-5##"),
        "Mieszkam przy {} Warszawa",
        "adres do korespondencji: {} Warszawa",
        "Kurier był pod złym adresem zamiast {} Warszawa",
    ),
    placed(
        "CZ", ("Lipošova", "Na Dubrovci"), ("{s} 4##/%, 602 0#", "{s} %#, 602 0#"), "Bydlím {} Brno", "Doručovací adresa: {} Brno"
    ),
    placed("SK", ("Javorčanská", "Pod Hájovcom"), ("{s} %#, 811 0#",), "bytom {} Bratislava"),
    placed(
        "HU",
        ("Hársmáli utca", "Vadrózsa köz"),
        ("109# Budapest, {s} %#. 3/1#.", "109# Budapest, {s} %#."),
        "Lakcím: {}",
        "A csomagot a {} címre kérem",
    ),
    placed(
        "RO",
        ("Str. Teiușorului", "Aleea Zorilenelor"),
        ("{s} nr. %#, bl. B#, sc. 2, ap. 1#, 4001##", "{s} nr. %, ap. ##, 4001##"),
        "Domiciliul meu: {} Cluj",
        "Livrare la {} Cluj",
    ),
    placed(
        "BG",
        ("ул. Калинковец", "бул. Яворовец"),
        ("{s} %, ет. 3, ап. 1#, 10##", "{s} %#, вх. Б, ап. #, 10##"),
        "Живея на {} София",
        "Адрес за доставка: {} София",
    ),
    placed(
        "GR",
        ("Αμυγδαλιάνων", "Οδός Κυπαρισσίου"),
        ("{s} %#, 115 ##", "{s} %#, 2ος όροφος, 115 ##"),
        "Μένω {} Αθήνα",
        "Διεύθυνση παράδοσης: {} Αθήνα",
    ),
    placed("CY", ("Leoforos Kypron", "Odos Mostraki"), ("{s} %#, Flat 20#, 10##",), "my flat: {} Nicosia"),
    placed("HR", ("Jorgovačka ulica", "Put Lipe"), ("{s} %#, 100#0",), "Stanujem na adresi {} Zagreb"),
    placed(
        "RS", ("Bagremačka", "Dubrovečka"), ("{s} %#/3, 110##", "{s} br. %#, stan #, 110##"), "Adresa prebivališta {} Beograd"
    ),
    placed("SI", ("Brezaljska ulica", "Na vrtu"), ("{s} %, 10#0",), "Stanujem: {} Ljubljana"),
    placed(
        "SE",
        ("Lönnkullsvägen", "Rönnbärshusgatan"),
        ("{s} % lgh 120#, 413 ##", "{s} %#B, 413 ##"),
        "Jag bor på {} Göteborg",
        "Skicka till: {} Göteborg",
        "flyttar från {} Göteborg i juni",
    ),
    placed(
        "NO",
        ("Bjørkekollveien", "Thorsruds gate"),
        ("{s} %B, 05##", "{s} %#, H0302, 05##"),
        "Jeg bor i {} Oslo",
        "Leveres {} Oslo, koden er hos nabo",
    ),
    placed(
        "DK",
        ("Hyldekornsvej", "Slåenstræde"),
        ("{s} %#, 3. tv, 22##", "{s} %#, st., 22##"),
        "Min adresse er {} København N",
        "Send den til {} København N",
    ),
    placed(
        "FI",
        ("Kuusilahtomaantie", "Lahtomaankatu"),
        ("{s} % B 1#, 002##", "{s} %# as. %, 002##"),
        "Asun osoitteessa {} Helsinki",
        "toimitus: {} Helsinki",
    ),
    placed("IS", ("Reynikorn", "Birkikollur"), ("{s} %, 10#",), "Heimilisfang: {} Reykjavík"),
    placed("EE", ("Kasekõrve", "Pihlaka"), ("{s} %#-%, 101##",), "Elan aadressil {} Tallinn"),
    placed("LV", ("Bērzukalnu iela",), ("{s} %#-%#, LV-10##", "{s} %# dz. %, LV-10##"), "dzīvesvieta: {}"),
    placed("LT", ("Ąžuolkalnių g.",), ("{s} %#-%, 082##", "{s} %, LT-082##"), "Gyvenu {} Vilniuje"),
    placed(
        "UA",
        ("вул. Кленовецька", "пров. Вишневий"),
        ("{s}, %#, кв. %, 040##", "{s} %, кв. ##, 040##"),
        "Мешкаю: {} Київ",
        "адреса доставки {} Київ",
    ),
    placed(
        "RU",
        ("ул. Берёзкинская", "пер. Рябинкинский"),
        ("4200##, г. Казань, {s}, д. %#, кв. 4#", "{s}, д. %, корп. 2, кв. 1##, 4200##"),
        "Проживаю по адресу: {}",
        "доставьте на {} после шести",
        "прописан {} а живу в другом месте",
    ),
    placed(
        "TR",
        ("Çınarköşe Sok.", "Mostra Cad."),
        ("{s} No: %# D: %, 347##", "{s} No:%#/%, 347##"),
        "Ev adresim: Ihlamur Mah. {} Kadıköy/İstanbul",
        "kargoyu {} Kadıköy adresine bırakın",
    ),
)
