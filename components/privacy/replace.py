"""Personal data out of a text: what the detectors find gives way to placeholders such as <EMAIL_ADDRESS>."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from components.privacy import addresses, births, emails, government, network, payment, phones, secrets
from components.privacy.findings import Finding, settle
from components.privacy.normal import normal
from components.unseen import CLASS

DETECTORS = (secrets, payment, emails, government, births, network, addresses, phones)
#: A text in which this (RE2) matches nothing holds nothing that a detector could find. Deliberately loose: it only saves time
WORTH_A_LOOK = (
    rf"\pN|[@＠﹫{CLASS}]|&#"
    r"|BEGIN|://|_at_|[\[({<]\s?(?i:at|ät|et|a|arr?oba|arobase|chiocciola|małpa|apenstaartje|snabel-?a"
    r"|zavináč|kukac)\s?[\])}>]"
    r"|\sAT\s|[._][\w+-]{1,64}\sat\s"
    r"|(?i:\s(?:dot|punkt|point|punto|ponto|kropka|punktum|prik|tečka|bodka|pont|punt|piste|nokta|точка|дот|крапка|τελεία)\s"
    r"|pass|pw|psw|p/w|mdp|clave|kennwort|zugang|schlüssel|senha|wachtwoord|hasł|lösenord|salasana|tunnus|lykil|hesl|jelsz"
    r"|lozin|geslo|slapta|parol|palavra|парол"
    r"|лозинк|contrase|adgangs|kodeord|şifre|sifre|κωδικ|sandi|mật|secret|credential|key|code|kod|код|token|phrase|words|密码|密碼"
    r"|口令|パスワード|暗証番号|비밀번호|암호|סיסמ|كلمة|पासवर्ड|รหัสผ่าน"
    r"|-u |--user)"
    r"|[A-Za-z0-9+/_-]{24}"
)
_PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]{2,24}(?: [0-9a-f]{8})?>")

#: From a span's kind and what it held to what takes its place
Name = Callable[[str, str], str]


def find(text: str) -> list[tuple[int, int, str]]:
    """(start, end, kind) of the personal data in a text, in its order. Placeholders are not looked into."""
    form = normal(text)
    taken = [match.span() for match in _PLACEHOLDER.finditer(form.text)]
    found: list[Finding] = [finding for detector in DETECTORS for finding in detector.find(form.text)]
    if taken:
        found = [each for each in found if all(each.end <= start or each.start >= end for start, end in taken)]
    return [(*form.original(each.start, each.end), each.kind) for each in settle(found)]


def replace(text: str, spans: Sequence[tuple[int, int, str]], counts: Counter[str], name: Name | None = None) -> str:
    """The text with each span, in order, replaced by its kind in angle brackets, or by what `name` says."""
    pieces, last = [], 0
    for start, end, kind in spans:
        pieces += [text[last:start], name(kind, text[start:end]) if name else f"<{kind}>"]
        counts[kind] += 1
        last = end
    return "".join([*pieces, text[last:]]) if pieces else text


def redact(text: str) -> str:
    """The text with placeholders for personal data."""
    return replace(text, find(text), Counter())
