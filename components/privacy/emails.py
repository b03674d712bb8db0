"""E-mail addresses: as they are, mistyped, percent-encoded, and in disguise: jane (at) example dot com."""

from __future__ import annotations

import re
from collections.abc import Iterator

from components.privacy.findings import Finding, Findings, matches

KIND = "EMAIL_ADDRESS"
_LOCAL = r"[\w.+'!-]{1,128}"
_NAME = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_TLD = r"(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})"
_COMMON = (
    r"(?:com?|org|net|edu|gov|info|biz|io|ai|app|dev|me|eu|uk|de|at|ch|fr|es|it|nl|be|pl|pt|br|se|no|dk|fi|ie|cz|sk|hu|ro|gr|tr"
    r"|ru"
    r"|ua|in|cn|jp|kr|tw|sg|hk|au|nz|za|mx|ar|cl|us|ca|il|ae|example|test|invalid|local)"
)
_OPEN, _CLOSE = r"\s{0,2}[\[({<]\s?", r"\s?[\])}>]\s{0,2}"
_AT = rf"{_OPEN}(?:at|ät|et|arroba|arobase|chiocciola|małpa|apenstaartje|snabel-?a|zavináč|kukac|@){_CLOSE}"
_DOT_WORD = r"(?:dot|punkt|point|punto|ponto|kropka|punktum|prik|tečka|pont|punt|piste|nokta|точка|крапка)"
_DOT = rf"(?:\.|{_OPEN}(?:{_DOT_WORD}|\.){_CLOSE}|\s{{1,2}}{_DOT_WORD}\s{{1,2}}|\s{{1,2}}\.\s{{0,2}})"

WRITTEN = (
    # jane@sub.example.com, jane%40example.com
    re.compile(rf"@?{_LOCAL}(?:@|%40|&#64;)(?:{_NAME}\.){{1,8}}{_TLD}(?![\w-])"),
    re.compile(rf"{_LOCAL}@\[?\d{{1,3}}(?:\.\d{{1,3}}){{3}}\]?"),
    # jane @ example.com
    re.compile(rf"(?<![\w.+'!-])[^\W\d_][\w.+'!-]{{1,63}}\s{{0,2}}@\s{{0,2}}(?:{_NAME}\.){{1,4}}{_TLD}(?![\w-])"),
    # jane@example,com, jane@example .com
    re.compile(rf"{_LOCAL}@{_NAME}(?:,|\s{{1,2}}\.\s{{0,2}}){_COMMON}(?![\w-])", re.IGNORECASE),
    # jane@example dot com, jane @ example . com, jane @ gmail com
    re.compile(
        rf"{_LOCAL}\s{{0,2}}@\s{{0,2}}{_NAME}"
        rf"(?:\s{{1,2}}{_DOT_WORD}\s{{1,2}}{_NAME}){{0,3}}\s{{1,2}}{_DOT_WORD}\s{{1,2}}{_COMMON}(?![\w-])",
        re.IGNORECASE,
    ),
    re.compile(
        rf"[\w+-][\w.+'-]{{0,63}}\s{{0,2}}@\s{{0,2}}{_NAME}(?:\s{{0,2}}\.\s{{0,2}}{_NAME}){{0,3}}\s{{0,2}}\.\s{{0,2}}{_COMMON}"
        rf"(?![\w-])",
        re.IGNORECASE,
    ),
    re.compile(
        r"[\w+-][\w.+'-]{0,63}\s{0,2}@\s{0,2}(?:gmail|googlemail|hotmail|outlook|yahoo|icloud|gmx|protonmail|live"
        r"|aol)\s?(?:com|de|net|fr|es|it|uk)(?![\w-])",
        re.IGNORECASE,
    ),
    # j a n e @ e x a m p l e . c o m
    re.compile(r"(?<!\w)(?:[\w.+-] ){2,40}@(?: [\w.-]){4,50}(?!\w)"),
    # jane@localhost, jane@mailserver2, but not package@latest
    re.compile(
        rf"{_LOCAL}@(?:(?:localhost|localdomain|localnet|intranet|internal|corp|local|lan|gmail|googlemail|yahoo|hotmail"
        rf"|outlook|icloud|gmx|protonmail)(?:\.{_NAME})?|(?:mail|smtp|imap|mx|server|srv|host|node|pc|ws|desktop|laptop|db|web"
        rf"|dev)[\w-]{{0,24}})(?![\w@/-])",
        re.IGNORECASE,
    ),
)
DISGUISED = (
    # jane (at) example [dot] com
    re.compile(rf"[\w.+-]{{1,64}}(?:{_DOT}[\w+-]{{1,64}}){{0,2}}{_AT}{_NAME}(?:{_DOT}{_NAME}){{1,4}}", re.IGNORECASE),
    re.compile(rf"[\w.+-]{{1,64}}_at_{_NAME}_dot_{_TLD}(?![^\W_])", re.IGNORECASE),
    re.compile(rf"[\w.+-]{{1,64}}_at_(?:{_NAME}\.){{1,4}}{_COMMON}(?![\w-])", re.IGNORECASE),
    # jane(a)example.com, jane at-sign example dot com
    re.compile(rf"[\w.+-]{{1,64}}\s?[(\[]a[)\]]\s?(?:{_NAME}\.){{1,4}}{_COMMON}(?![\w-])", re.IGNORECASE),
    # jane AT example.com
    re.compile(rf"(?<![\w.+-])[\w.+-]{{0,63}}[a-z\d]\sAT\s(?:{_NAME}\.){{1,4}}[a-z]{{2,24}}(?![\w-])"),
)
#: jane.doe at example.com
DOTTED = re.compile(
    rf"(?<![\w.+@-])[^\W\d_][\w+-]{{0,63}}[._][\w+-]{{1,64}}\sat\s(?:(?:{_NAME}\.){{1,4}}{_COMMON}|gmail|hotmail|outlook|yahoo"
    rf"|icloud|gmx)(?![\w-])",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"\sat\s(?:[\w.-]{1,80}\.[a-z]{2}|gmail|hotmail|outlook|yahoo|icloud|gmx)")
_SAID = (
    ("at|at-sign|at sign|at the rate(?: of)?", "dot"), ("ät|at|klammeraffe", "punkt"), ("arroba", "punto|ponto|dot"),
    ("arobase|arobas", "point"), ("chiocciola|at", "punto"), ("małpa|małpka|at", "kropka"),
    ("собака|собачка|эт", "точка|дот"), ("равлик|собака", "крапка"), ("snabel-?a|snabela|at", "punktum|prik|punkt"),
    ("apenstaartje|at", "punt"), ("zavináč|at", "tečka|bodka"), ("kukac", "pont"), ("ät|miukumauku|at", "piste"),
    ("et|at", "nokta"), ("παπάκι|at", "τελεία"),
)  # fmt: skip
#: jane at example dot com, in the words of some languages
SPOKEN = tuple(
    re.compile(
        rf"(?<![\w.+-])[\w.+-]{{1,64}}(?:\s{{1,2}}(?:{dot})\s{{1,2}}[\w+-]{{1,64}}){{0,2}}\s{{1,2}}(?:{at})\s{{1,2}}"
        rf"{_NAME}(?:\s{{1,2}}(?:{dot})\s{{1,2}}{_NAME}){{0,3}}\s{{1,2}}(?:{dot})\s{{1,2}}{_COMMON}(?!\w)",
        re.IGNORECASE,
    )
    for at, dot in _SAID
)
PATTERNS = (*WRITTEN, *DISGUISED, DOTTED, *SPOKEN)
_SIGN = re.compile(r"@|%40|&#64;")
_DISGUISE = re.compile(
    r"[\[({<]\s?(?:a|at|ät|et|arroba|arobase|chiocciola|małpa|apenstaartje|snabel-?a|zavináč|kukac|@)\s?[\])}>]|_at_"
    r"|(?-i:\sAT\s)",
    re.IGNORECASE,
)
_WORDS = tuple(
    re.compile(rf"\s(?:{at})\s{{1,2}}{_NAME}(?:\s{{1,2}}(?:{dot})\s{{1,2}}{_NAME}){{0,3}}\s{{1,2}}(?:{dot})\s", re.IGNORECASE)
    for at, dot in _SAID
)
#: The words for a dot, between blanks
_DOTS = tuple(tuple(f" {word} " for word in dot.split("|")) for _, dot in _SAID)
#: Before `at`, these are not the name of a mailbox
_NO_NAME = frozenset((
    "me", "us", "it", "is", "are", "was", "were", "be", "look", "looking", "find", "found", "buy", "bought", "order",
    "ordered", "available", "here", "there", "shop", "page", "pages", "site", "website", "you", "they", "we", "he", "she",
    "stay", "located", "sold", "read", "see", "seen", "sign", "signed", "log", "logged", "visit", "only", "up", "in", "on",
    "them", "him", "her", "this", "that", "meet", "arrive", "arrived", "git", "hg", "svn",
))  # fmt: skip


def find(text: str) -> Findings:
    """Every e-mail address in a normal text."""
    for match in _all(text):
        start = match.start()
        while text[start] in ".'!-+":
            start += 1
        name = re.split(r"[^\w.+-]", text[start : match.end()], maxsplit=1)[0].casefold()
        if name not in _NO_NAME and name != "rt":
            yield Finding(start, match.end(), KIND, rank=2)


def _all(text: str) -> Iterator[re.Match[str]]:
    yield from matches(text, WRITTEN, _SIGN, 140, 300)
    yield from matches(text, DISGUISED, _DISGUISE, 240, 300)
    yield from matches(text, [DOTTED], _DOTTED, 140, 60)
    lowered = text.casefold()
    for words, pattern, gate in zip(_DOTS, SPOKEN, _WORDS, strict=True):
        if any(word in lowered for word in words):
            yield from matches(text, [pattern], gate, 240, 60)
