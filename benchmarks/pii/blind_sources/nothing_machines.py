"""Books, programs and machines: digests, versions, paths and codes that are nobody's."""

from __future__ import annotations

import random

from benchmarks.pii.blind_sources.drawing import ALNUM, HEX, Make, drawn, filled, nobodys, one_of, shaped
from benchmarks.pii.blind_sources.national_numbers import ean


def _uuid(rng: random.Random) -> str:
    a, b, c, d, e = (drawn(rng, HEX, n) for n in (8, 4, 3, 3, 12))
    return f"{a}-{b}-4{c}-{rng.choice('89ab')}{d}-{e}"


def _isbn(rng: random.Random) -> str:
    body = "978" + rng.choice("013") + drawn(rng, "0123456789", 8)
    value = body + ean(body)
    return rng.choice((value, f"{value[:3]}-{value[3]}-{value[4:7]}-{value[7:12]}-{value[12]}"))


def _issn(rng: random.Random) -> str:
    body = drawn(rng, "0123456789", 7)
    check = -sum(int(d) * w for d, w in zip(body, range(8, 1, -1), strict=True)) % 11
    return f"{body[:4]}-{body[4:]}{'X' if check == 10 else check}"


def _barcode(rng: random.Random) -> str:
    body = rng.choice(("400", "500", "871", "301")) + drawn(rng, "0123456789", 9)
    return body + ean(body)


def hexes(*lengths: int) -> Make:
    """Digests and commits."""
    return lambda rng: drawn(rng, HEX, rng.choice(lengths))


SOURCES = (
    nobodys(
        "ISBN",
        _isbn,
        "ISBN {} is out of print",
        "the second edition ({}) has the index",
        "Buch {} vormerken, ISBN steht hinten",
        "I want to return the book with ISBN {}",
    ),
    nobodys(
        "ISSN, DOI, arXiv",
        lambda rng: rng.choice((_issn(rng), filled(rng, "10.%###/j.x.20##.######"), filled(rng, "240#.#####"))),
        "cited as {} in the review",
        "the paper {} has no data",
        "journal entry {} is a duplicate",
    ),
    nobodys(
        "digest or commit",
        hexes(7, 40, 64, 32),
        "sha256 {} does not match the download",
        "regression since commit {}",
        "md5sum: {}  image.iso",
        "reverted in {}",
        "layer {} already exists",
        "git bisect says {} is the first bad one",
        'ETag: "{}"',
    ),
    nobodys(
        "UUID",
        _uuid,
        "request id {}",
        "job {} finished in 4 s",
        "trace={} span=3",
        "no such device: {}",
        "Fehler-ID {}",
        "POST /v2/carts/{}/items 201",
    ),
    nobodys(
        "version",
        shaped("%.##.#", "v%.#.##-rc%", "20##.%.#", "%.#.#.####", "%#.#.#.#"),
        "since version {} it crashes",
        "firmware {} bricked two printers",
        "upgraded numpy to {}",
        "läuft mit Version {} wieder",
        "build {} fails on arm64",
        "la versión {} no abre archivos",
        "Chrome/{} Safari",
    ),
    nobodys(
        "code or path",
        one_of(
            "for i in range(10, 200)",
            "src/app/v2/index.ts:214:18",
            "C:\\Temp\\build_20251103\\out.log",
            "/var/log/app/2024/11/03.gz",
            "0x7ffd5e8a",
            "arr[1024:2048]",
            "chmod 0755",
            "E_NOENT (-2)",
            "utf8mb4_0900_ai_ci",
        ),
        "crashes in {}",
        "what does {} mean",
        "Fehler bei {}",
        "see {} for details",
        "{} works on my machine",
    ),
    nobodys(
        "mask or loopback",
        one_of("127.0.0.1", "255.255.255.0", "0.0.0.0", "::1", "localhost:8080", "255.255.0.0"),
        "server listens on {}",
        "Subnetzmaske {}",
        "ping {} works",
        "bind to {} only",
        "curl: (7) failed to connect to {}",
    ),
    nobodys(
        "random name of a machine",
        lambda rng: f"{drawn(rng, ALNUM, 6).lower()}-{rng.randint(1, 40)}",
        "pod api-{} restarted",
        "host worker-{} is full",
        "bucket logs-{} not found",
    ),
    nobodys(
        "port or status",
        shaped("50%", "port 8%##", "errno %#", "0x8007####", "HTTP 4##", "ORA-0####"),
        "it says {}",
        "we get {} every night",
        "Fehlercode {}",
        "erreur {} au démarrage",
        "código {} otra vez",
    ),
    nobodys(
        "configuration",
        one_of(
            "max_connections=500", "retries: 3", "--batch-size 64", "ttl=86400", "lr=3e-4", "timeout_ms: 30000", "workers = 16"
        ),
        "with {} it hangs",
        "I set {}",
        "{} steht schon drin",
        "default is {}",
    ),
    nobodys(
        "link",
        one_of(
            "https://docs.example/install#step-3",
            "https://shop.example/p/48213?color=red&size=42",
            "www.example.org/faq",
            "https://status.example/incidents/9f3k2",
            "git@code.example:team/app.git",
        ),
        "see {}",
        "{} is down",
        "der Link {} ist tot",
        "following {} gives a blank page",
    ),
    nobodys(
        "pixels, colours, ratios",
        one_of("1920x1080", "#ff8800", "rgb(12, 140, 255)", "16:9", "(640, 480)", "300 dpi", "z-index: 9999", "4:3"),
        "looks wrong at {}",
        "the banner should be {}",
        "{} bitte",
        "resized to {}",
    ),
    nobodys(
        "model name",
        shaped("RTX %080", "WH-1000XM%", "QN%#B", "MFC-L%###DW", "i7-1%###H", "SM-A%#5F", "TL-WR%##N"),
        "my {} keeps beeping",
        "driver for {}",
        "Toner für {}",
        "does {} support it",
        "la {} no enciende",
    ),
    nobodys(
        "bar code", _barcode, "EAN {} scans as soup", "GTIN {} is missing from the catalogue", "barcode {} won't read at till 2"
    ),
)
