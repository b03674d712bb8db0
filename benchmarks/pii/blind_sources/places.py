"""Addresses in networks, wallets, and coordinates."""

from __future__ import annotations

import hashlib
import random

from benchmarks.pii.blind_sources.drawing import HEX, Make, drawn, source

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def ipv4(rng: random.Random) -> str:
    """From the blocks for documentation, and private ones."""
    block = rng.choice(
        ("192.0.2", "198.51.100", "203.0.113", f"10.{rng.randint(0, 255)}.{rng.randint(0, 255)}", f"192.168.{rng.randint(0, 9)}")
    )
    return f"{block}.{rng.randint(2, 250)}"


def _ipv6(rng: random.Random) -> str:
    groups = [f"{rng.randint(1, 65535):x}" for _ in range(6)]
    return rng.choice(
        (
            f"2001:db8:{':'.join(groups)}",
            f"2001:db8::{groups[0]}:{groups[1]}",
            f"2001:db8:{groups[0]}::{groups[1]}",
            f"fe80::{':'.join(groups[:4])}",
        )
    )


def _mac(joint: str, upper: bool = False) -> Make:
    def make(rng: random.Random) -> str:
        value = joint.join(["02", *(drawn(rng, HEX, 2) for _ in range(5))])
        return value.upper() if upper else value

    return make


def base58check(payload: bytes) -> str:
    """The bytes with four of their double SHA-256, in base 58."""
    data = payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = BASE58[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def bech32(human: str, values: list[int]) -> str:
    """Values of five bits with their checksum (BIP 173)."""

    def polymod(all_values: list[int]) -> int:
        check = 1
        for value in all_values:
            top = check >> 25
            check = (check & 0x1FFFFFF) << 5 ^ value
            for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
                check ^= generator if top >> i & 1 else 0
        return check

    expanded = [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human]
    rest = polymod([*expanded, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    return f"{human}1" + "".join(BECH32[v] for v in [*values, *(rest >> 5 * (5 - i) & 31 for i in range(6))])


def _bitcoin(version: int) -> Make:
    return lambda rng: base58check(bytes([version]) + rng.randbytes(20))


def _segwit(rng: random.Random) -> str:
    bits = "".join(f"{byte:08b}" for byte in rng.randbytes(20))
    return bech32("bc", [0, *(int(bits[i : i + 5], 2) for i in range(0, 160, 5))])


def _pair(form: str) -> Make:
    return lambda rng: form.format(
        lat=rng.uniform(35, 60),
        lon=rng.uniform(1, 30),
        d=rng.randint(35, 60),
        e=rng.randint(1, 30),
        m=rng.randint(0, 59),
        n=rng.randint(0, 59),
        s=rng.uniform(0, 59),
        t=rng.uniform(0, 59),
    )


NETWORK = "network"
WALLET = "wallet"
PLACE = "coordinates"
SOURCES = (
    source(
        NETWORK,
        "IPv4",
        ipv4,
        "You banned my IP {} for no reason.",
        "Failed password for root from {} port 51122 ssh2",
        '{} - - [12/Mar/2025:10:01:44 +0100] "GET / HTTP/1.1" 200 512',
        "Meine IP-Adresse ist {}, Anbieter sagt alles gut",
        "last login from {} (Lisbon)",
        "printer sits at {} now",
        '{"client_ip": "{}", "path": "/cart"}',
        "user okan connected over vpn, assigned {}",
        "l'adresse {} a été bloquée par le pare-feu",
        "X-Forwarded-For: {}",
        "deny from {} # neighbour's kid",
        "El ataque viene de {}",
        each=2,
    ),
    source(
        NETWORK,
        "IPv6",
        _ipv6,
        "my v6 address {} cannot reach you",
        "AAAA answer for my house: {}",
        "dhcp lease {} to mira-laptop",
        "reject rcpt from [{}]: greylisted",
        "peer {} timed out after 30 s",
        "Client {} lehnt die Verbindung ab",
    ),
    source(NETWORK, "MAC", _mac(":"), "phone's MAC is {}", "DHCPACK to {} via eth0", "wlan0: STA {} associated"),
    source(
        NETWORK, "MAC, dashes", _mac("-", upper=True), "Physical Address: {}", "Tablet vom Kind sperren: {}", "mac-filter add {}"
    ),
    source(WALLET, "Bitcoin", _bitcoin(0), "send the BTC to {}", "Mein Wallet: {}", "withdrawal to {} pending 3 days"),
    source(WALLET, "Bitcoin, script", _bitcoin(5), "donated from {}", "le retrait vers {} est bloqué"),
    source(
        WALLET, "Bitcoin, segwit", _segwit, "payout address {}", "{} is the one on my hardware wallet", "обмен на {} не дошёл"
    ),
    source(
        WALLET,
        "Ethereum",
        lambda rng: "0x" + drawn(rng, HEX, 40),
        "metamask shows {} but the balance is 0",
        "sent 0.2 ETH to {} by mistake",
        "to={} value=1.5",
        "USDT'yi {} adresine yolladım",
    ),
    source(WALLET, "Litecoin", _bitcoin(48), "LTC tip jar {}", "my litecoin address is {}"),
    source(WALLET, "Tron", _bitcoin(65), "USDT TRC20: {}", "钱包地址 {}"),
    source(WALLET, "Dogecoin", _bitcoin(30), "doge pls {}", "mining pool pays out to {}"),
    source(
        PLACE,
        "decimal",
        _pair("{lat:.5f}, {lon:.5f}"),
        "I live right here: {}",
        "she shared her location {} at midnight",
        "GPS {} is my front door",
        "Mein Standort: {}",
        "last seen at {} (phone of the kid)",
        "pin {} and then ring twice",
    ),
    source(
        PLACE,
        "geo URI",
        _pair("{lat:.4f},{lon:.4f}"),
        "geo:{}",
        "https://maps.example/?q={}",
        "driver waits at {} says the app",
        "lat,lon\n{}\n",
    ),
    source(
        PLACE,
        "with hemispheres",
        _pair("{lat:.4f}° N, {lon:.4f}° E"),
        "Our cabin: {}",
        "home position {}",
        "das Boot liegt bei {}",
    ),
    source(
        PLACE,
        "degrees, minutes, seconds",
        _pair("{d}°{m:02}'{s:04.1f}\"N {e}°{n:02}'{t:04.1f}\"E"),
        "the farm is at {}",
        "rendez-vous chez moi, {}",
        "meet me: {}",
    ),
    source(
        PLACE,
        "degrees and minutes",
        _pair("N{d}° {m:02}.{n:02}3' E{e:03}° {n:02}.{m:02}7'"),
        "Klingel defekt, Haus bei {}",
        "our mooring {}",
    ),
)
