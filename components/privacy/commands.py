"""Passwords where no word names them: options of commands, statements of databases, lines of configurations, rows of tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from components.privacy.columns import cells
from components.privacy.findings import matches

_VALUE = r"[\"']?([^\s\"'<>]{4,128})"
_REST = r"[^\n]{0,120}?\s"
OPTIONS = (
    # mysql -u root -pX, 7z x -pX, rar a -hpX, xfreerdp /p:X
    re.compile(rf"(?<!\w)(?:mysql\w{{0,9}}|mariadb[\w-]{{0,9}}|7z\w?|percona\w{{0,9}}){_REST}-p{_VALUE}"),
    re.compile(rf"(?<!\w)(?:rar|unrar){_REST}-h?p{_VALUE}"),
    re.compile(rf"(?<!\w)(?:\w{{0,3}}freerdp\d?|mstsc|psexec|net use){_REST}/p(?:ass|assword)?:{_VALUE}", re.IGNORECASE),
    # docker login -p X, redis-cli -a X, ldapsearch -w X, sqlcmd -P X, keytool -storepass X
    re.compile(
        rf"(?<!\w)(?:(?:docker|podman|az|oc|acr|registry|crane|helm) login|mongo\w{{0,8}}|rdesktop|psexec"
        rf"|cf){_REST}-p\s{_VALUE}"
    ),
    re.compile(rf"(?<!\w)(?:redis-cli|valkey-cli){_REST}-a\s{_VALUE}"),
    re.compile(rf"(?<!\w)(?:ldap\w{{3,8}}|kinit|asadmin|ipmitool){_REST}-[wP]\s{_VALUE}"),
    re.compile(rf"(?<!\w)(?:sqlcmd|bcp|isql|osql|unzip|zip|mosquitto_\w{{3}}|ipmitool){_REST}-P\s{_VALUE}"),
    re.compile(rf"\s--?(?:store|key|new|src|dest)?pass(?:word|wd|phrase|code)?(?:-string)?[ =]{_VALUE}"),
    re.compile(rf"\s--(?:http-|ftp-|proxy-|admin-|db-|user-|root-|docker-)(?:pass(?:word|wd)?|secret)[ =]{_VALUE}"),
    re.compile(rf"(?<!\w)pass(?:in|out)?\spass:{_VALUE}"),
    re.compile(r"\s(?:-U|--user)[ =][\"']?[\w.\\-]{1,40}%([^\s\"'<>]{4,64})"),
    re.compile(r"(?<!\w)(?:http|https|xh|wget|ab|siege|wrk)\s[^\n]{0,60}?-[aA]\s[\"']?([\w.@-]{1,40}:[^\s\"'<>]{4,64})"),
    # echo 'X' | sudo -S, echo root:X | chpasswd
    re.compile(r"(?<!\w)echo\s(?:-n\s)?[\"']?([^\n\"'|]{4,64}?)[\"']?\s?\|\s?(?:sudo\s-S|passwd|chpasswd|su\s|docker login)"),
    # IDENTIFIED BY 'X', WITH PASSWORD 'X', requirepass X, ConvertTo-SecureString "X"
    re.compile(
        r"(?:identified (?:with \w{1,30} )?by|password(?:\s?=|\sis)?|password\()\s?'([^'\n]{4,64})'",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<!\w)(?:requirepass|masterauth|SecureString(?: -String)?|psk=|wpa_passphrase=)\s?{_VALUE}"),
    # WIFI:S:name;T:WPA;P:X;;
    re.compile(r"(?<!\w)WIFI:[^\n]{0,100}?P:([^;\n]{4,64})"),
    # machine x login y password X
    re.compile(rf"(?<!\w)login\s\S{{1,64}}\spassword\s{_VALUE}"),
    # localhost:5432:shop:anna:X
    re.compile(r"(?<![\w.])[\w.*-]{1,60}:(?:5432|5433|6432|3306|\*):[\w*-]{1,40}:[\w*-]{1,40}:([^\s:\"'<>]{4,64})"),
)
#: One of these is in every command above
_COMMANDS = (
    " -p", " -a", " -w", " -u", " -h", "--", "login ", "pass", "/p", "wifi:", "echo ", "identified", "masterauth", "securestring",
    "psk=", ":5432:", ":5433:", ":6432:", ":3306:", ":*:",
)  # fmt: skip
_ACCOUNTS = ("admin", "root", "superuser", "postgres", "operator", "guest", "user", "login", "@")
_OPTION = re.compile(
    r"\s[-/]{1,2}\w|\||'|WIFI:|login|:\d{4}:|requirepass|masterauth|SecureString|psk=|wpa_|passw?", re.IGNORECASE
)
#: Of Oracle and of Go: scott/X@host, root:X@tcp(host)
CONNECTIONS = (
    re.compile(r"jdbc:oracle:\w{2,6}:([^\s/@:\"'<>]{1,40}/[^\s@/\"'<>]{2,128})@"),
    re.compile(r"(?<!\w)(?:sqlplus|expdp|impdp|sqlldr|rman|exp|imp|oracle)\s(?:-\w{1,8}\s){0,3}(\w{1,40}/[^\s@/\"'<>]{4,128})@"),
    re.compile(r"(?<![\w/])([\w.-]{1,40}:[^\s@:/\"'<>]{2,128})@(?:tcp|tcp6|unix|cloudsql)\("),
)
_CONNECTION = re.compile(r"@")
#: admin | X; root / X; anna@example.org:X
PAIR = re.compile(
    r"(?<![\w.@/:-])(?:admin(?:istrator)?|root|superuser|sysadmin|postgres|operator|guest|user(?:name)?|login"
    r"|[\w.+-]{1,40}@[\w-]{1,40}\.[\w.]{2,12})"
    r"[\"']?\s{0,2}[|/:;,\t]\s{0,2}[\"']?([^\s|\"'<>]{6,64})(?=[\s|\"',;]|$)",
    re.IGNORECASE,
)
_SEPARATED = re.compile(r"(?:\w[\"']?\s{0,2}[|/:;,\t])\s{0,2}[\"']?\w")
HEADING = re.compile(
    r"(?<![^\W_])(?:pass(?:word|wd|wort|phrase|code)?s?|pwd?|kennwort|wachtwoord|contraseñas?|contrasena|mot de passe"
    r"|mdp|senhas?|hasło|heslo"
    r"|lösenord|passord|adgangskode|salasana|jelszó|parol[aă]|şifre|secrets?|api[ _-]?keys?|пароль|密码|密碼|パスワード"
    r"|비밀번호)(?![^\W_])",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"[$%{*<&]|your|x{3}|\*{3}|change|\.{3}|pass(?:word|wd)?\W?$", re.IGNORECASE)


def options(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, certain) of what commands, statements and rows take for a password; uncertain where it could be a word."""
    lowered = text.lower()
    for match in matches(text, OPTIONS, _OPTION, 200, 300) if any(each in lowered for each in _COMMANDS) else ():
        if not _PLACEHOLDER.match(match.group(1)):
            yield (*match.span(1), False)
    if "@" in text:
        for match in matches(text, CONNECTIONS, _CONNECTION, 220, 12):
            yield (*match.span(1), True)
    for start, end in cells(text, HEADING):
        yield start, end, False


def pairs(text: str) -> Iterator[tuple[int, int]]:
    """Spans of what stands beside the name of an account, for others to judge."""
    lowered = text.lower()
    for match in matches(text, [PAIR], _SEPARATED, 90, 80) if any(each in lowered for each in _ACCOUNTS) else ():
        yield match.span(1)
