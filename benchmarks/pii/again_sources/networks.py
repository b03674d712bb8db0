"""IP and MAC addresses in logs, tickets and configuration. Marked: the address, without port, prefix length or zone."""

from __future__ import annotations

import random

from benchmarks.pii.blind_sources.drawing import HEX, Make, drawn, source

NETWORK = "network"


def public(rng: random.Random) -> str:
    """An IPv4 address of the open net."""
    first = rng.choice([31, 46, 62, 77, 81, 84, 91, 93, 109, 141, 176, 185, 188, 201, 212, 217])
    return f"{first}.{rng.randint(1, 254)}.{rng.randint(0, 254)}.{rng.randint(1, 254)}"


def private(rng: random.Random) -> str:
    """An IPv4 address of a house or an office."""
    start = rng.choice(["192.168.{}", "10.{}.{}", "172.{}.{}"])
    return start.replace("{}", str(rng.randint(16, 31)), 1).replace("{}", str(rng.randint(0, 254))) + f".{rng.randint(2, 254)}"


def v6(*groups: str) -> Make:
    """IPv6: `h` is a drawn hexadecimal digit, the rest stays."""

    def make(rng: random.Random) -> str:
        return "".join(drawn(rng, HEX, 1) if c == "h" else c for c in rng.choice(groups))

    return make


def mac(mark: str, group: int = 2, upper: bool = False) -> Make:
    """A MAC address in groups."""

    def make(rng: random.Random) -> str:
        digits = rng.choice(["3c", "a4", "f0", "00", "d8", "5e"]) + drawn(rng, HEX, 10)
        text = mark.join(digits[i : i + group] for i in range(0, 12, group))
        return text.upper() if upper else text

    return make


FULL = v6("2a02:8109:hhhh:hhhh:hhhh:hhhh:hhhh:hhhh", "2001:16b8:hhhh:hhhh:hhhh:hhhh:hhhh:hhhh")
SHORT = v6("2a00:23c5:hhhh::1hh", "2003:e4:hhhh:1hhh::9", "2600:1700:hhhh::chh", "fe80::hhhh:1hff:fehh:hhhh")

SOURCES = (
    source(
        NETWORK,
        "IPv4, log",
        public,
        '{} - - [11/Feb/2026:06:25:24 +0100] "GET /cart HTTP/1.1" 200 5316',
        "Feb 11 06:25:24 web2 sshd[4411]: Failed password for root from {} port 52144 ssh2",
        "nginx: limiting requests, excess: 20.6 by zone 'api', client: {}, server: shop",
        'level=info msg="login ok" user_id=88121 remote_addr={} mfa=totp',
        "X-Forwarded-For: {}",
        "[UFW BLOCK] IN=eth0 OUT= SRC={} LEN=40 PROTO=TCP DPT=23",
        "2026-02-11 06:25:24,118 WARN AuthFilter - token reuse from {}, session dropped",
        '{"event":"signup","ip":"{}","ua":"Mozilla/5.0"}',
        "Received: from mail (unknown [{}]) by mx1 with ESMTPS",
        "fail2ban.actions: NOTICE [sshd] Ban {}",
        "connection from {}:58122 closed by peer",
        "audit;2026-02-11;export_customers;{};allowed",
        "client_ip\tstatus\n{}\t403",
    ),
    source(
        NETWORK,
        "IPv4, said",
        public,
        "Whoever ordered in my name did it from {}, that is not me.",
        "my ip is {} can you unblock it",
        "Please whitelist {} for the supplier portal, it's our new line.",
        "traceroute dies after {}",
        "Unser Anschluss hat die feste IP {}, die sperrt ihr gerade.",
        "L'adresse IP {} a tenté 400 connexions cette nuit.",
        "me banearon la ip {} por error",
        "Il mio indirizzo IP è {} e non riesco ad accedere",
        "meu IP {} foi bloqueado, podem liberar?",
        "mijn ip-adres is {}, kan de blokkade eraf",
        "Proszę odblokować adres {}.",
        "с адреса {} кто-то вошёл в мой аккаунт",
        "{} adresinden hesabıma girilmiş",
        "我的IP是{}，打不开网站",
        "IPアドレス {} からの不正ログインです",
        "IP {} đăng nhập lạ vào tài khoản của tôi",
    ),
    source(
        NETWORK,
        "IPv4, private",
        private,
        "printer on the 2nd floor is {} now, the old queue is dead",
        "ping {} works, the web page of the till does not",
        "auto eth0\niface eth0 inet static\n  address {}",
        "DHCPACK on {} to the reception laptop",
        "ssh pi@{} times out from the van",
        "Die Kamera an der Rampe hat {}, Zugriff nur aus dem Büro.",
        "{}/24 dev wlan0 proto kernel scope link",
        "upstream app { server {}:8080; }",
        "Host till7\n  HostName {}\n  User svc",
    ),
    source(
        NETWORK,
        "IPv6, full",
        FULL,
        "abuse report: scans from {} since midnight",
        'src_ip="{}" action=allow bytes=8121',
        "Mein Router zeigt {} an, trotzdem keine Verbindung",
        "[{}]:443 handshake failed",
        "inet6 {}/64 scope global dynamic",
        "last login from {} on Tuesday",
    ),
    source(
        NETWORK,
        "IPv6, short",
        SHORT,
        '{} - - [02/Mar/2026:22:01:10 +0000] "POST /login HTTP/2" 401 88',
        "AAAA record of my home box should be {}",
        '"lastSeenAddress": "{}"',
        "neighbour {} is unreachable, reboot of the modem did not help",
        "visitor {} accepted the cookies",
    ),
    source(
        NETWORK,
        "MAC, colons",
        mac(":"),
        "please add my laptop to the hostel wifi, mac is {}",
        "wlan0: STA {} IEEE 802.11: authenticated",
        "    link/ether {} brd on",
        "Das Gerät mit der MAC {} fliegt alle zehn Minuten raus.",
        "hardware ethernet {};",
        "BLE beacon {} rssi=-71",
        '{"device":"watch","bt_addr":"{}","battery":61}',
        "adresse MAC de ma box : {}",
    ),
    source(
        NETWORK,
        "MAC, other",
        mac("-", upper=True),
        "Physical Address. . . . . . . . . : {}",
        "set-top box {} not provisioned",
        "Mijn decoder ({}) start niet op",
        "Endereço físico do portátil: {}",
    ),
    source(
        NETWORK,
        "MAC, dots",
        mac(".", 4),
        "  12    {}    DYNAMIC     Gi1/0/14",
        "%SW_MATM-4-MACFLAP_NOTIF: Host {} in vlan 12 is flapping",
        "port-security violation caused by {} on Fa0/3",
    ),
)
