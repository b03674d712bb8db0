"""E-mail addresses: as they are, mistyped, percent-encoded, and in disguise: jane (at) example dot com."""

from __future__ import annotations

import re

from components.privacy.findings import Finding, Findings

KIND = "EMAIL_ADDRESS"
_LOCAL = r"[\w.+'!-]{1,128}"
_NAME = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_TLD = r"(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})"
_COMMON = (
    r"(?:com?|org|net|edu|gov|info|biz|io|ai|app|dev|me|eu|uk|de|at|ch|fr|es|it|nl|be|pl|pt|br|se|no|dk|fi|ie|cz|sk|hu|ro|gr|tr|ru"
    r"|ua|in|cn|jp|kr|tw|sg|hk|au|nz|za|mx|ar|cl|us|ca|il|ae|example|test|invalid|local)"
)
_OPEN, _CLOSE = r"\s{0,2}[\[({<]\s?", r"\s?[\])}>]\s{0,2}"
_AT_SAID, _DOT_SAID = r"(?:at|ät|arroba|chiocciola|@)", r"(?:dot|punkt|point|punto|ponto|\.)"
_AT = rf"{_OPEN}{_AT_SAID}{_CLOSE}"
_DOT = rf"(?:\.|{_OPEN}{_DOT_SAID}{_CLOSE}|\s{{1,2}}(?:dot|punkt|point|punto|ponto)\s{{1,2}}|\s{{1,2}}\.\s{{0,2}})"
_SPOKEN = r"\s{1,2}(?:dot|punkt|point|punto|ponto)\s{1,2}"

PATTERNS = (
    # jane@sub.example.com, jane @ example.com, jane%40example.com
    re.compile(rf"@?{_LOCAL}\s?(?:@|%40|&#64;)\s?(?:{_NAME}\.){{1,8}}{_TLD}(?![\w-])"),
    re.compile(rf"{_LOCAL}@\[?\d{{1,3}}(?:\.\d{{1,3}}){{3}}\]?"),
    # jane@example,com, jane@example .com
    re.compile(rf"{_LOCAL}@{_NAME}(?:,|\s{{1,2}}\.\s{{0,2}}){_COMMON}(?![\w-])", re.IGNORECASE),
    # jane (at) example [dot] com
    re.compile(rf"[\w.+-]{{1,64}}(?:{_DOT}[\w+-]{{1,64}}){{0,2}}{_AT}{_NAME}(?:{_DOT}{_NAME}){{1,4}}", re.IGNORECASE),
    re.compile(rf"[\w.+-]{{1,64}}_at_{_NAME}_dot_{_TLD}(?![^\W_])", re.IGNORECASE),
)
#: jane at example dot com: words that are more often said before `at` than a name
_SPOKEN_PATTERN = re.compile(
    rf"(?<![\w.+-])([\w.+-]{{1,64}})(?:{_SPOKEN}[\w+-]{{1,64}}){{0,2}}\s{{1,2}}at\s{{1,2}}{_NAME}(?:{_SPOKEN}{_NAME}){{0,3}}{_SPOKEN}{_COMMON}(?!\w)",
    re.IGNORECASE,
)
_SHOUTED = re.compile(rf"(?<![\w.+-])[\w.+-]{{0,63}}[a-z\d]\sAT\s(?:{_NAME}\.){{1,4}}[a-z]{{2,24}}(?![\w-])")
#: jane@localhost, but not package@latest
_BARE = re.compile(r"(?<![\w.+-])[\w.+-]{2,64}@[A-Za-z][A-Za-z0-9-]{2,62}(?![\w.@/-])")
_BARE_END = re.compile(r"(?<![\w.+-])[\w.+-]{2,64}@[A-Za-z][A-Za-z0-9-]{2,62}(?=\.(?:\s|$))")
_NO_HOST = re.compile(r"@(?:v?\d|latest|next|beta|alpha|canary|rc\d?|main|master|head|dev|stable|nightly|lts|home|work|noon|night)", re.I)
_NO_NAME = frozenset(
    "me us it is are was were be look looking find found buy bought order ordered available here there shop page pages site website you they"
    " we he she stay located sold read see seen sign signed log logged visit only up in on them him her this that meet arrive arrived".split()
)
_NO_PERSON = re.compile(r"(?:git|ssh|svn|hg)@", re.IGNORECASE)


def find(text: str) -> Findings:
    """Every e-mail address in a normal text."""
    if "@" in text or "%40" in text or "&#64;" in text:
        for pattern in PATTERNS[:3]:
            for match in pattern.finditer(text):
                yield from _kept(text, match.start(), match.end())
        for pattern in (_BARE, _BARE_END):
            for match in pattern.finditer(text):
                if not _NO_HOST.search(match.group()):
                    yield from _kept(text, match.start(), match.end())
    lowered = text.casefold()
    if "at" in lowered or "ät" in lowered or "@" in text or "arroba" in lowered or "chiocciola" in lowered:
        for pattern in PATTERNS[3:]:
            for match in pattern.finditer(text):
                yield from _kept(text, match.start(), match.end())
        for match in _SPOKEN_PATTERN.finditer(text):
            if match.group(1).casefold() not in _NO_NAME:
                yield from _kept(text, match.start(), match.end())
        for match in _SHOUTED.finditer(text):
            yield from _kept(text, match.start(), match.end())


def _kept(text: str, start: int, end: int) -> Findings:
    """The finding without the marks before it: a quote, the end of another sentence."""
    while start < end and text[start] in ".'!-+":
        start += 1
    name = re.split(r"\s", text[start:end], maxsplit=1)[0]
    if start < end and not _NO_PERSON.match(text[start:end]) and not (name.casefold() in _NO_NAME and " " in text[start:end]):
        yield Finding(start, end, KIND, rank=2)
