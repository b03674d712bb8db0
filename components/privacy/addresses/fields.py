"""Addresses in the fields of a form: Street: Juniper Lane 7, Zip: 80331, City: Munich."""

from __future__ import annotations

import re
from collections.abc import Iterator

from components.privacy.findings import matches

_STREET = (
    r"(?:street(?:[ _-]?(?:address|name|line))?(?:[ _-]?\d)?|address[ _-]?line[ _-]?\d?|addr(?:ess)?[ _-]?\d|straße|strasse"
    r"|str\.|straße und hausnummer|rue|calle|vía"
    r"|domicilio|indirizzo|via|rua|logradouro|endereço|straat(?:naam)?|ulica|gatuadress|gata|vej|adresse|улица|вулиця|utca"
    r"|sokak|strada|οδός)"
)
_NUMBER = (
    r"(?:street number|house (?:number|no\.?)|hausnummer|haus-?nr\.?|numéro|número|numero civico|civico|huisnummer|nr domu"
    r"|numer domu|husnummer|дом|квартира|корпус"
    r"|apartment|apt|unit|flat|lok\.|mieszkanie)"
)
_CODE = (
    r"(?:zip(?:[ _-]?code)?|post(?:al)?[ _-]?code|plz|postleitzahl|code postal|cp|c\.p\.|código postal|codigo postal|cap|cep"
    r"|kod pocztowy|postnummer|postnr|postinumero"
    r"|индекс|індекс|psč|irányítószám|posta kodu|pin ?code|eircode|τ\.?κ\.?)"
)
_TOWN = (
    r"(?:city|town|place|suburb|state|county|province|region|country|ort|wohnort|stadt|land|ville|commune|pays|ciudad"
    r"|población|provincia|localidad|país|città|comune"
    r"|cidade|bairro|estado|localidade|plaats|woonplaats|stad|miasto|miejscowość|postort|stad|by|kaupunki|postitoimipaikka"
    r"|город|місто|město|mesto|város|şehir|il|ilçe|πόλη)"
)
_COMBINED = (
    r"(?:plz|postleitzahl|zip|postcode|cp|cap|code postal)\s?/\s?(?:ort|stadt|city|ville|localité|località)|(?:strasse"
    r"|straße)\s?/\s?(?:nr\.?|hausnummer)"
)
FIELD = re.compile(
    rf"(?<![^\W_])[\"']?(?:(?P<combined>{_COMBINED})|(?P<street>{_STREET})|(?P<number>{_NUMBER})|(?P<code>{_CODE})"
    rf"|(?P<town>{_TOWN}))[\"']?\s{{0,2}}[:=]\s{{0,2}}[\"']?"
    r"(?P<value>[^\s\"'|;:=][^\n\"|;:=]{0,60}?)(?=\s{0,2}(?:$|[\n\"|;]|/\s|,?\s?[^\W\d_][\w .-]{1,20}[:=]))",
    re.IGNORECASE,
)


_SIGN = re.compile(r"[:=]")


def values(text: str) -> Iterator[tuple[int, int]]:
    """The values of fields that make an address together: a street among them, or a postcode beside a town."""
    if text.count(":") + text.count("=") < 2:
        return
    found: list[tuple[int, int, str]] = []
    for match in matches(text, [FIELD], _SIGN, 40, 80):
        start, end = match.span("value")
        while end > start and text[end - 1] in " ,.;":
            end -= 1
        kind = next(name for name in ("combined", "street", "number", "code", "town") if match[name])
        if end > start:
            found.append((start, end, kind))
    groups: list[list[tuple[int, int, str]]] = []
    for each in found:
        if groups and each[0] - groups[-1][-1][1] < 60:
            groups[-1].append(each)
        else:
            groups.append([each])
    for group in groups:
        kinds = {kind for _, _, kind in group}
        if len(group) >= 2 and (kinds & {"street", "combined"} or {"code", "town"} <= kinds):
            yield from ((start, end) for start, end, _ in group)
