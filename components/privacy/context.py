"""The words before and after a number: whether they say that it is personal, or what else it is."""

from __future__ import annotations

import re
from typing import Literal

#: A number that one of these names is no person's, but that of a thing
THINGS = re.compile(
    r"(?<![^\W_])(?:orders?|tickets?(?:n\w{3,8})?|cases?|invoices?|inv|parts?|serials?|sku|tracking|parcels?|shipments?"
    r"|packages?|items?"
    r"|articles?"
    r"|products?|versions?|ver|v|builds?|releases?|firmware|models?|batch|lots?|purchase|p\.?o|isbn(?:-1[03])?|s/?n|customers?|members?|users?|issn|ean|upc|gtin|barcodes?"
    r"|doi"
    r"|cas|rfc|bugs?"
    r"|issues?|prs?|commits?|revisions?|transactions?|trx|bookings?|reservations?|confirmations?|refs?|references?|ids?"
    r"|identifiers?|chapters?"
    r"|sections?|ports?|errors?|codes?|timestamps?|epoch|log time|unix time|requests?|vouchers?|coupons?|receipts?|contracts?"
    r"|polic(?:y|ies)|claims?"
    r"|quotes?|flights?|vin|imei|hash|checksums?|sha\d{0,3}|md5|guids?|uuids?|docket|incidents?|logs?|jobs?|runs?|pages?"
    r"|bestell\w{0,14}|auftrag\w{0,10}|auftrags\w{0,10}|rechnung\w{0,10}|sendung\w{0,14}|paket\w{0,10}|serien\w{0,10}"
    r"|artikel\w{0,10}|vorgang\w{0,10}"
    r"|teile\w{0,10}|fehler\w{0,8}|buchung\w{0,10}|kunden\w{0,8}|beleg\w{0,8}|zeitstempel|aktenzeichen|chargen\w{0,8}"
    r"|referenz\w{0,8}|transaktions\w{0,8}|vertrags\w{0,8}|mitglieds\w{0,8}|versions\w{0,8}"
    r"|fallnummer|modell|gerätenummer|zähler\w{0,8}"
    r"|commandes?|factures?|colis|dossiers?|références?|suivi|pièces?|série|erreur|réservation|horodatage"
    r"|pedidos?|facturas?|envíos?|paquetes?|referencia|serie|seguimiento|artículo|reserva|ordin[ei]|fattur[ae]|pacc[oh]i?"
    r"|codice|articolo|spedizione|pratica|scontrino|ricevuta|incidencia|albarán|recibo|chamado|protocolo|nota fiscal"
    r"|numéro de série|dossier"
    r"|bestelling\w{0,6}|factuur\w{0,6}|pakket\w{0,6}|zending\w{0,6}|serienummer|artikelnummer|encomenda|fatura|rastreio|série"
    r"|zamówieni\w{1,3}|faktur\w{1,2}|paczk\w{1,3}|przesyłk\w{1,3}|zgłoszeni\w{1,3}|seryjny|beställning\w{0,8}|order\w{0,6}"
    r"|zlecenie|zleceni\w{1,3}|numer seryjny|paragon|objednávk\w{1,3}|rendelés\w{0,3}|számla\w{0,3}|comand[aă]|tilaus\w{0,6}"
    r"|lasku\w{0,6}|bestilling\w{0,6}|sak\w{0,6}"
    r"|faktura|ärende\w{0,6}|kolli\w{0,4}"
    r"|заказ\w{0,3}|сч[её]т\w{0,3}|посылк\w{0,3}|sipariş|fatura|kargo)(?![^\W_])"
    r"|订单[号號]?|訂單[号號]?|运?单[号號]|快递[号單单]{0,2}|编号|編號|注文(?:番号)?|番号|주문(?:번호)?|#|№",
    re.IGNORECASE,
)
#: What may stand between the name of a thing and its number
_FILLER = re.compile(
    r"[\s:#.=,('\"-]{0,4}(?:(?:numbers?|num|no|nr|n\.?\s?[°ºo]|nos?|#|№|id|ids|code|key|nummer|numero|número|numéro|numer"
    r"|номер|is|was|are"
    r"|the|my|your"
    r"|ist|lautet|est|es|è|é|jest|to|är|er)[\s:#.=,('\"-]{1,3}){0,3}$",
    re.IGNORECASE,
)
_MONEY = re.compile(r"(?:[$€£¥₹]|\b(?:usd|eur|gbp|chf|rs|inr|jpy|pln|sek|nok|dkk))\s?$", re.IGNORECASE)
_UNITS = re.compile(
    r"\s?(?:[$€£¥₹%]|(?:units?|pieces?|pcs|items?|rows?|lines?|times|people|users?|euros?|dollars?|pounds?|usd|eur|gbp|chf|yen"
    r"|rupees?|zł|kr"
    r"|km|kg|mm|cm|ms|mb|gb|kb|tb|bytes?|bits?|tokens?|views?|followers?|seconds?|minutes?|hours?|days?|years?|miles?|meters?"
    r"|metres?"
    r"|feet|volts?|watts?|hz|stück|mal|personen|zeilen|jahre|tage|pièces?|fois|lignes?|unidades?|veces|pezzi|volte|stuks|sztuk"
    r"|million|billion)\b)",
    re.IGNORECASE,
)
#: The end of a list of numbers: what names the first names them all
_LIST = re.compile(r"(?:[\d#,;/&+.\- ]|\b(?:and|or|und|oder|et|ou|y|o|e|en|i|och)\b){1,80}$", re.IGNORECASE)
_BREAK = re.compile(r"[!?\n\r]|\d{3}")
_WIDTH = 34

Said = Literal["personal", "thing", ""]


def said(text: str, start: int, end: int, naming: re.Pattern[str]) -> Said:
    """What the words around a number say of it: `naming` matches those that call it personal. The nearest word before counts."""
    before = text[max(0, start - 80) : start]
    listed = _LIST.search(before)
    if listed and any(character.isdigit() for character in listed.group()):
        before = before[: listed.start()]
    before = before[-_WIDTH:]
    cuts = [cut.end() for cut in _BREAK.finditer(before)]
    before = before[cuts[-1] :] if cuts else before
    personal = max((match.end() for match in naming.finditer(before)), default=-1)
    thing = max((match.end() for match in THINGS.finditer(before) if _FILLER.match(before, match.end())), default=-1)
    if personal >= 0 and personal >= thing:
        return "personal"
    if thing >= 0 or _MONEY.search(before) or _UNITS.match(text[end : end + 12]):
        return "thing"
    return ""


def words(*alternatives: str, anywhere: str = "") -> re.Pattern[str]:
    """A pattern of whole words; `anywhere`: of a script that sets no blanks between words."""
    pattern = rf"(?<![^\W_])(?:{'|'.join(alternatives)})(?![^\W_])"
    return re.compile(f"{pattern}|{anywhere}" if anywhere else pattern, re.IGNORECASE)
