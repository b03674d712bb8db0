"""What looks like an IP or a MAC address: versions, sections, loopback, net masks, times, ratios."""

from __future__ import annotations

import random

from benchmarks.pii.blind_sources.drawing import nobodys, one_of, shaped


def version(rng: random.Random) -> str:
    """Four numbers with dots."""
    return ".".join(str(rng.randint(low, high)) for low, high in ((1, 12), (0, 9), (0, 30), (1, 200)))


SOURCES = (
    nobodys(
        "version",
        version,
        "After the update to version {} the scanner is mute.",
        "firmware v{} fixes the flicker",
        "driver {} (release notes attached)",
        "Requires app version {} or later",
        "Version {} lässt sich nicht installieren",
        "depuis la version {} l'écran reste noir",
        "la versión {} se cierra sola",
        "Assembly version={}, culture=neutral",
        "Chrome/{} Safari/537.36",
        "build {} passed all checks",
        "обновился до версии {} и всё пропало",
        "升级到版本 {} 后打不开",
        each=2,
    ),
    nobodys(
        "section",
        shaped("%.%.%.%", "%#.%.%.%"),
        "See section {} of the manual.",
        "clause {} of the lease says otherwise",
        "Kapitel {} beschreibt die Wartung",
        "requirement {} is not testable",
        "voir le paragraphe {}",
        each=2,
    ),
    nobodys(
        "loopback",
        one_of("127.0.0.1", "::1"),
        "connect to {} failed: connection refused",
        "listen on {} only",
        "{} localhost",
        each=2,
    ),
    nobodys(
        "net mask",
        one_of("255.255.255.0", "255.255.0.0", "255.255.255.128", "255.255.252.0"),
        "netmask {}",
        "Subnet Mask . . . . . . . . . . . : {}",
        "Die Subnetzmaske steht auf {}.",
        each=2,
    ),
    nobodys(
        "time",
        shaped("1%:0#:2%", "0%:3#:4%"),
        "process started at {}",
        "Laufzeit {}, Platz 41",
        "the video freezes at {}",
        each=2,
    ),
    nobodys("ratios and scores", shaped("%:%:%", "%:%#:%"), "mix the mortar {}", "map scale and legend {} on the sheet", each=2),
    nobodys(
        "numbers with dots",
        shaped("%##.###.###", "%.###.###"),
        "Umsatz {} Euro im Quartal",
        "A população é de {} habitantes",
        each=2,
    ),
    nobodys(
        "code with colons",
        shaped("std::vector<int%>", "core::net::v%", "app:prod:eu%"),
        "undefined reference to {}",
        "cache key {}",
        each=2,
    ),
    nobodys(
        "number of a device or a part",
        shaped("%#-@@-##-@%", "SN:@@##:%%##", "%##.##.%#"),
        "spare part {} for the ice machine",
        "Seriennummer {} ist nicht registriert",
        "référence {} épuisée",
        "meter type {}",
        each=2,
    ),
    nobodys(
        "word without an address",
        one_of("dynamic", "blocked", "unknown", "private"),
        "My IP is {} and support says that is normal.",
        "ip_address: {}",
        "MAC address {}, device skipped",
        each=2,
    ),
)
