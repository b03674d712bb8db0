"""What opens doors: tokens and keys of the usual providers, private keys, credentials in URLs, passwords, and random strings."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

from components.privacy import passwords
from components.privacy.findings import Finding, Findings, matches
from components.privacy.passwords import is_chosen, without_stop
from components.privacy.tokens import AS_WORDS, TOKENS

KIND = "SECRET"

WEBHOOK = re.compile(r"(?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks)/([A-Za-z0-9_/-]{12,160})")
PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]{2,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END (?:[A-Z0-9]{2,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = re.compile(r"\s{0,4}[A-Za-z0-9+/=\\]{16,512}|[A-Za-z0-9+/=\\]{1,512}")
_SECRET_NAMES = (
    r"(?:access[_-]?|refresh[_-]?|id[_-]?|auth[_-]?|api[_-]?|bearer[_-]?|csrf[_-]?|reset[_-]?|invite[_-]?)?token|(?:api|access"
    r"|secret|private|account|encryption|shared[_-]?access|auth|signing|master|app)[_-]?(?:access[_-]?)?key"
    r"|(?:client|app|api|aws|shared|webhook|signing)[_-]?secret(?:[_-]?(?:access[_-]?)?key)?|secret|signature|sig|sid"
    r"|sessionid|pgpassword|mysql_pwd|jsessionid|phpsessid|csrf[_-]?token"
    r"|session[_-]?(?:id|key|token)?|passwd|passw|password|passphrase|pass|pwd|auth|credentials?|jwt|otp|sharedaccess(?:key"
    r"|signature)|connection[_-]?string"
)
IN_URL = re.compile(rf"[?&#;](?:{_SECRET_NAMES}|key|code|k)=([^&\s#\"'<>]{{4,512}})", re.IGNORECASE)
USERINFO = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,30}://([^\s/@:\"'<>]{0,128}:[^\s/@\"'<>]{1,256})@")
ASSIGNED = re.compile(
    rf"(?<![A-Za-z])(?:{_SECRET_NAMES})[\"']?\s{{0,2}}(?:=|:|=>|:=)\s{{0,2}}[\"']?([^\s\"'<>,;]{{6,512}})",
    re.IGNORECASE,
)
BEARER = re.compile(r"(?<![A-Za-z])(?:Bearer|Basic|Token)\s{1,2}([A-Za-z0-9+/_.~=-]{16,4096})")
RANDOM = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{20,512}={0,2}(?![A-Za-z0-9+/_=-])")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F-]{20,512}$")


_LONG = re.compile(r"[A-Za-z0-9_+/=.:~$%-]{16,9999}")
_SIGNS = re.compile(r"[?&#;][A-Za-z_-]{1,40}=|://|Bearer|Basic|Token|hooks\.|discord")
_NAMED = re.compile(r"token|secret|key|pass|pwd|auth|credential|jwt|otp|sig|sid|session", re.IGNORECASE)


def find(text: str) -> Findings:
    """Every secret in a normal text."""
    for match in (token for word in _LONG.finditer(text) for token in TOKENS.finditer(text, *word.span())):
        token = match.group()
        if not token.startswith(AS_WORDS) or any(map(str.isdigit, token)) or _is_random(token):
            yield Finding(match.start(), match.end(), KIND, rank=0)
    for match in PRIVATE_KEY.finditer(text):
        yield Finding(match.start(), _end_of_key(text, match.end()), KIND, rank=0)
    for match in matches(text, [IN_URL, USERINFO, BEARER, WEBHOOK], _SIGNS, 40, 600):
        yield Finding(*match.span(1), KIND, rank=1)
    for match in matches(text, [ASSIGNED], _NAMED, 40, 600):
        if is_chosen(match.group(1), 6):
            yield Finding(*without_stop(match), KIND, rank=1)
    yield from passwords.find(text)
    for match in RANDOM.finditer(text):
        if _is_random(match.group()):
            yield Finding(match.start(), match.end(), KIND, rank=4)


def _end_of_key(text: str, start: int) -> int:
    """Where a private key ends: at its last line, else where its characters do."""
    closing = _KEY_END.search(text, start, start + 16_000)
    if closing:
        return closing.end()
    end = start
    while body := _KEY_BODY.match(text, end):
        end = body.end()
    return end


def _is_random(token: str) -> bool:
    """Whether a string looks drawn by a machine, and is no digest, no number, no path and no name from a program."""
    token = token.rstrip("=")
    digits, lower, upper = (sum(map(test, token)) for test in (str.isdigit, str.islower, str.isupper))
    if _HEX.match(token) or min(lower, upper) < 3 or digits < _fewest(token) or token.count("/") > len(token) / 12:
        return False
    changes = sum(_class(a) != _class(b) for a, b in pairwise(token))
    return entropy(token) >= 3.5 and changes >= 0.4 * len(token)


def _fewest(token: str) -> int:
    """Digits that a random string has at least: the longer it is, the less it needs them to be told from a name."""
    return 0 if len(token) >= 24 and token.isalnum() else 1 if len(token) >= 36 else 2


def _class(character: str) -> int:
    return 0 if character.isdigit() else 1 if character.islower() else 2 if character.isupper() else 3


def entropy(token: str) -> float:
    """Bits per character, by the characters' own shares."""
    return -sum(count / len(token) * math.log2(count / len(token)) for count in Counter(token).values())
