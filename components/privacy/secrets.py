"""What opens doors: tokens and keys of the usual providers, private keys, credentials in URLs, passwords, and random strings."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

from components.privacy.findings import Finding, Findings, matches

KIND = "SECRET"

_B64 = r"[A-Za-z0-9_-]"
#: Each is a token by its beginning
TOKENS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ABIA|ACCA)[A-Z0-9]{16}"
    rf"|gh[pousr]_[A-Za-z0-9]{{20,255}}|github_pat_[A-Za-z0-9_]{{20,255}}|glpat-{_B64}{{16,64}}|gl(?:dt|rt|cbt|ptt"
    rf"|soat)-{_B64}{{16,64}}"
    rf"|xox[abeoprs]-[A-Za-z0-9-]{{10,250}}|xapp-\d-[A-Za-z0-9-]{{10,250}}|AIza{_B64}{{30,45}}|ya29\.{_B64}{{20,512}}"
    rf"|1//0{_B64}{{30,128}}|GOCSPX-{_B64}{{20,40}}"
    r"|(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,128}|whsec_[A-Za-z0-9+/=]{16,128}"
    rf"|sk-(?:proj-|ant-|svcacct-|or-|admin-)?{_B64}{{16,250}}|hf_[A-Za-z0-9]{{20,64}}|r8_[A-Za-z0-9]{{20,64}}"
    rf"|gsk_[A-Za-z0-9]{{20,64}}|pplx-[A-Za-z0-9]{{20,64}}|xai-[A-Za-z0-9]{{20,128}}"
    rf"|npm_[A-Za-z0-9]{{30,64}}|pypi-{_B64}{{16,250}}|dckr_pat_{_B64}{{20,64}}|dop_v1_[a-f0-9]{{64}}|doo_v1_[a-f0-9]{{64}}"
    rf"|rubygems_[a-f0-9]{{40,64}}"
    rf"|SG\.{_B64}{{16,32}}\.{_B64}{{30,64}}|key-[a-f0-9]{{32}}|(?:AC|SK)[a-f0-9]{{32}}|sq0(?:atp|csp|idp)-{_B64}{{20,64}}"
    rf"|EAA[A-Za-z0-9]{{30,250}}"
    rf"|shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{{32,64}}|NRAK-[A-Z0-9]{{27}}|lin_api_[A-Za-z0-9]{{30,64}}|secret_[A-Za-z0-9]{{30,64}}"
    rf"|ntn_[A-Za-z0-9]{{30,64}}|figd_{_B64}{{30,64}}"
    rf"|hvs\.{_B64}{{20,250}}|dapi[a-f0-9]{{32}}|PMAK-[A-Za-z0-9-]{{40,80}}|ATATT3{_B64}{{30,250}}"
    rf"|sntrys_[A-Za-z0-9+/=_-]{{30,250}}|tskey-[a-z]{{2,10}}-[A-Za-z0-9-]{{16,80}}"
    rf"|\d{{8,10}}:AA{_B64}{{30,40}}|[MNO][A-Za-z\d_-]{{22,27}}\.[A-Za-z\d_-]{{6}}\.[A-Za-z\d_-]{{25,40}}"
    rf"|eyJ{_B64}{{8,4096}}\.{_B64}{{8,8192}}(?:\.{_B64}{{0,2048}})?"
    r")(?![A-Za-z0-9])"
)
#: Beginnings of tokens that are also beginnings of words
_AS_WORDS = ("sk-", "pk_", "secret_", "key-", "hf_", "gsk_", "npm_", "M", "N", "O", "EAA")
WEBHOOK = re.compile(r"(?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks)/([A-Za-z0-9_/-]{12,160})")
PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]{2,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END (?:[A-Z0-9]{2,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = re.compile(r"\s{0,4}[A-Za-z0-9+/=\\]{16,512}|[A-Za-z0-9+/=\\]{1,512}")
_SECRET_NAMES = (
    r"(?:access[_-]?|refresh[_-]?|id[_-]?|auth[_-]?|api[_-]?|bearer[_-]?|csrf[_-]?|reset[_-]?|invite[_-]?)?token|(?:api|access"
    r"|secret|private|account|encryption|auth|signing|master|app)[_-]?(?:access[_-]?)?key"
    r"|(?:client|app|api|aws|shared|webhook|signing)[_-]?secret(?:[_-]?(?:access[_-]?)?key)?|secret|signature|sig|sid|sessionid"
    r"|session[_-]?(?:id|key|token)?|passwd|passw|password|passphrase|pass|pwd|auth|credentials?|jwt|otp"
)
IN_URL = re.compile(rf"[?&#;](?:{_SECRET_NAMES}|key|code|k)=([^&\s#\"'<>]{{4,512}})", re.IGNORECASE)
USERINFO = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,30}://([^\s/@:\"'<>]{0,128}:[^\s/@\"'<>]{1,256})@")
ASSIGNED = re.compile(
    rf"(?<![A-Za-z])(?:{_SECRET_NAMES})[\"']?\s{{0,2}}(?:=|:|=>|:=)\s{{0,2}}[\"']?([^\s\"'<>,;]{{6,512}})",
    re.IGNORECASE,
)
BEARER = re.compile(r"(?<![A-Za-z])(?:Bearer|Basic|Token)\s{1,2}([A-Za-z0-9+/_.~=-]{16,4096})")
PASSWORDS = re.compile(
    r"(?<![^\W_])(?:pass\s?words?|passcode|passphrase|passwort|kennwort|mot de passe|contraseña|clave|wachtwoord|senha"
    r"|palavra-passe|hasło|lösenord"
    r"|adgangskode|salasana|пароль|parola|şifre|pin(?: code)?|cvv|cvc|otp|security code|verification code|2fa code|one-time code)"
    r"\s{0,2}(?:(?:is|was|ist|lautet|war|est|es|era|è|é|jest|to|är|er|on)\s{1,2}|[:=]\s{0,2})[\"'“„«]?([^\s\"'”“»<>]{3,64})",
    re.IGNORECASE,
)
RANDOM = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{20,512}={0,2}(?![A-Za-z0-9+/_=-])")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F-]{20,512}$")


_LONG = re.compile(r"[A-Za-z0-9_+/=.:-]{16,1024}")
_SIGNS = re.compile(r"[?&#;][A-Za-z_-]{1,40}=|://|Bearer|Basic|Token|hooks\.|discord")
_NAMED = re.compile(r"token|secret|key|pass|pwd|auth|credential|jwt|otp|sig|sid|session", re.IGNORECASE)


def find(text: str) -> Findings:
    """Every secret in a normal text."""
    for match in matches(text, [TOKENS], _LONG, 8, 8200):
        token = match.group()
        if not token.startswith(_AS_WORDS) or any(map(str.isdigit, token)) or _is_random(token):
            yield Finding(match.start(), match.end(), KIND, rank=0)
    for match in PRIVATE_KEY.finditer(text):
        yield Finding(match.start(), _end_of_key(text, match.end()), KIND, rank=0)
    for match in matches(text, [IN_URL, USERINFO, BEARER, WEBHOOK], _SIGNS, 40, 600):
        yield Finding(*match.span(1), KIND, rank=1)
    for match in matches(text, [ASSIGNED], _NAMED, 40, 600):
        if _is_chosen(match.group(1), 6):
            yield Finding(*_without_stop(match), KIND, rank=1)
    for match in PASSWORDS.finditer(text):
        if _is_chosen(match.group(1), 4) or re.fullmatch(r"\d{3,10}[.!,;]?", match.group(1)):
            yield Finding(*_without_stop(match), KIND, rank=1)
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


def _without_stop(match: re.Match[str]) -> tuple[int, int]:
    start, end = match.span(1)
    return start, end - (match.group(1)[-1] in ".,;:?)")


def _is_chosen(value: str, least: int) -> bool:
    """Whether somebody would choose it as a password: not a word, not a placeholder."""
    value = value.rstrip(".,;:!?)")
    kinds = [any(map(test, value)) for test in (str.isdigit, str.islower, str.isupper, lambda c: not c.isalnum())]
    inside = (
        not value.isalpha()
        and any(not c.isalnum() for c in value[1:-1])
        and "/" not in value
        and "-" not in value
        and "_" not in value
    )
    return len(value) >= least and ((kinds[0] and sum(kinds) >= 2) or (inside and sum(kinds) >= 3))


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
