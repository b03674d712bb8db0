"""What belongs to an address before its street, and the street before a postcode."""

from __future__ import annotations

import re
from typing import NamedTuple

from components.privacy.addresses.after import Reach
from components.privacy.addresses.parts import BUILDING, CARE_OF, NO_STREET, NUMBER, PARTICLE, UNITS, WORD
from components.privacy.addresses.streets import FRENCH, ROMANCE

_LEFT = re.compile(r"(?:\s{0,2}[,;|،]\s{0,3}|\s{0,2},?\n\s{0,3}|\s-\s|\s|\.\s?|\s?/\s?)\Z")
_BOUND = re.compile(r"[,;|\n:()،]|\s-\s|[!?]\s|[^\W\d_]{5}\.\s")
_DOOR = (
    r"(?:(?:[Ff]lat|FLAT|[Aa]pt|APT|[Aa]partment|[Uu]nit|UNIT|[Ss]uite|[Ss]tudio|[Rr]oom|[Bb]lock|[Bb]lk|[Pp]lot|[Hh]ouse"
    r"|H\.?\s?[Nn]o|[Dd]oor|D\.?\s?[Nn]o|[Ss]hop"
    r"|[Ll]ot|[Vv]illa|[Ll]evel|[Ff]loor|[Tt]ower|[Bb]uilding|[Bb]ldg|[Oo]ffice|Bât|[Aa]ppt|[Aa]ppartement|[Ee]sc|[Ww]ohnung"
    r"|Whg|Top|Haus|Daire|Kat|No|Nr|SCO|SQN|SQS"
    r"|Bloco|Apto|QD|LT|Mz|Lote|Parcela|parcela|Casa|casa|Piso|Interior|Penthouse|Chalet|Nave|Portal|кв|д|дом|бл|вх|ап|ет|мкр"
    r"|ж\.к|č\.p|čp|dom|kv|Door|Ward)\.?\s?"
    r"(?:[Nn][o°º]\.?\s?|Nr\.?\s?|#\s?)?(?:\d{1,4}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?){0,3}|[A-Z]\d{0,4}"
    r"|[А-Я])(?:\s?-\s?[A-Z])?)"
)
_NAMES = rf"(?:{WORD}|{PARTICLE.rstrip(')')}))"
_CAPITALS = rf"{WORD}(?:[ -](?:{PARTICLE})?(?:{WORD}|[IVX]{{1,4}}|\d{{1,2}}(?![\d/]))){{0,4}}"
_HEAD = re.compile(
    rf"(?P<door>(?:{_DOOR}[ ,]{{0,2}}){{1,3}}(?:\s?{_CAPITALS})?|[A-Z][-/]\d{{1,4}}[A-Z]?(?:\s{_CAPITALS})?"
    rf"|\d{{1,3}}/[A-Z\d]{{1,3}}|\d{{1,3}}/F|[A-Z]-\d{{1,2}}/\d{{1,2}}|#\s?\d{{1,4}}[A-Z]?"
    rf"|(?:Road|Sector|Street|Phase|Ward|Cross|Stage|Soi)\s(?:No\.?\s)?\d{{1,3}}(?:\s?-\s?[A-Z])?|\d{{1,2}}(?:st|nd|rd"
    rf"|th)\s(?:Cross|Main|Floor)(?:\s(?:Rd|Road))?"
    rf"|\d{{1,4}}[A-Z]?,?\s(?:{WORD}\s){{0,3}}{BUILDING})"
    rf"|(?P<care>{CARE_OF}\s(?:(?:Mme|Mr|Mrs|Ms|Frau|Herrn?|M\.|Sr|Sra|Dr)\.?\s)?{WORD}(?:\s{WORD}){{0,2}})"
    rf"|(?P<post>(?:[A-Z]{{1,2}}-)?\d{{4,6}},?\s(?:г\.\s?|м\.\s?)?{WORD}(?:[ -]{WORD}){{0,2}}|\d{{5,6}})"
    rf"|(?P<building>(?:{WORD}\s){{0,3}}{BUILDING}(?:\s(?:{PARTICLE})?{WORD}){{0,3}}|(?:г|м|с|п|пгт|д|обл|р-н|гр|ст|к|х"
    rf"|рп|пос"
    rf"|клх|село|місто|город)\.?\s?{WORD}|{WORD}\s(?:обл\.?|область|район|р-н))"
    rf"|(?P<plain>{_CAPITALS})"
)
_STREET = re.compile(
    rf"(?:\d{{1,4}}[a-z]?,\s(?:op der|op dem|op|an der|um|am|beim|bei der|aux|au|à la|sur le|le|les"
    rf"|en)\s{WORD}(?:[ -]{WORD}){{0,2}}"
    rf"|(?:{PARTICLE}){{0,2}}(?:'t )?(?:{WORD}|\d{{1,2}}(?:th|e|ης|\.))(?:[ -](?:{PARTICLE}){{0,2}}{WORD}){{0,4}}(?:,\s"
    rf"|\s){NUMBER}(?:\s[A-Z](?!\w))?"
    rf"|(?:{FRENCH}|{ROMANCE})(?:\s|(?<=[./]))(?:{PARTICLE}){{0,2}}{WORD}(?:[ -](?:{PARTICLE}){{0,2}}{WORD}){{0,3}}"
    rf"|[A-U]\s?\d{{1,2}},\s?\d{{1,3}}[a-z]?|{NUMBER},?\s(?!(?:{NO_STREET}|FROM|TO|AND|THE|OR|OF|IN|ON"
    rf"|AT)(?!\w))(?:{WORD})(?:[ -](?:y "
    rf"|{PARTICLE})?(?:{WORD}|[IVX]{{1,4}})){{0,4}}"
    r"|[^\W\d_][^,\n;:]{1,40}\s(?:s/n|snc|SNC|km\s?\d{1,3}[.,]\d{1,3}))\.?\Z"
)
#: Pot na most 7: small words within a name
_SMALL_STREET = re.compile(rf"{WORD}(?:\s(?!(?:{NO_STREET})\s)[^\W\d_][\w'-]{{1,20}}){{1,3}}\s{NUMBER}\.?\Z")
_CITY = re.compile(r"(?:Dublin|Praha|Paris|Lyon|Marseille|Bratislava|Budapest|Wien|Quận|District|Sector|Plzeň|Brno)\s\d{1,2}\Z")
_SEGMENT = re.compile(rf"(?:{_HEAD.pattern})\.?\Z")
_RURAL = re.compile(
    r"(?:[\w' -]{0,40}\s)?(?:Lieu-dit|Lieudit|Cortijo|Ferme|Hameau|Cottage|Farm|Finca|Quinta|Fazenda|Sítio|Cascina"
    r"|Podere)(?!\w)"
)
#: Before a number, these name a thing: Kapitel 4, Team 12
_THING = re.compile(
    r"(?<![^\W_])(?:Kapitel|Seite|Zeile|Feld|Gleis|Halle|Stand|Zimmer|Room|Gate|Level|Bus|Linie|Line|Team|Windows|iPhone"
    r"|Galaxy|Kasse|Lektion|Psalm|Teil|Part"
    r"|Chapter|Page|Table|Tabelle|Figure|Step|Schritt|Stufe|Version|Build|Formel|Formula|Area|Zone|Class|Klasse|Group|Gruppe"
    r"|Act|Scene|Season|Episode"
    r"|Order|Ticket|Invoice|Rechnung|Bestellung|Auftrag|Vorgang|Serial|Article|Artikel|Section|Sektion|Row|Reihe|Seat|Platz"
    r"|Track|Opus|Volume|Band|No"
    r"|Nr|Number|Nummer|Error|Fehler|Case|Item|Posten|Menge|Code|Flight|Flug|Model|Modell|Type|Typ|Size|Größe|Uhr|Tag"
    r"|Day|Week"
    r"|Woche|Run|Test|Jan(?:uary|uar|vier)?"
    r"|Feb(?:ruary|ruar)?|Mar(?:ch|s|zo|t)?|März|Apr(?:il)?|Ma[iyj]|Mai|June?|Juni|Juin|July?|Juli|Aug(?:ust)?"
    r"|Sept?(?:ember)?"
    r"|O[ck]t(?:ober|obre)?"
    r"|Nov(?:ember)?|De[cz](?:ember)?)\.?\s\d"
)


#: Flat, Lot, House No. right before the number of a street
_BARE_DOOR = re.compile(
    r"(?<![^\W_])(?:[Ff]lat|FLAT|[Uu]nit|[Ll]ot|[Pp]lot|[Bb]lock|[Bb]lk|BLK|[Hh]ouse|[Dd]oor|[Ss]hop|[Aa]pt|[Vv]illa|H|D"
    r"|No|no"
    r"|N°|Nr|№)\.?\s?(?:[Nn]o\.?\s?)?\Z"
)


def before(text: str, start: int) -> Reach:
    """What belongs to an address before its street: the flat, the building, c/o, a postcode and its town."""
    place = at = start
    doors, post = 0, False
    if bare := _BARE_DOOR.search(text, max(0, start - 14), start):
        place = at = bare.start()
        doors += not bare.group().startswith(("N", "n", "№"))
    for _ in range(7):
        segment = _Segment.before(text, at)
        found = segment.head() if segment else None
        if not segment or not found:
            break
        at, kind, whole = found
        post = post or kind == "post" or (kind == "building" and "обл" in text[at : segment.end])
        if kind == "plain" or (kind == "building" and not whole):
            if not whole:
                place = at if kind == "building" else place
                break
            continue
        place = at
        doors += kind == "door"
        if not whole:
            break
    return Reach(place, doors, post)


class _Segment(NamedTuple):
    """What stands between two separators, or between one and a blank. `blank`: only a blank follows it."""

    text: str
    begin: int
    end: int
    blank: bool

    @classmethod
    def before(cls, text: str, at: int) -> _Segment | None:
        """The one before a place; None at the beginning of a text."""
        low = max(0, at - 90)
        gap = _LEFT.search(text, low, at)
        if not gap and at > low and text[at - 1] not in "\n(":
            return None
        end = gap.start() if gap else at
        bounds = [bound.end() for bound in _BOUND.finditer(text, low, end)]
        begin = bounds[-1] if bounds else low
        if bounds and re.fullmatch(r"\s?\d{1,4}[A-Za-z]?\s?", text[begin:end]) and text[begin - 1] == ",":
            begin = bounds[-2] if len(bounds) > 1 else low  # Rua Augusta, 112
        while begin < end and text[begin].isspace():
            begin += 1
        return cls(text, begin, end, gap is not None and not gap.group().strip(" ."))

    def words(self) -> list[int]:
        """Where its words begin."""
        return [self.begin, *(self.begin + word.start() for word in re.finditer(r"(?<=\s)\S", self.text[self.begin : self.end]))]

    def head(self) -> tuple[int, str, bool] | None:
        """(where it begins, what it is, whether it is all of the segment) of what an address may begin with."""
        if not self.blank and self._is_doors():
            return self.begin, "door", True
        for place in self.words():
            match = _SEGMENT.match(self.text, place, self.end)
            kind = match.lastgroup or "" if match else ""
            if not match or (self.blank and kind != "door") or (kind != "door" and _THING.match(match.group())):
                continue
            return place, kind, place == self.begin
        return None

    def _is_doors(self) -> bool:
        """Whether all of it says which door: Piso 2 Dto. A."""
        at = self.begin
        while at < self.end and (unit := UNITS.match(self.text, at, self.end)):
            at = unit.end()
            while at < self.end and self.text[at] in " .":
                at += 1
        return at >= self.end > self.begin

    def street(self) -> int:
        """Where a street and a number begin that end with the segment, or with a flat before its end; -1 if there is none."""
        ends = [self.end]
        for word in self.words():
            if (unit := UNITS.match(self.text, word)) and unit.end() == ends[-1] and word > self.begin:
                ends.append(word - 1)
                break
        words = self.words()
        for end in ends:
            for place in words:
                if (
                    (match := _STREET.match(self.text, place, end))
                    and not _THING.search(match.group())
                    and not _CITY.match(match.group())
                ):
                    return self._capitals(place)
            for place in reversed(words):
                if (match := _SMALL_STREET.match(self.text, place, end)) and not _THING.search(match.group()):
                    return self._capitals(place)
        return -1

    def _capitals(self, place: int) -> int:
        """The segment's beginning where only capital words stand before a place in it, else that place."""
        return self.begin if all(word[:1].isupper() for word in self.text[self.begin : place].split()) else place


def street_before(text: str, at: int) -> tuple[int, int]:
    """(where it begins, how many names follow it) of a street and a number before a postcode; (-1, -names) without one."""
    names = 0
    doors = -1
    for _ in range(6):
        segment = _Segment.before(text, at)
        if not segment:
            break
        place = segment.street()
        if place >= 0:
            if not any(map(str.isdigit, text[place : segment.end])):  # the name of a district, maybe: look for a number before it
                further = _Segment.before(text, place)
                number = further.street() if further else -1
                if further and any(map(str.isdigit, text[max(number, 0) : further.end])) and number >= 0:
                    return number, names
            return place, names
        found = segment.head()
        if not found:
            break
        at, kind, whole = found
        if kind == "building" and not names and _RURAL.match(text[at : segment.end]):
            return at, names
        if kind == "door":
            doors = at
        elif kind in ("plain", "building"):
            names += 1
        else:
            break
        if not whole:
            break
    if doors >= 0:
        return doors, names
    return (at if names >= 2 else -1), -names
