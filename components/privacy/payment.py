"""What pays: cards of every brand and spacing, IBANs, wallets of crypto-currencies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from components.privacy.checks import luhn, mod97
from components.privacy.context import said, words
from components.privacy.findings import Finding, Findings

CARD, IBAN, WALLET = "CREDIT_CARD", "IBAN_CODE", "CRYPTO_WALLET"

_DIGIT = r"[0-9OoIl]"  # letters that are typed for 0 and 1: the check digit decides
CARDS = re.compile(rf"(?<![0-9])(?<!\d\.)[0-9](?:[ ._/-]{{0,2}}{_DIGIT}){{11,24}}(?![0-9])")
_GROUP = re.compile(rf"{_DIGIT}{{1,32}}")
#: Brands: how their numbers begin, and how many digits they have
_BRANDS = (
    (re.compile(r"4"), (16, 19)),  # Visa
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),  # Mastercard
    (re.compile(r"3[47]"), (15,)),  # American Express
    (re.compile(r"6011|64[4-9]|65"), (16, 19)),  # Discover
    (re.compile(r"35(?:2[89]|[3-8])"), (16, 17, 18, 19)),  # JCB
    (re.compile(r"30[0-5]|309|3[689]"), (14, 16, 19)),  # Diners Club
    (re.compile(r"62|81"), (16, 17, 18, 19)),  # UnionPay
    (re.compile(r"220[0-4]"), (16, 17, 18, 19)),  # Mir
    (re.compile(r"60|65|81|82|508|353|356"), (16,)),  # RuPay
    (re.compile(r"9792"), (16,)),  # Troy
    (re.compile(r"50|5[6-9]|6[0-9]"), (16, 17, 18, 19)),  # Maestro
)
#: Lengths at which one number in ten would pass by chance, with beginnings that many other numbers have
_RARE = ((re.compile(r"50|5[6-9]|6[0-9]"), (12, 13, 14, 15)), (re.compile(r"4"), (13,)))
NAMING = words(
    r"cards?|plastic|paid|pay(?:ment)?s?|charged?|debited|checkout|bezahl\w{0,4}|zahl\w{0,6}|abgebucht|belastet|pay[ée]\w{0,2}"
    r"|paiement|débité|pagu[eé]|pag[oó]|pagad[oa]|pagamento|pagato|betaald?|betaling|zapłaci\w{1,4}|płatnoś\w{1,3}|betalat"
    r"|betalt|maksoin|оплат\w{1,4}|заплат\w{1,4}|ödeme\w{0,3}|visa|master\s?card|amex|american express|discover|diners|jcb"
    r"|union\s?pay|maestro|debit|credit|cc|pan|karte\w{0,8}"
    r"|kreditkarte\w{0,8}"
    r"|ec-karte|girocard|cartes?|carte bancaire|cb|tarjetas?|carta|carte di credito|kaart\w{0,8}|creditcard\w{0,8}|cartão"
    r"|cartões|kart\w{1,3}"
    r"|kort\w{0,8}|luottokor\w{0,6}|карт\w{1,2}",
    anywhere="卡[号號]?|カード(?:の?番号)?|카드\\s?(?:번호)?|कार्ड|بطاقة",
)
#: As cards are printed: with a check digit that fits, a beginning that no brand has is no reason to keep it
_FOURS = re.compile(r"[2-68]\d{3}([ -])\d{4}\1\d{4}\1\d{4}$")
_PLAIN = re.compile(r"\d{13,19}$|\d{4}([ ._/-]{1,2})\d{4}\1\d{4}\1\d{1,7}$|3\d{3}([ .-])\d{6}\2\d{4,5}$|\d{8}[ -]\d{8}$")

IBANS = re.compile(r"(?:(?<![A-Za-z0-9])|(?<=IBAN)|(?<=iban))[A-Za-z]{2}\d{2}(?:[ .-]{0,2}[A-Za-z0-9]){8,40}")
_IBAN_NAMING = words("iban|konto\\w{0,8}|account|compte|cuenta|conto|rekening\\w{0,6}|bank")
_LENGTHS = {
    code: length
    for length, codes in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD FK", 19: "MK SI", 20: "AT BA EE KZ LT LU XK MN", 21: "CH CR HR LI LV",
        22: "BG BH DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM TL SO", 24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST",
        26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA",
        30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for code in codes.split()
}  # fmt: skip

WALLETS = (
    re.compile(r"(?<![A-Za-z0-9])[13][1-9A-HJ-NP-Za-km-z]{25,34}(?![A-Za-z0-9])"),
    re.compile(r"(?<![A-Za-z0-9])[LMDA9][1-9A-HJ-NP-Za-km-z]{33}(?![A-Za-z0-9])"),  # Litecoin, Dogecoin
    re.compile(r"(?<![A-Za-z0-9])[rT][1-9A-HJ-NP-Za-km-z]{24,34}(?![A-Za-z0-9])"),  # XRP, Tron
    re.compile(r"(?<![A-Za-z0-9])[48][1-9A-HJ-NP-Za-km-z]{94,105}(?![A-Za-z0-9])"),  # Monero
    re.compile(r"(?<![A-Za-z0-9])(?:bc1|ltc1|tb1)[02-9ac-hj-np-z]{11,71}(?![A-Za-z0-9])", re.IGNORECASE),
    re.compile(
        r"(?<![A-Za-z0-9])(?:(?:bitcoincash:)?[qp][02-9ac-hj-np-z]{41}|(?:addr|stake|cosmos|osmo|celestia|inj|terra|erd|bnb"
        r"|one|zil|kava|sei)1[02-9ac-hj-np-z]{38,110})(?![A-Za-z0-9])"
    ),
    re.compile(r"(?<![A-Za-z0-9])t[1-3][1-9A-HJ-NP-Za-km-z]{33}(?![A-Za-z0-9])"),  # Zcash
    re.compile(r"(?<![A-Za-z0-9])0x[0-9a-fA-F]{40}(?![A-Za-z0-9])"),
)


_LONG = re.compile(r"[A-Za-z0-9]{25,200}")


def find(text: str) -> Findings:
    """Every card number, IBAN and wallet in a normal text."""
    for match in CARDS.finditer(text):
        yield from _cards(text, match)
    for match in IBANS.finditer(text):
        length = _LENGTHS.get(match.group()[:2].upper())
        end = _end_of(match.group(), length) if length else None
        if end is not None and _is_iban(text, match.start(), match.start() + end):
            yield Finding(match.start(), match.start() + end, IBAN, rank=1)
    for pattern in WALLETS if _LONG.search(text) else ():
        for match in pattern.finditer(text):
            if _mixed(match.group()):
                yield Finding(match.start(), match.end(), WALLET, rank=1)


def _mixed(address: str) -> bool:
    """Whether an address has digits and, where its alphabet has both, letters of both cases."""
    rest = address[1:]
    return any(map(str.isdigit, rest)) and (address[0] not in "13LMDA9rT48t" or (rest.lower() != rest and rest.upper() != rest))


def _cards(text: str, match: re.Match[str]) -> Findings:
    """The card numbers in a run of digits: the longest from each group on. What follows may be its expiry date."""
    groups = [(match.start() + group.start(), match.start() + group.end()) for group in _GROUP.finditer(match.group())]
    begin = 0
    while begin < len(groups):
        for last in _ends(groups, begin):
            start, end = groups[begin][0], groups[last][1]
            while text[end - 1] in "OoIl" and not _is_card(text, start, end) and end - start > 12:
                end -= 1  # card4577…19ok
            if _is_card(text, start, end):
                yield Finding(start, end, CARD, rank=1)
                begin = last
                break
        begin += 1


def _ends(groups: list[tuple[int, int]], begin: int) -> Iterator[int]:
    """The groups with which a number of 12 to 19 digits that begins here may end, the furthest first."""
    total, ends = 0, []
    for place in range(begin, len(groups)):
        total += groups[place][1] - groups[place][0]
        if total > 19:
            break
        if total >= 12:
            ends.append(place)
    yield from reversed(ends)


def _is_card(text: str, start: int, end: int) -> bool:
    whole = text[start:end]
    digits = "".join(filter(str.isalnum, whole.translate(str.maketrans("OoIl", "0011"))))
    if sum(map(str.isdigit, whole)) < 11 or len(set(digits)) < 2:
        return False
    valid = luhn(digits)
    if valid and any(len(digits) in lengths and beginning.match(digits) for beginning, lengths in _BRANDS):
        return text[start - 1 : start].isalpha() or said(text, start, end, NAMING) != "thing"  # one order in ten passes, too
    if valid and _FOURS.match(whole):
        return said(text, start, end, NAMING) != "thing"
    if valid and any(len(digits) in lengths and beginning.match(digits) for beginning, lengths in _RARE):
        meaning = said(text, start, end, NAMING)
        return meaning == "personal" or (len(digits) == 13 and meaning != "thing")
    return bool(_PLAIN.match(whole)) and said(text, start, end, NAMING) == "personal"  # mistyped, and still somebody's


def _end_of(candidate: str, length: int) -> int | None:
    """Where the first `length` letters and digits of a candidate end; None if it has fewer."""
    count = 0
    for place, character in enumerate(candidate):
        count += character.isalnum()
        if count == length:
            return place + 1
    return None


def _is_iban(text: str, start: int, end: int) -> bool:
    compact = "".join(filter(str.isalnum, text[start:end])).upper()
    if not compact.isascii() or text[end : end + 1].isalnum() or sum(map(str.isdigit, compact)) < 10:
        return False
    return mod97(compact) or said(text, start, end, _IBAN_NAMING) == "personal"
