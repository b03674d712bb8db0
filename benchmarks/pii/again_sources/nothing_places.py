"""Places that are nobody's home: streets with a number alone, cities, buildings, and numbers beside words of places."""

from __future__ import annotations

import random

from benchmarks.pii.again_sources.addresses import DE, FR, GB, laid_out
from benchmarks.pii.again_sources.addresses_far import US
from benchmarks.pii.blind_sources.drawing import Make, nobodys, one_of, shaped


def number(low: int, high: int) -> Make:
    """A whole number."""
    return lambda rng: str(rng.randint(low, high))


def town(rng: random.Random) -> str:
    """A town."""
    return rng.choice(["Zwolle", "Carlow", "Pardubice", "Lugano", "Oulu", "Tampico", "Kisumu", "Chiayi", "Ballarat", "Évora"])


SOURCES = (
    nobodys(
        "street and number alone, en",
        laid_out("%# <s>", *GB),
        "The bakery at {} closes at two on Saturdays.",
        "Roadworks outside {} until the end of the month.",
        "New branch opening at {}, come and see us",
        "The old cinema, {}, is to become a library.",
        each=2,
    ),
    nobodys(
        "street and number alone, US",
        laid_out("%### <s>", *US),
        "Polling place: fire station, {}",
        "There's a food truck in front of {} on Tuesdays",
        "Store #18 ({}) is out of the 12-packs",
        each=2,
    ),
    nobodys(
        "street and number alone, de",
        laid_out("<s> %#", *DE),
        "Das Museum ({}) ist montags geschlossen.",
        "Filiale {}: Automat außer Betrieb",
        "Treffpunkt für die Führung ist das Rathaus, {}.",
        each=2,
    ),
    nobodys(
        "street and number alone, fr",
        laid_out("%# <s>", *FR),
        "La pharmacie de garde est au {}.",
        "Travaux devant le {} jusqu'à vendredi.",
        each=2,
    ),
    nobodys(
        "street and number alone, es",
        laid_out("<s>, %#", "Calle del Molino Viejo", "Avenida de los Olmos"),
        "La biblioteca está en {}.",
        "Cerrado el quiosco de {} por obras",
        each=2,
    ),
    nobodys(
        "street and number alone, it", laid_out("<s> %#", "via Fornace", "corso Magnolie"), "Il mercato si tiene in {}.", each=2
    ),
    nobodys(
        "street and number alone, pl",
        laid_out("ul. <s> %#", "Bednarska", "Jarzębinowa"),
        "Nowy sklep przy {} już otwarty",
        each=2,
    ),
    nobodys(
        "street and number alone, nl",
        laid_out("<s> %#", "Biezenkade", "Vlierstraat"),
        "De winkel op de {} verkoopt ze ook.",
        each=2,
    ),
    nobodys(
        "a street without a number",
        laid_out("<s>", *GB, *US),
        "Traffic is bad on {} again",
        "Does the number nine bus stop on {}?",
        each=2,
    ),
    nobodys(
        "a building",
        one_of("Lindenhof", "Harbour House", "Maison des Arts", "Torre Sul"),
        "The lecture is in {}, ground floor.",
        "Lieferanten bitte am {} melden",
        "rendez-vous devant {} à midi",
        each=2,
    ),
    nobodys(
        "a town",
        town,
        "The warehouse in {} has 14 docks.",
        "Do you deliver to {}?",
        "Gibt es eine Filiale in {}?",
        "Le train pour {} est supprimé.",
        "timezone and city default to {}",
        each=2,
    ),
    nobodys(
        "a number beside a word of places",
        number(2, 480),
        "Meeting is in room {}, second floor.",
        "Take exit {} and follow the signs",
        "Gate {} closes in ten minutes",
        "Platform {}, coach B",
        "Highway {} is closed by snow",
        "Flat {} screws fit better than round ones",
        "See page {} of the street atlas",
        "shelf {} in aisle 7",
        "We drove {} miles down the road before we noticed",
        "Das Zimmer {} hat keinen Fernseher",
        each=2,
    ),
    nobodys(
        "a number like a postcode",
        shaped("%####"),
        "Error {} when the drawer opens",
        "{} people visited the fair this year",
        "Article {} is out of stock in Lyon",
        "Auftrag {} hängt seit Montag",
        "part no. {} fits all models",
        each=2,
    ),
    nobodys(
        "address without one",
        number(3, 30),
        "What's your delivery address? The form gave up after {} seconds.",
        "address field is limited to {} characters",
        "Bitte Straße und Hausnummer angeben, maximal {} Zeichen",
        "my address book has {} entries and the sync loses half",
        each=2,
    ),
)
