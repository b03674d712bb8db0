"""What belongs to an address after its street: the door, the town, the postcode, the country."""

from __future__ import annotations

import re
from typing import NamedTuple

from components.privacy.addresses.parts import BUILDING, CARE_OF, NUMBER, STAIR, UNITS, UPPER, WORD
from components.privacy.addresses.towns import BARE, NO_TOWN, POST, REGION, SHORT, STRONG, TOWNS, YEAR


class Reach(NamedTuple):
    """`place`: where the address ends, or begins. `doors`: what says which door. `post`: a postcode. `region`: a country."""

    place: int
    doors: int = 0
    post: bool = False
    region: bool = False
    towns: int = 0


_SEPARATOR = re.compile(
    r"\.?(?:\s{0,2}[,;|/،·]{1,2}\s{0,2}|\s{0,2},?\n\s{0,3}|\s-\s|\s(?:[Ii]n|à|[Tt]e)\s(?=\d{4})|\s{1,2})|(?<=\.)|(?=\()"
)
_ROAD = re.compile(
    r"(?:(?:RD|RR)\s\d{1,2}|RT\s?\d{1,3}\s?/\s?RW\s?\d{1,3}|(?:Street|Road|Sector|Phase|Stage|Cross|Ward|Zone|Lane|Avenue"
    r"|Block|Soi|Moo|Quận|Phường|District|RT|RW|Rd|St|Km|KM|km)\.?\s?(?:No\.?\s?)?"
    r"\d{1,4}(?:[A-Z]|[a-d](?!\w))?(?:[-/]\w{1,3})?|\d{1,2}(?:st|nd|rd|th)\s(?:Cross|Main|Street|Avenue|Block|Stage"
    r"|Phase|Floor)"
    rf"(?:\s(?:Rd|Road))?|[A-Z]-\d{{1,2}}/\d{{1,2}}|\d{{1,4}}\s{BUILDING}(?!\w)|{NUMBER})(?![\w/])"
)
_CLAUSE_END = re.compile(r"\s{0,2}(?:$|[.,;:!?)\n\"'])")
#: After a postcode without its town: the end of the sentence, or what begins the next part of it
_ALONE = re.compile(
    rf"{_CLAUSE_END.pattern}|\s\(|\s(?:gemeldet|wohnhaft|seit|depuis|since|sinds|sedan|siden|desde|dal|dalla|od|ab|from"
    rf"|until|bis|please|bitte"
    r"|svp|merci|thanks|danke|thx|now|jetzt|is|ist|est|es|è|é|är|er|jest|and|und|et|or|oder|ou|again|wieder|encore|for|für|pour|para|per|voor|with|mit|not|nicht"
    r"|statt|instead)(?!\w)"
    r"|\s?[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]"
)
#: c/o Weber; Barrio Getsemaní: nobody names the quarter of a mere place
_QUARTER = re.compile(
    rf"(?:{CARE_OF}|Barrio|B\.º|Bo\.|Col\.|Colonia|Urb\.|Fracc\.|Bairro|Mah\.|Brgy\.?|Barangay|Quartier|Lot\."
    rf"|Hay)\s{WORD}(?:\s{WORD}){{0,3}}"
)
_LONGEST = 170


def after(text: str, start: int, place: int, post: bool = False) -> Reach:
    """What belongs to an address after its street, which is text[start:place]; `post`: its postcode is in there already."""
    piece = text[place : place + _LONGEST]
    street = text[start:place]
    words = re.findall(r"[^\W\d_]{3,30}", street)
    small = bool(words) and words[-1].islower() and not re.match(r"\W{0,4}(?:\d{1,6}\W{1,3})?" + UPPER, piece)
    if small:  # written without capitals: read as if with them
        piece = _capitalised(piece)
    at = end = doors = towns = posts = 0
    region = False
    if stair := STAIR.match(piece):
        at = end = stair.end()
    for _ in range(10):
        separator = _SEPARATOR.match(piece, at)
        if not separator:
            break
        begin = separator.end()
        strict = not separator.group().strip(" ")
        if (
            posts < 2
            and (match := POST.match(piece, begin))
            and not NO_TOWN.match(piece, begin)
            and _is_post(piece, match, strict, small, sure=doors > 0)
        ):
            at = end = match.end()
            post, posts, towns = True, posts + 1, 0
        elif not post and (door := _door(piece, begin, strict)) > begin:
            at = end = door
            doors += 1
        elif not (strict or post or small) and (match := BARE.match(piece, begin)) and _ends(piece, match):
            at = end = match.end()
            post, towns = True, 0
        elif not strict and not post and (match := _ROAD.match(piece, begin)) and not YEAR.match(match.group()):
            at = match.end()
            if not match.group()[0].isdigit() or match.group()[-1].isalpha():
                end, doors = at, doors + (match.group()[0] not in "RKk")
        elif (
            not post
            and (towns or not strict)
            and (match := BARE.match(piece, begin))
            and not YEAR.match(match.group())
            and (towns or len(match.group()) == 6 or (len(match.group()) > 4 and _CLAUSE_END.match(piece, match.end())))
        ):
            at = end = match.end()
            post, towns = True, 0
        elif (not strict or post or piece[begin : begin + 1] == "(") and (match := REGION.match(piece, begin)):
            at = end = match.end()
            region = region or not SHORT.fullmatch(match.group())
        elif towns < 4 and not (post and strict) and (match := TOWNS.match(piece, begin)) and not NO_TOWN.match(match.group()):
            at = _town(piece, match)
            towns += 1
            alone = bool(_CLAUSE_END.match(piece, at))
            if not small and ("," in separator.group() or "،" in separator.group() or separator.group() == " - ") and towns <= 3:
                end = at  # taken along if the rest makes an address of it
            elif strict and not post and ((doors and "/" in match.group()) or (alone and (doors or (towns == 1 and not small)))):
                end = at
            if post and (towns > 1 or not alone):
                break
        else:
            break
    return Reach(place + end, doors, post, region, towns)


def _door(piece: str, begin: int, strict: bool) -> int:
    """Where words end that say which door, or whose, or in which quarter; -1 if there are none."""
    match = UNITS.match(piece, begin) or (None if strict else _QUARTER.match(piece, begin))
    return match.end() if match else -1


def _town(piece: str, match: re.Match[str]) -> int:
    """Where a town ends: before a state that its postcode follows."""
    for gap in re.finditer(" ", match.group()):
        if STRONG.match(piece, match.start() + gap.end()):
            return match.start() + gap.start()
    return match.end()


def _is_post(piece: str, match: re.Match[str], strict: bool, small: bool, sure: bool) -> bool:
    """Whether a match is a postcode and a town and not a year or a quantity."""
    if STRONG.match(match.group()):
        return True
    digits = re.search(r"\d{3,8}", match.group())
    if digits and YEAR.fullmatch(digits.group()):
        return (
            (sure or not strict) and not small and digits.start() == 0 and (sure or bool(_CLAUSE_END.match(piece, match.end())))
        )
    return True


def _ends(piece: str, match: re.Match[str]) -> bool:
    """Whether digits are a postcode without its town: the address ends with it."""
    return not YEAR.match(match.group()) and bool(_ALONE.match(piece, match.end()))


def _capitalised(piece: str) -> str:
    """The same text, each word with a capital letter."""
    titled = re.sub(r"(?<![^\W_])[^\W\d_]", lambda first: first.group().upper()[:1], piece)
    return titled if len(titled) == len(piece) else piece
