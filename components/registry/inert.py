"""Texts of unknown origin as inert Markdown: no markup, links, HTML, line breaks or characters that nobody sees. Pure."""

from __future__ import annotations

import re
import unicodedata

#: Characters that are letters or marks to Unicode and nothing to the eye: fillers, joiners, variation selectors
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_MARKS = 4  # more marks than these on one character are a tower over the lines around it
#: Markdown's own characters, wherever they stand: those that a backslash makes plain both in CommonMark and in Showdown, by which
#: MLflow draws, in the dialect of GitHub
_MARKUP = re.compile(r"([\\`*_{}\[\]()#!|~=])")
#: The others by their number: HTML, mentions and mail addresses, formulas
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "$": "&#36;"}


def escape(text: object, width: int = 90) -> str:
    """A text as inert Markdown within one line or table cell; longer texts are cut."""
    return _inert(_cut(visible(text), width))


def answers(truth: object, champion: object, candidate: object, width: int = 30) -> list[str]:
    """An expected answer and two given ones, as cells beside each other: where the two differ, what is shown of them differs."""
    seen = [visible(text) for text in (truth, champion, candidate)]
    if _alike(*seen[1:]) and champion != candidate:  # they differ in blanks, or in how a letter is composed
        seen = [_spelled(str(text)) for text in (truth, champion, candidate)]
    start = 0
    if _cut(seen[1], width) == _cut(seen[2], width):
        differ = (n for n, (one, other) in enumerate(zip(seen[1], seen[2])) if one != other)
        start = max(0, next(differ, min(map(len, seen[1:]))) - width // 3)
    return [_inert(_cut(f"...{text[start:]}" if start else text, width)) for text in seen]


def visible(text: object) -> str:
    """One line, in which every character that steers or hides text is shown by its number: ‹U+202E›."""
    shown, marks = [], 0
    for character in " ".join(str(text).split()):
        category = unicodedata.category(character)
        marks = marks + 1 if category.startswith("M") else 0
        # C: control, format (bidi, zero width), surrogate, private, unassigned; Zl, Zp: line ends
        hidden = category[0] == "C" or category in ("Zl", "Zp") or marks > _MARKS or _UNSEEN.match(character)
        shown.append(f"‹U+{ord(character):04X}›" if hidden else character)
    return "".join(shown)


def _alike(one: str, other: str) -> bool:
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


def _spelled(text: str) -> str:
    """Every blank and every character beyond ASCII by its number."""
    return "".join("␣" if c == " " else c if "!" <= c <= "~" else f"‹U+{ord(c):04X}›" for c in text)


def row(*cells: object) -> str:
    """A table row of finished cells. The spaces are kept: MLflow draws the columns without any."""
    return f"| {'&ensp; | '.join(str(cell) for cell in cells)} |"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _inert(text: str) -> str:
    marked = _MARKUP.sub(r"\\\1", text)
    for character, entity in _ENTITIES.items():
        marked = marked.replace(character, entity)
    marked = re.sub(r"(?i)\bwww\.", lambda match: f"{match[0][:-1]}&#46;", marked)
    marked = re.sub(r":(?=//|[\w+\\-]+:)", "&#58;", marked)  # an address, an :emoji:
    return re.sub(r"^(\d*)([-+.])(?=[-\s]|$)", r"\1\\\2", marked)  # no list, no line across the page
