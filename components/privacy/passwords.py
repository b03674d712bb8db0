"""Passwords, PINs and one-time codes beside the words that name them, in some twenty-five languages."""

from __future__ import annotations

import re

from components.privacy.commands import options, pairs
from components.privacy.findings import Finding, Findings, matches

KIND = "SECRET"
_PASSWORD = (
    r"pass\s?words?|passcode|passphrase|pass|pw|pwd|psw|p/w|passwd|pswd|credentials?|wi-?fi (?:key|code)|network key"
    r"|security key|wlan[ -]?(?:key|schlüssel|code|passwort)|wpa[23]?(?:-?psk| key)?|psk|pre-?shared key|(?:setup|totp"
    r"|2fa|mfa)[ -](?:key|secret)|(?:recovery|backup|api|license"
    r"|licence|access|security|master|secret|api|private)[ -](?:key|code|token)s?|secret|login code"
    r"|passwort\w{0,3}|kennwort\w{0,3}|zugangscode|zugangsdaten|sicherheitscode|schlüssel|mot de passe|mdp|code d'accès"
    r"|clé (?:wifi|api|secrète)"
    r"|contrase[nñ]a|clave|contrasenya|password d'accesso|parola d'ordine|palavra[- ]passe|senha|parol[aeăi]?|wachtwoord"
    r"|toegangscode|hasło|hasła|lösenord"
    r"|adgangskode|kodeord|passord|salasana|tunnussana|lykilorð|heslo|hesla|jelszó\w{0,2}|jelszavam|lozinka|geslo|slaptažodis"
    r"|parool|parolă"
    r"|şifre\w{0,3}|sifre\w{0,3}|пароль\w{0,2}|пароля|парола|лозинка|κωδικός|kata sandi|mật khẩu"
)
_CODE = (
    r"pin(?:-|\s)?(?:code|number|nummer|kod)?|cvv2?|cvc2?|csc|otp|tan|2fa(?: code)?|mfa code|(?:security|verification"
    r"|confirmation|one-time|login|access|unlock|auth|sms)[- ]code"
    r"|bestätigungscode|freischaltcode|prüfziffer|code de (?:vérification|sécurité|confirmation)|code secret"
    r"|código de (?:verificación|verificação|seguridad|segurança)|codice di (?:verifica|sicurezza)"
    r"|verificatiecode|kod weryfikacyjny|verifieringskod|код подтверждения|пин-?код|doğrulama kodu"
)
_ASIAN = (
    r"密码|密碼|口令|パスワード|暗証番号|비밀번호|암호|סיסמה|סיסמא|סיסמת|ססמה|كلمة المرور|كلمة السر"
    r"|كلمة مرور|رمز عبور|کلمه عبور|گذرواژه|पासवर्ड|পাসওয়ার্ড|รหัสผ่าน|비번|验证码|驗證碼"
)
#: my, new, temporary, of the account: what may stand between the name and the password
_MINE_WORD = (
    r"mea|meu|minha|mia|mío|mía|ma|mon|mein|for \w{1,20}|of \w{1,20}|de \w{1,20}|till \w{1,20}|number|nummer|code|saya"
    r"|kami|anda|benim"
    r"|του|μου|πρόσβασης|nuev[oa]|nouveau|nouvelle|neues?|neu|new|old|nowe|nov[éýaoá]|nou[aă]?|nytt|nya?|nieuwe?|yeni"
    r"|baru|mới|új|uusi"
    r"|nuova|novo|temporal|temporaire|temporary|temp|provis\w{3,6}|provvisoria|tymczasowe|dočasné|tillfälligt"
    r"|midlertidig|actual|actuel"
    r"|current|aktuell\w{0,2}|attuale|atual|old|viejo|vieja|antigua|ancien|alte?s?|stare|stare|stará|gammalt?|gamle"
    r"|de acceso|d'accès|di accesso|de acesso"
    r"|dostępu|wifi|wi-fi|wlan|vpn|admin|root|của tôi|tôi|mới là|новый|старый|мой|від|от \w{1,20}"
)
_MINE = rf"(?:\s(?:{_MINE_WORD})){{0,2}}"
_IS = (
    r"(?:\s{0,2}(?::|=|=>|->|—|–|-\s)\s{0,2}|\s{1,2}(?:(?:is|was|ist|war|lautet:?|est|es|era|è|é|e|jest|to|är|er|on|je"
    r"|este|van"
    r"|are|is now|now is|changed to|set to|reset to|should be|used to be|was set to|wurde|wäre|était|fue|foi|ficou"
    r"|byl[ao]?|był[ao]|var"
    r"|bolo|volt|oli|oldu|yra|ir|ini|ialah|adalah|là|ay|ni|είναι|ήταν|это|был|це|є|си|е|si|estas|da|nu|now|jetzt"
    r"|maintenant|ahora|adesso"
    r"|agora|teraz|теперь)|c'est|c'était)(?:\s?:\s{0,2}|\s{1,2}))"
)
_QUOTE = r"[\"'“„«`(\[]?"
#: Any words, but a colon then
FAR = re.compile(
    rf"(?<![^\W_])(?:pass\s?words?|passwd|passwort|kennwort|mot de passe|mdp|contrase[nñ]a|senha|palavra[- ]passe"
    rf"|wachtwoord|hasło|lösenord"
    rf"|adgangskode|passord|salasana|heslo|jelszó|lozinka|geslo|şifre|пароль|κωδικός|kata sandi|mật khẩu|passphrase)\w{{0,3}}"
    rf"(?:\s(?!polic|format|field|length|hash|manager|rule|requirement|version|see|default"
    rf"|type)[^\W\d_][^\s:=]{{0,15}}){{1,4}}\s?[:=]\s{{0,2}}{_QUOTE}(?!v?\d{{1,3}}\.\d)([^\s\"'”“»<>]{{6,64}})",
    re.IGNORECASE,
)
PASSWORDS = re.compile(rf"(?<![^\W_])(?:{_PASSWORD}|{_CODE}){_MINE}{_IS}{_QUOTE}([^\s\"'”“»<>]{{3,64}})", re.IGNORECASE)
ASIAN = re.compile(
    rf"(?:{_ASIAN})(?:\s?[^\W\d_A-Za-z]{{1,12}}){{0,2}}?\s?(?:[:=]|是|为|為|成|は|는|은|が|가|:|היא|הוא|هي|هو|है"
    rf"|คือ)\s?{_QUOTE}([^\s\"'”“»<>]{{3,64}})"
)
#: With nothing but a blank between: only what nobody would take for a word
BARE = re.compile(rf"(?<![^\W_])(?:{_PASSWORD}){_MINE}\s{{1,2}}{_QUOTE}([^\s\"'”“»<>:=]{{6,64}})", re.IGNORECASE)
BARE_CODE = re.compile(rf"(?<![^\W_])(?:{_CODE})\s{{0,2}}[:#]?\s?(\d{{4,8}})(?![\w.,-]\d|\w)", re.IGNORECASE)
CARD_CODE = re.compile(
    r"(?<![^\W_])(?:cvv2?|cvc2?|csc|cvn)\W{0,3}(?:(?:is|ist|est|es|code)\W{1,2})?(\d{3,4})(?![\w.,-]\d|\w)", re.IGNORECASE
)
#: Of a command: curl -u name:password
OPTION = re.compile(r"\s(?:-u|--user|--password|--passwd|-p)[ =]([^\s:\"'<>]{1,64}:[^\s\"'<>]{3,64}|(?<=d[ =])[^\s\"'<>]{6,64})")
SSHPASS = re.compile(r"sshpass\s-p\s?[\"']?([^\s\"']{4,64})")
_WORDS = r"(?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8}"
#: The seed of one-time codes, as it is typed into an authenticator: JBSW Y3DP EHPK 3PXP
BASE32 = re.compile(
    r"(?:set-?\s?up|authenticat\w{1,4}|totp|otp|2fa|mfa|two-factor|seed|manual entry|enrol\w{0,6}|secret"
    r"|einrichtungs\w{0,10})"
    r"(?:[ _-](?:key|secret|seed|code|token|schlüssel)s?)?[\s\"':=(]{1,4}(?:(?:is|ist|est|es|key|code"
    r"|secret)[\s:=]{1,3}){0,2}"
    r"((?=[A-Za-z -]{0,78}[2-7])(?:(?-i:[A-Z2-7]{16,64})|(?:[A-Z2-7]{4}[ -]){3,15}[A-Z2-7]{4})={0,6})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_AUTHENTICATOR = re.compile(r"set-?\s?up|authentic|otp|2fa|mfa|two-factor|seed|manual|enrol|secret|einricht", re.IGNORECASE)
_GROUPS = re.compile(
    r"[A-Z2-7]{16}|(?:[A-Z2-7]{4}[ -]){3}[A-Z2-7]{4}|(?<=[a-z2-7]{4}[ -])[a-z2-7]{4}[ -][a-z2-7]{4}[ -][a-z2-7]{4}"
)
#: Codes that are kept for the day the telephone is lost
CODES = re.compile(
    r"(?:backup|recovery|rescue|scratch|emergency|wiederherstellungs|backup-|notfall)[ -]?codes?\W{1,4}"
    r"((?:(?=[A-Za-z-]{0,13}\d)[A-Za-z\d-]{6,14}[\s,;]{1,3}){0,15}(?=[A-Za-z-]{0,13}\d)[A-Za-z\d-]{6,14})(?!\w)",
    re.IGNORECASE,
)
SEED = re.compile(
    rf"(?:seed|recovery|mnemonic|backup|secret) (?:phrase|words)\W{{1,4}}(?:is |are |was )?({_WORDS})", re.IGNORECASE
)
#: One of these is in every name above: quicker to look for than the names
_HINTS = (
    "pass", "pw", "psw", "pin", "otp", "tan", "cvv", "cvc", "csc", "code", "key", "secret", "kennwort", "schl", "mdp",
    "clave", "contras", "senha", "parol", "palavra", "wachtw", "adgang", "kodeord", "salasana", "tunnus", "lykil", "hesl",
    "jelsz", "lozin", "geslo", "sifre", "sandi", "credential", "phrase", "words", "slapta", "--user", "curl", "zugang", "kod",
    "2fa", "p/w", "psk", "wpa", "wlan",
)  # fmt: skip
_FURTHER = (
    "clé", "hasł", "lösen", "şifre", "парол", "пин", "код", "лозинк",
    "κωδικ", "mật", "密码", "密碼", "口令", "パスワード", "暗証番号",
    "비밀번호", "비번", "암호", "ססמ", "رمز", "کلمه", "گذرواژه", "পাসওয়ার্ড", "סיסמ", "كلمة", "पासवर्ड", "รหัสผ่าน", "验证码", "驗證碼",
)  # fmt: skip


def _near(text: str) -> list[tuple[int, int]]:
    """Where one of the names may stand, and what follows it."""
    lowered = text.lower()
    hints = _HINTS if text.isascii() else _HINTS + _FURTHER
    if len(lowered) != len(text):
        return [(0, len(text))] if any(hint in lowered for hint in hints) else []
    places: list[tuple[int, int]] = []
    for hint in hints:
        at = lowered.find(hint)
        while at >= 0:
            places.append((max(0, at - 24), at + 320))
            at = lowered.find(hint, at + 60)
    joined: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


#: Names of things that a bare number may follow, too: tests pass: 4021
_LOOSE = re.compile(r"(?:pass|secret|\w{1,20} (?:key|code)s?|credentials?|schlüssel|parole)\W", re.IGNORECASE)


def find(text: str) -> Findings:
    """Every password and code that words beside it name."""
    for start, end in _near(text):
        for pattern in (PASSWORDS, FAR, ASIAN):
            for match in pattern.finditer(text, start, end):
                digits = re.fullmatch(r"\d{4,10}[.!,;)]?", match.group(1)) and not _LOOSE.match(match.group())
                if digits or is_chosen(match.group(1), 4):
                    yield Finding(*without_stop(match), KIND, rank=1)
        for match in BARE.finditer(text, start, end):
            if _is_strange(match.group(1)):
                yield Finding(*without_stop(match), KIND, rank=1)
        for pattern in (BARE_CODE, CARD_CODE, OPTION, SSHPASS, SEED, CODES):
            for match in pattern.finditer(text, start, end):
                yield Finding(*match.span(1), KIND, rank=1)
    for match in matches(text, [BASE32], _GROUPS, 70, 100) if _AUTHENTICATOR.search(text) else ():
        yield Finding(*match.span(1), KIND, rank=1)
    for first, last, certain in options(text):
        if certain or is_chosen(text[first:last], 4):
            yield Finding(first, last, KIND, rank=1)
    for first, last in pairs(text):
        if _is_strange(text[first:last]):
            yield Finding(first, last, KIND, rank=1)


def without_stop(match: re.Match[str]) -> tuple[int, int]:
    """The span of a match's value without the sign that ends the sentence."""
    start, end = match.span(1)
    return start, end - (len(match.group(1)) - max(3, len(match.group(1).rstrip(".,;:?)]"))))


def _kinds(value: str) -> list[bool]:
    """Whether it holds digits, small letters, capital letters, signs."""
    return [any(map(test, value)) for test in (str.isdigit, str.islower, str.isupper, lambda c: not c.isalnum())]


def is_chosen(value: str, least: int) -> bool:
    """Whether somebody would choose it as a password: not a word, not a placeholder."""
    value = value.rstrip(".,;:!?)]")
    kinds = _kinds(value)
    signs = [c for c in value[1:-1] if not c.isalnum()]
    inside = bool(signs) and not value.isalpha() and not any(sign in "/-_" for sign in signs)
    mixed = kinds[0] and (kinds[1] or kinds[2] or any(sign in "!#$%&*@?" for sign in signs))
    return len(value) >= least and (mixed or (inside and sum(kinds) >= 3))


def _is_strange(value: str) -> bool:
    """Whether it cannot be a word, a version or a path: a digit, a letter and a sign that no name has, or all four kinds."""
    bare = value.rstrip(".,;:?)]")
    kinds = _kinds(bare)
    if len(bare) >= 16 and bare.isalnum() and kinds[0] and sum(map(str.isdigit, bare)) >= 4 and not bare.isdigit():
        return True
    signs = any(c in "!#$%&*+=?^~@" for c in bare)
    return (
        len(bare) >= 7
        and "/" not in bare
        and kinds[0]
        and (kinds[1] or kinds[2])
        and (signs or all(kinds))
        and "@" not in bare[1:-1]
    )
