"""What a file of text is encoded in. UTF-8 is what it should be; a spreadsheet saves what its machine has always used."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from components.errors import UnreadableFileError
from components.ingestion.bytes_to_lines import line_end
from components.ingestion.source import BROKEN, Source, opened

AUTO, WESTERN = "auto", "cp1252"
_BLOCK = 1 << 20
#: Encodings that the message for a file of another kind may propose
_KNOWN = [
    *("cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "mac_roman", "cp850", "cp866", "koi8_r"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
_CYRILLIC = ("cp1251", "koi8_r", "cp866", "mac_cyrillic", "iso8859_5")
_LETTERS = "À-ÖØ-öø-ÿŒœŠšŽžŸƒ"
_SIGNS = "[¢£¤¥¦§¨©ª¬®¯±²³µ¶¸¹º¼½¾]"
#: What text in cp1252 hardly ever holds, and text in other encodings does when it is read as cp1252: four accented letters in a
#: row, two signs in a row, letters of a few languages only, a sign between letters, bytes that stand for nothing.
_DOUBTFUL = re.compile(
    rf"[{_LETTERS}]{{4,}}|(?!§§){_SIGNS}{{2,}}|[ŠšŽžŸðþýÐÞÝƒ]|[Õõ](?![Ee])|(?<=[A-Za-z{_LETTERS}])[^\x00-\x7f{_LETTERS}’‘´·\xad\xa0ªº–—…](?=[A-Za-z{_LETTERS}])|\ufffd"
)
_DOUBT = 0.02
#: Nobody writes a currency sign; it is the euro of iso8859_15. In text that was spoilt before, it comes after an A with a tilde.
_EURO = re.compile("(?<!Ã)¤")
#: How ISO-2022-JP and its kind, in which every byte is ASCII, begin a stretch of another alphabet
_SHIFT = re.compile(rb"\x1b\$[@B(]")


def encoding_of(path: Path, wanted: str = AUTO, table: bool = False) -> str | None:
    """The encoding of a file that is not UTF-8, else None. UTF-16 and UTF-32 show by a byte order mark, or by their NULs.

    wanted: `ingestion.encoding`, for files of other encodings. table: a spreadsheet may have written it: `auto` knows cp1252.
    Raises UnreadableFileError, with the likely encoding, where it cannot be told.
    """
    with opened(path) as source:
        if source.encoding is not None:
            return None if source.encoding == "utf-8" else source.encoding
        wide = _wide(source.peek(8))
        if wide or (wanted == AUTO and not table):
            return wide
        shifts = _SHIFT.search(source.peek(_BLOCK)) is not None
        good, bad = _letters(source)
    if shifts and not good and not bad:
        if codecs.lookup(WESTERN if wanted == AUTO else wanted).name.startswith("iso2022"):
            return wanted
        raise _asked(path, "iso2022_jp", "it changes between alphabets")
    if bad <= good:  # UTF-8, and if some of it is broken, that costs its rows
        return None
    if wanted != AUTO:
        return wanted
    if bad < 10 * good or not _is_western(path):
        raise _asked(path, _likely(path), f"does not read like {WESTERN} either")
    return WESTERN


def _asked(path: Path, likely: str | None, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path} is not UTF-8, and {why}" + (f"; it may be {likely}" if likely else ""),
        f"Save it as UTF-8, or look at it: `perdure ingest --dry-run --set ingestion.encoding={likely or 'NAME'} {path}`: "
        "if it reads right, give that setting.",
    )


def _wide(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a byte order mark, by the NULs beside the first letters of a header or of JSON."""
    zeros = [byte == 0 for byte in head]
    patterns = {
        "utf-32-le": [False, True, True, True] * 2,
        "utf-32-be": [True, True, True, False] * 2,
        "utf-16-le": [False, True] * 4,
        "utf-16-be": [True, False] * 4,
    }
    return next((name for name, pattern in patterns.items() if zeros == pattern), None)


def _letters(source: Source) -> tuple[int, int]:
    """How many letters beyond ASCII are UTF-8, and how many bytes are not. None of either in what holds NULs: it is no text."""
    good = bad = 0
    while block := source.read(_BLOCK):
        if b"\0" in block:
            return 0, 0
        if not block.isascii():  # one letter may be cut at the end of a block
            text = block.decode("utf-8", BROKEN)
            broken = text.count("\udc80")
            bad += broken
            good += len(text) - len(text.encode("ascii", "ignore")) - broken
    return good, bad


def _is_western(path: Path) -> bool:
    foreign = doubtful = 0
    with opened(path) as source:
        while block := source.read(_BLOCK):
            text = block.decode(WESTERN, "replace")
            foreign += len(text) - len(text.encode("ascii", "ignore"))
            doubtful += sum(len(found[0]) for found in _DOUBTFUL.finditer(text))
            if _EURO.search(text):
                return False
    return doubtful <= _DOUBT * foreign


def _likely(path: Path) -> str | None:
    """The encoding that the lines with foreign letters read best in."""
    from charset_normalizer import from_bytes

    with opened(path) as source:
        head = source.peek(_BLOCK)
    if line_end(head, quoted=True) == b"\r":
        return "mac_roman"
    lines = b"".join(line for line in head.splitlines(keepends=True) if not line.isascii())[: 64 << 10]
    best = from_bytes(lines, cp_isolation=list(_KNOWN), preemptive_behaviour=False).best()
    if _EURO.search(lines.decode(WESTERN, "replace")) and _only_euros(lines):
        return "iso8859_15"
    if best and best.encoding in _CYRILLIC:  # each of them reads the others as letters, but hardly as small ones after small ones
        return max(_CYRILLIC, key=lambda name: len(re.findall("[а-яё](?=[а-яё])", lines.decode(name, "replace"))))
    return best.encoding if best else None


def _only_euros(lines: bytes) -> bool:
    """Whether these bytes read like a Western European language but for the currency sign."""
    text = lines.decode("iso8859_15")
    doubtful = sum(len(found[0]) for found in _DOUBTFUL.finditer(text.replace("€", "")))
    return doubtful <= _DOUBT * max(1, len(text) - len(text.encode("ascii", "ignore")))
