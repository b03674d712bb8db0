"""Addresses of machines, and places on earth: IP, MAC, coordinates. Who was online or where somebody stood is personal."""

from __future__ import annotations

import ipaddress
import re

from components.privacy.context import said, words
from components.privacy.findings import Finding, Findings, matches
from components.privacy.versions import is_version

IP, MAC, PLACE = "IP_ADDRESS", "MAC_ADDRESS", "COORDINATES"

IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d|[A-Za-z_])")
IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:][0-9A-Fa-f:.]{5,45}(?:%\w{1,16})?(?![\w:])")
MACS = (
    re.compile(r"(?<![0-9A-Fa-f:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4,6}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-])"),
    re.compile(r"(?<![0-9A-Fa-f.])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![0-9A-Fa-f.])"),
)
_DEGREES = r"\d{1,3}\s?°\s?(?:\d{1,2}(?:[.,]\d{1,6})?\s?['′]?\s?(?:\d{1,2}(?:[.,]\d{1,6})?\s?(?:''|\"|″|′′)?)?)?"
PLACES = (
    # N48°12.510' E016°22.325', N 48.20849 E 16.37208
    re.compile(
        rf"(?<!\w)[NS]\s?(?:{_DEGREES}|\d{{1,2}}[.,]\d{{3,12}}\s?°?)[\s,;/]{{1,3}}[EWO]\s?(?:{_DEGREES}"
        rf"|\d{{1,3}}[.,]\d{{3,12}}\s?°?)(?!\w)"
    ),
    # 48,20849 / 16,37208
    re.compile(r"(?<![\w.,])[-+]?\d{1,2},\d{4,12}\s?°?\s?[NS]?\s?[;/ ]\s?[-+]?\d{1,3},\d{4,12}\s?°?\s?[EWO]?(?![\w.,]\d|\w)"),
    # 8FWR6954+QC
    re.compile(r"(?<!\w)[2-9CFGHJMPQRVWX]{8}\+[2-9CFGHJMPQRVWX]{2,3}(?!\w)"),
    re.compile(r"(?<![\w.])[-+]?\d{1,2}\.\d{4,12}\s?°?\s?[NS]?\s?[,;/ ]\s?[-+]?\d{1,3}\.\d{4,12}\s?°?\s?[EWO]?(?![\w.]\d|\w)"),
    re.compile(
        r"(?<!\w)\d{1,2}\s?°\s?\d{1,2}\s?['′]\s?(?:\d{1,2}(?:\.\d{1,6})?\s?(?:''|\"|″"
        r"|′′)\s?)?[NS]\W{1,3}\d{1,3}\s?°\s?\d{1,2}\s?['′]\s?(?:\d{1,2}(?:\.\d{1,6})?\s?(?:''|\"|″|′′)\s?)?[EWO]"
    ),
    re.compile(
        r"(?<!\w)lat(?:itude)?\W{1,3}-?\d{1,2}\.\d{2,12}\W{1,4}(?:and )?(?:lon|lng|long)(?:itude)?\W{1,3}-?\d{1,3}\.\d{2,12}",
        re.IGNORECASE,
    ),
    re.compile(r"(?<=geo:)-?\d{1,2}\.\d{2,12},-?\d{1,3}\.\d{2,12}"),
)
_NAMING = words(
    r"ip\w{0,2}|address\w{0,2}|adress\w{0,2}|adresse ip|host\w{0,4}|from|client|von|depuis|desde|gps|location|coordinates"
    r"|lat(?:itude)?"
)


_PLACE = words(
    r"gps|locations?|located|coordinates?|coords?|lat(?:itude)?|position|parked|standort|koordinaten|coordonnées|coordenadas"
    r"|ubicación|posizione|maps?|geo"
)


_POSITION = re.compile(r"\d[.,]\d\d|°|(?<=[2-9CFGHJMPQRVWX]{4})\+")


def find(text: str) -> Findings:
    """Every IP and MAC address and pair of coordinates in a normal text."""
    for match in IPV4.finditer(text):
        if (
            _identifies(match.group())
            and said(text, match.start(), match.end(), _NAMING) != "thing"
            and not is_version(text, match.start(), match.end())
        ):
            yield Finding(match.start(), match.end(), IP, rank=3)
    if text.count(":") >= 2:
        for match in IPV6.finditer(text):
            address = match.group().rstrip(".")
            if (
                address.count(":") >= 2
                and sum(map(str.isalnum, address)) >= 4
                and any(map(str.isdigit, address))
                and _identifies(address)
            ):
                yield Finding(match.start(), match.start() + len(address), IP, rank=3)
    for pattern in MACS:
        for match in pattern.finditer(text):
            if any(map(str.isdigit, match.group())):
                yield Finding(match.start(), match.end(), MAC, rank=3)
    for match in matches(text, PLACES, _POSITION, 24, 60):
        numbers = [float(number.replace(",", ".")) for number in re.findall(r"-?\d{1,3}[.,]\d{1,12}", match.group())]
        if len(numbers) != 2 or _is_on_earth(
            numbers[0], numbers[1], named=said(text, match.start(), match.end(), _PLACE) == "personal"
        ):
            yield Finding(match.start(), match.end(), PLACE, rank=3)


def _is_on_earth(latitude: float, longitude: float, named: bool) -> bool:
    """Whether two numbers are a place; shares, losses and scores are not, unless words call them a place."""
    return abs(latitude) <= 90 and abs(longitude) <= 180 and (named or max(abs(latitude), abs(longitude)) > 1.5)


def _identifies(address: str) -> bool:
    """Whether it is the address of one machine: not a mask, not `this machine`, not `any`."""
    try:
        parsed = ipaddress.ip_address(re.sub(r"(?<![\d:A-Fa-f])0{1,2}(?=\d)", "", address) if "." in address else address)
    except ValueError:
        return False
    return not (parsed.is_loopback or parsed.is_unspecified or parsed.is_multicast or address.startswith("255."))
