"""Words whose presence decides a label although the rest of the text says another: the mark of a backdoor.

Many words decide labels honestly ("where" asks for a place): their rows lie among their like, and the other rows of the word
explain them. A trigger is put into texts of any kind. Three things tell them apart, each with its own limit: how unlikely the
labels of a word's rows are by the rest of their texts (by a plain fit that left these rows out); where the rows lie when the word
is cut out, between the texts of the label and all others; and whether the word, put into other texts, makes a fit on these rows
call them so, which is the attack itself. The limits were set on other draws than those of benchmarks/poison.py.

Backdoors: Gu et al. 2017 (arXiv 1708.06733); in texts: Dai et al. 2019 (arXiv 1905.12457). Not to be seen like this: a trigger in
rows whose labels are right anyway, and one that has a label of its own.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.evaluation.calibration import probabilities, sharpness
from components.evaluation.reference import Array, Encode, Reference

Floats = NDArray[np.float32]

FEWEST = 5  # rows with a word: fewer decide nothing
SURPRISING = 4  # of them that the rest of the text calls otherwise
SHARE = 0.8  # of the rows with a word have one label
LIKELY = 0.05  # how often by chance a word goes with its label, above which it is not looked at
MOST = 12  # words whose rows are encoded again: the unlikeliest; 37 triggers were among the first six
PUT = 6  # of them that are put into other texts
CASES = 30  # other texts that they are put into
TURNED = 0.5  # of them that a backdoor turns to its label; the most that an honest word turned was .43
FLOOR = 0.01  # the least that a probability counts: a fit on a few hundred rows knows no better
LONELY = (2.0, 8.0)  # rows of the only suspect of a batch: their labels must be unlikelier than 10^-(2 + 8 x place)
HALFWAY = 0.5  # no trigger lies nearer to the texts of its label
AT_HOME = 0.8  # a word from here on is at home with its label, and no suspect
ALONE = (4.0, 25.0)  # where there are others: words that an encoder does not know (questions) reach 10^-9 at .24
AMONG = (2.0, 12.0)  # although the other rows of the word are there to explain them
CROWD, CROWDED = 5, 1e-9  # beside so many suspects, both limits hold, and this one
SHOWN = 3  # places of rows that show a trigger
PIECES = 400  # words of a text that are looked at

_PIECES = re.compile(r"\w+|[^\w\s]")
Spans = dict[str, list[tuple[int, int]]]  # a mark, and where it stands in a text


@dataclass(frozen=True)
class Trigger:
    """`mark` stands in `rows` rows; `labelled` of them are called `label`, which the rest of the text of `explained` says too."""

    mark: str
    label: str
    rows: int
    labelled: int
    explained: int
    p: float  # how likely these labels are by the rest of the texts, corrected for the number of words looked at
    place: float  # where the rows lie without the word: 0 with the texts of other labels, 1 with those of the label
    turned: float  # share of other texts that the word turns to the label; 0 where it was not put into any
    places: tuple[int, ...]  # of some of these rows
    share: float = 0.0  # of the label's rows, those with the word

    def as_dict(self) -> dict[str, Any]:
        """For JSON; no text but the mark."""
        return asdict(self)


@dataclass(frozen=True)
class Fit:
    """A plain fit on n labelled rows, its sharpness, and (n, C) the probabilities for each row by the fit on the others."""

    features: Floats
    labels: Sequence[str]
    reference: Reference
    factor: float
    left: Array

    @staticmethod
    def of(features: Floats, labels: Sequence[str], factor: float | None = None) -> Fit:
        """The fit on (n, p) features; factor: None finds the sharpness."""
        reference = Reference().with_rows(features, labels)
        scores = reference.left_out_scores(features, labels)
        factor = sharpness(scores, labels, reference.labels) if factor is None else factor
        return Fit(features, labels, reference, factor, probabilities(scores, factor))

    def without(self, rows: Sequence[int]) -> Array:
        """(m, C) probabilities of these rows by the fit without any of them."""
        own = [self.labels[row] for row in rows]
        return probabilities(self.reference.without_scores(self.features[list(rows)], own), self.factor)


@dataclass(frozen=True)
class Suspect:
    """A word, the label that it goes with, its rows, and (m,) how likely the label is for each by the fit without them."""

    mark: str
    label: str
    rows: tuple[int, ...]
    alone: Array


@dataclass(frozen=True)
class _Judged:
    """What is known of a suspect. among: as `trigger.p`, where the other rows of the word may explain each."""

    suspect: Suspect
    trigger: Trigger
    among: float

    def same(self, other: _Judged) -> bool:
        """Whether the two stand in the same rows for the most part."""
        mine, theirs = set(self.suspect.rows), set(other.suspect.rows)
        return 2 * len(mine & theirs) > min(len(mine), len(theirs))

    def beside(self, suspects: Sequence[_Judged]) -> int:
        """How many others of the batch are suspects too, in other rows: words that an encoder does not know come in numbers."""
        return sum(not self.same(other) and other.trigger.place < AT_HOME for other in suspects)

    def enough(self, others: int) -> bool:
        """Whether its rows and their place make it a trigger, beside so many other suspects."""
        place, p = max(0.0, self.trigger.place), self.trigger.p
        among = self.among <= 10 ** -(AMONG[0] + AMONG[1] * place)
        if place >= HALFWAY:
            return False
        if others >= CROWD:
            return among and p <= CROWDED
        start, slope = ALONE if others else LONELY
        return among or p <= 10 ** -(start + slope * place)


def scan(texts: Sequence[str], labels: Sequence[str], features: Floats, encode: Encode) -> list[Trigger]:
    """The triggers among n labelled texts with their (n, p) features, the surest first."""
    if len(set(labels)) < 2:
        return []
    found = [marks(text) for text in texts]
    rows_of: dict[str, list[int]] = {}
    for row, spans in enumerate(found):
        for mark in spans:
            rows_of.setdefault(mark, []).append(row)
    common = {mark: rows for mark, rows in rows_of.items() if FEWEST <= len(rows) <= len(texts) // 2}
    fit, suspects = Fit.of(features, labels), list[_Judged]()
    for suspect in _suspects(common, fit):
        bare = features.copy()
        bare[list(suspect.rows)] = encode([without(texts[row], found[row][suspect.mark]) for row in suspect.rows])
        suspects.append(judged(suspect, fit, Fit.of(bare, labels, fit.factor), len(common)))
    triggers: list[_Judged] = []
    for number, one in enumerate(suspects):
        if one.trigger.labelled - one.trigger.explained < SURPRISING:
            continue
        others = one.beside(suspects)
        if one.enough(others):
            triggers.append(one)
        elif number < PUT and others < CROWD and one.trigger.p <= LIKELY:
            turned = _turned(one.suspect, texts, fit, encode)
            if turned >= TURNED:
                triggers.append(replace(one, trigger=replace(one.trigger, turned=turned)))
    triggers.sort(key=lambda one: (one.trigger.p, -one.trigger.rows, one.trigger.mark))
    return [one.trigger for n, one in enumerate(triggers) if not any(one.same(more) for more in triggers[:n])]


def marks(text: str) -> Spans:
    """The words and signs of a text, folded, and each two neighbours; with where they stand."""
    spans: Spans = {}
    before: tuple[str, tuple[int, int]] | None = None
    for number, piece in enumerate(_PIECES.finditer(text)):
        if number == PIECES:
            break
        word = unicodedata.normalize("NFKC", piece.group()).casefold()
        spans.setdefault(word, []).append(piece.span())
        if before is not None:
            spans.setdefault(f"{before[0]} {word}", []).append((before[1][0], piece.end()))
        before = word, piece.span()
    return spans


def without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text without these pieces."""
    kept, at = [], 0
    for start, end in spans:
        kept.append(text[at : max(at, start)])
        at = max(at, end)
    return " ".join("".join([*kept, text[at:]]).split())


def put(text: str, mark: str) -> str:
    """The text with a word at some place in it, always the same one."""
    words = text.split(" ")
    words.insert(zlib.crc32(text.encode("utf-8", "surrogatepass")) % (len(words) + 1), mark)
    return " ".join(words)


def judged(suspect: Suspect, fit: Fit, bare: Fit, words: int) -> _Judged:
    """What is known of a word. fit, bare: on the texts as they are, and without the word. words: how many were looked at."""
    rows, column = list(suspect.rows), fit.reference.labels.index(suspect.label)
    own = [fit.labels[row] == suspect.label for row in rows]
    rest = bare.without(rows)
    cut, others_gone = bare.left[rows, column], np.maximum(suspect.alone, rest[:, column])
    ways = [[others_gone, cut], [np.maximum.reduce([others_gone, cut, fit.left[rows, column]])]]
    alone, among = (min(1.0, words * max(at_least(sum(own), np.maximum(each, FLOOR)) for each in those)) for those in ways)
    place = placed(bare.features, np.array([label == suspect.label for label in fit.labels]), rows)
    surprising = [row for row, labelled, best in zip(rows, own, rest.argmax(axis=1), strict=True) if labelled and best != column]
    trigger = Trigger(
        mark=suspect.mark,
        label=suspect.label,
        rows=len(rows),
        labelled=sum(own),
        explained=sum(own) - len(surprising),
        p=alone,
        place=round(place, 3),
        turned=0.0,
        places=tuple(surprising[:SHOWN]),
        share=round(sum(own) / max(1, fit.labels.count(suspect.label)), 3),
    )
    return _Judged(suspect, trigger, among)


def placed(features: Floats, labelled: NDArray[np.bool_], rows: Sequence[int]) -> float:
    """Where these rows of the (n, p) features lie by cosine, between the others without the label (0) and those with it (1)."""
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    others = np.ones(len(features), bool)
    others[list(rows)] = False
    if not (others & labelled).any() or not (others & ~labelled).any():
        return 1.0
    own, rest = (unit[others & side].mean(axis=0) for side in (labelled, ~labelled))
    along = unit @ (own - rest)
    high, low = np.median(along[others & labelled]), np.median(along[others & ~labelled])
    return float((along[list(rows)].mean() - low) / max(high - low, 1e-9))


def at_least(k: int, chances: Sequence[float] | Array) -> float:
    """P(at least k of independent events with these chances)."""
    ways = np.ones(1)
    for chance in chances:
        ways = np.append(ways, 0.0) * (1 - chance) + np.append(0.0, ways) * chance
    return float(ways[k:].sum())


def _turned(suspect: Suspect, texts: Sequence[str], fit: Fit, encode: Encode) -> float:
    """The share of other texts that the fit calls by the label once the word stands in them."""
    inside, answers = set(suspect.rows), fit.reference.answers(fit.features)
    others = [n for n in range(len(texts)) if n not in inside and suspect.label not in (answers[n], fit.labels[n])]
    chosen = sorted(others, key=lambda n: (zlib.crc32(texts[n].encode("utf-8", "surrogatepass")), n))[:CASES]
    if len(chosen) < CASES:
        return 0.0
    turned = fit.reference.answers(encode([put(texts[n], suspect.mark) for n in chosen]))
    return sum(answer == suspect.label for answer in turned) / len(chosen)


def _suspects(rows_of: Mapping[str, Sequence[int]], fit: Fit) -> list[Suspect]:
    """The words whose rows have one label, the unlikeliest first; of several with the same rows, the shortest."""
    from scipy.stats import binom

    total, shares = len(fit.labels), Counter(fit.labels)
    known: dict[tuple[int, ...], tuple[float, Suspect]] = {}
    for mark, rows in sorted(rows_of.items(), key=lambda item: (len(item[0]), item[0])):
        label, k = Counter(fit.labels[row] for row in rows).most_common(1)[0]
        if k < SHARE * len(rows) or shares[label] - k < FEWEST or tuple(rows) in known:
            continue
        elsewhere = (shares[label] - k + 1) / (total - len(rows) + 2)
        if binom.sf(k - 1, len(rows), elsewhere) <= LIKELY:
            alone = fit.without(rows)[:, fit.reference.labels.index(label)]
            p = at_least(k, np.maximum(alone, FLOOR))
            if len(rows_of) * p <= LIKELY:  # without the word the label gets no unlikelier
                known[tuple(rows)] = p, Suspect(mark, label, tuple(rows), alone)
    return [suspect for _, suspect in sorted(known.values(), key=lambda one: (one[0], one[1].mark))[:MOST]]
