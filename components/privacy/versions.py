"""Four numbers with points that are no address of a machine: versions of programs, sections of texts, classes of enzymes."""

from __future__ import annotations

import re

#: These say that a number with points is a machine's, whatever else stands before it
_MACHINE = re.compile(
    r"(?<![^\W_])(?:ip(?:v4)?s?|ip-\w{2,12}|adress\w{0,3}|address\w{0,2}|adres\w{0,2}|dns|hosts?|hostname|servers?"
    r"|gateway|router|peers?|clients?"
    r"|nodes?|proxy|vpn|lan|wan|ping(?:ed|s)?|ssh|telnet|curl|login|logged|connect\w{0,4}|subnet|dhcp|nat|listen\w{0,3}"
    r"|a record|record|remote"
    r"|endpoint|firewall|blocked|banned|allowlist|whitelist|blacklist|src|dst|bind|traceroute|адрес\w{0,2}|сервер\w{0,2}"
    r"|хост\w{0,2}"
    r"|dirección|indirizzo|endereço|adresse|servidor|serveur|rechner)(?![^\W_])|地址|主机|服务器|アドレス|주소",
    re.IGNORECASE,
)
_RELEASES = (
    r"versi(?:on|ón|one|oni|ons|ones|onen)s?|version(?:en|s)?|versões|versão|versie|versies|wersj\w{1,2}|verz[ei]\w{0,2}"
    r"|verzi\w{0,3}|versio\w{0,3}"
    r"|versjon\w{0,2}|útgáfa|versioon\w{0,2}|versij\w{0,2}|версі\w{1,2}|верси\w{1,2}|верзиј\w|έκδοση\w?|sürüm\w{0,3}"
    r"|versiunea?|phiên bản|versi"
    r"|ver|vers|v|rev(?:ision)?|releases?|builds?|patch(?:es)?|hotfix|firmware|fw|bios|driver|drivers|treiber\w{0,8}"
    r"|pilote|controlador|sdk"
    r"|api level|update|updates|upgrade|upgrades|nightly|beta|alpha|rc|tag|tags|hw|sw|assembly|assemblyversion"
    r"|fileversion|productversion"
    r"|kernel|runtime|plugin|extension|package|packages|library|module|dll|exe|apk|ios|android|windows|macos"
    r"|(?:up|down)grad(?:e|ed|ing|es) \S{1,30}(?: from)?|(?:bump|updat|install|pinn|migrat|roll)(?:ed|ing)(?: back)? \S{1,30}"
    r"|(?:aktualisier|installier)\w{0,4} \S{1,30}|(?:actualic|instal)\w{1,5} \S{1,30}"
)
_SECTIONS = (
    r"sections?|sec|chapters?|clauses?|paragraphs?|para|articles?|art|rules?|tables?|figures?|fig|items?|steps?"
    r"|requirements?|req|annex"
    r"|appendix|theorem|lemma|equation|eq|abschnitt\w{0,2}|kapitel\w?|ziffer|punkt|absatz|anhang|tabelle|abbildung|satz"
    r"|kap|abs|nr"
    r"|chapitres?|paragraphe|alinéa|annexe|sección|capítulo|apartado|artículo|anexo|sezione|capitolo|articolo|paragrafo"
    r"|comma|seção|artigo"
    r"|hoofdstuk|paragraaf|artikel|rozdział\w?|punkt\w?|kapitol\w|oddíl|avsnitt|kapittel|afsnit|luku|kohta|fejezet|pont"
    r"|capitolul|bölüm"
    r"|раздел\w?|глав[аеы]|пункт\w?|стать[яеи]|розділ\w?|ec|e\.c|ec number|enzyme|oid|control|cis|nist|iso|mib|snmp"
    r"|dewey|udc|nace|hs code"
)
#: numpy to 1.2.3.4, openssl 1.2.3.4: the names of programs
_PROGRAMS = (
    r"numpy|pandas|scipy|torch|pytorch|tensorflow|django|flask|openssl|openssh|nginx|apache|tomcat|php|python|java|jdk"
    r"|jre|node|npm|ruby|rails"
    r"|golang|gcc|clang|cmake|docker|kubernetes|k8s|helm|terraform|ansible|jenkins|gitlab|git|mysql|mariadb"
    r"|postgres(?:ql)?|sqlite|redis|mongodb"
    r"|oracle|cuda|cudnn|nvidia|geforce|radeon|chrome|chromium|firefox|safari|edge|opera|brave|webkit|electron|trident"
    r"|edg|opr|office|excel|word"
    r"|outlook|teams|skype|zoom|adobe|acrobat|photoshop|flash|vlc|winrar|notepad\+\+|\.net|dotnet|asp\.net|framework"
    r"|visual studio|xcode"
    r"|delphi|sap|labview|matlab|unity|unreal|log4j|spring|hibernate|jackson|kafka|spark|hadoop|elasticsearch|kibana"
    r"|grafana|prometheus|wordpress"
    r"|joomla|drupal|magento|typo3|citrix|vmware|esxi|virtualbox|wireguard|openvpn|anyconnect|forticlient|teamviewer"
    r"|anydesk|putty|winscp"
)
_LINK = (
    r"(?:[\s:#=(\"',_-]{0,3}(?:to|from|auf|von|à|de|a|la|el|zu|til|till|of|is|was|ist|est|es|now|number|no|nr|n[o°º]|="
    r"|>=|<=|==|~=|>|<|v|ver"
    r"|version)){0,3}[\s:#=(\"'<>~^v,_-]{0,3}"
)
#: Words between: the version of the program is 1.2.3.4; a word such as `on` tells of a machine
_FAR = (
    r"versi\w{1,4}|version\w{0,2}|wersj\w|verz[ei]\w?|верси\w|sürüm\w{0,3}|builds?|releases?|firmware|installed"
    r"|mise à jour|mis\w? à jour"
    r"|actuali\w{1,6}|atuali\w{1,6}|aggiorn\w{1,6}|instal\w{1,6}"
)
_NAMED = re.compile(
    rf"(?<![^\W_])(?:{_RELEASES}|{_SECTIONS}){_LINK}\Z|(?<![^\W_])(?:{_PROGRAMS})(?!\s?:){_LINK}\Z"
    rf"|(?<![^\W_])(?:{_FAR})(?:\s(?!(?:on|at|from|by|auf|unter|bei|sur|su|em|op|på|в|на)\s)[^\W\d_]{{1,14}}){{0,4}}\s\Z"
    r"|(?:版本|版|バージョン|버전|الإصدار|إصدار|نسخه|גרסה|גירסה|เวอร์ชัน|§{1,2})\s?[:号は]?\s?\Z",
    re.IGNORECASE,
)
#: Chrome/1.2.3.4, pkg==1.2.3.4, setup-1.2.3.4
_JOINED = re.compile(r"(?:(?<![\w./])[A-Z][A-Za-z]{1,24}/|[A-Za-z]\w{0,30}(?:==|>=|<=|~=|@\^|@~))\Z")
_LISTED = re.compile(r"(?:\d{1,5}(?:\.\d{1,5}){1,3}(?:\s?[,/-]\s?|\s(?:and|or|to|und|oder|bis|et|y|e|->|→)\s)){1,4}\Z")
#: 1.2.3.4:443, 1.2.3.4/24
_PORT = re.compile(r":\d{2,5}(?!\d)|/\d{1,2}(?!\d)|\s-\s-\s")
#: 1.2.3.4-rc1, 1.2.3.4 (build 7), 1.2.3.4 release
_SUFFIX = re.compile(
    r"(?:-|\+)[A-Za-z]|\s?\(?(?:build|beta|alpha|rc\d?|release|patch|version|hotfix|firmware|update|x64|x86|amd64|arm64"
    r"|64-?bit|stable|lts|nightly)(?!\w)"
    r"|\.(?:exe|dll|msi|zip|tar|deb|rpm|apk|dmg|jar|whl|pkg|iso)(?!\w)",
    re.IGNORECASE,
)


def is_version(text: str, start: int, end: int) -> bool:
    """Whether the words around four numbers with points say that they are a version or a section."""
    if _PORT.match(text, end):
        return False
    before = re.split(r"[\n!?;]", text[max(0, start - 70) : start])[-1]
    listed = _LISTED.search(before)
    if listed:
        before = before[: listed.start()]
    if _MACHINE.search(before[-40:]):
        return False
    return bool(_NAMED.search(before) or _JOINED.search(before) or _SUFFIX.match(text, end))
