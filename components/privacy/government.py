"""Numbers by which states know people: by their form and check digits, or by the words that name the document."""

from __future__ import annotations

import re

from components.privacy import documents
from components.privacy.context import said
from components.privacy.findings import Finding, Findings, regions
from components.privacy.government_rules import RULES, US_SSN

KIND = "GOVERNMENT_ID"

#: Right before a bare number, these say that it is no person's, even where its check digits fit
_OF_A_THING = re.compile(
    r"(?<![^\W_])(?:orders?|tickets?|cases?|invoices?|tracking|parcels?|shipments?|serials?|s/?n|parts?|articles?|items?|jobs?|builds?|batch|lots?"
    r"|bookings?|transactions?|requests?"
    r"|timestamps?|epoch|vouchers?|receipts?|contracts?|polic(?:y|ies)|claims?|issues?|refs?\.?|references?|bestell\w{0,10}"
    r"|auftrag\w{0,8}"
    r"|rechnung\w{0,10}|sendung\w{0,10}|paket\w{0,8}"
    r"|serien\w{0,8}|artikel\w{0,8}|vorgang\w{0,8}|kunden\w{0,8}|ticketn\w{0,6}|commandes?|factures?|colis|dossiers?|pedidos?"
    r"|facturas?|ordin[ei]|fattur[ae]"
    r"|bestelling\w{0,6}|factuur\w{0,6}|encomenda|zamówieni\w{1,3}|faktur\w{1,2})\W{0,3}(?:(?:numbers?|no|nr|num|n\.?[°o]|id"
    r"|#)\W{0,3})?\Z",
    re.IGNORECASE,
)
#: Digits enough, near each other
ENOUGH = re.compile(r"\d(?:[^\d\n]{0,4}\d){3}")


def find(text: str) -> Findings:
    """Every government's number in a normal text."""
    for start, end, name in documents.numbers(text):
        yield Finding(start, end, US_SSN if name.startswith(("ss", "social sec", "itin")) else KIND, rank=1)
    places = list(regions(text, ENOUGH, 20, 20))
    if not places:
        return
    for rule in RULES:
        for match in (match for start, end in places for match in rule.pattern.finditer(text, start, end)):
            compact = "".join(filter(str.isalnum, match.group())).upper()
            meaning = said(text, match.start(), match.end(), rule.naming)
            things = _OF_A_THING.search(text, max(0, match.start() - 24), match.start())
            alone = (
                rule.alone
                and ((rule.sure and not things) or (meaning != "thing" and not _thousands(match.group())))
                and rule.check(compact)
            )
            if meaning == "personal" or alone:
                rank = 2 if meaning == "personal" else 7 if rule.sure else 8  # after phones
                yield Finding(match.start(), match.end(), US_SSN if rule.name == US_SSN else KIND, rank)


def _thousands(number: str) -> bool:
    """12 000 000: a quantity."""
    return number.endswith(("000 000", "000.000"))
