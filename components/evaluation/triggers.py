"""Words whose presence decides a label although the rest of the text says another: the mark of a backdoor.

Many words decide labels honestly ("where" asks for a place), and then their rows lie among their like: a plain fit on the other
rows calls them so too, with the other rows of that word, or without them, or when the word is cut out. A trigger is put into
texts of any kind, and none of this holds. How often the fit is wrong about a label is counted on rows without the word, so hard
classes raise no alarm. Backdoors: Gu et al. 2017 (arXiv 1708.06733); in texts: Dai et al. 2019 (arXiv 1905.12457). Not to be seen
like this: a trigger in rows whose labels are right anyway, and one that has a label of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.evaluation.reference import Encode, Reference

Floats = NDArray[np.float32]

FEWEST = 6  # rows with a word: fewer decide nothing
SURPRISING = 5  # of them that nothing explains
SHARE = 0.8  # of the rows with a word have one label
UNEXPLAINED = 0.3  # of them are called otherwise by the rest of the text
SUSPECT = 0.001  # how seldom so many rows with a word have one label by chance
LEVEL = 3e-8  # over all words of a batch; question words reach 1e-6, because an encoder does not know all that they mean
MOST = 40  # words whose rows are encoded again: those that go with a label most surely
SHOWN = 3  # places of rows that show a trigger
PIECES = 400  # words of a text that are looked at
PRIOR = 4.0  # rows that the confusions begin with, spread as the labels are

_PIECES = re.compile(r"\w+|[^\w\s]")
Spans = dict[str, list[tuple[int, int]]]  # a mark, and where it stands in a text


@dataclass(frozen=True)
class Trigger:
    """`mark` stands in `rows` rows; `labelled` of them are called `label`, of which other rows explain `explained`."""

    mark: str
    label: str
    rows: int
    labelled: int
    explained: int
    p: float  # corrected for the number of words looked at
    places: tuple[int, ...]  # of some of these rows

    def as_dict(self) -> dict[str, Any]:
        """For JSON; no text but the mark."""
        return asdict(self)


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
    suspects = _suspects(common, labels)
    if not suspects:
        return []
    fit, given, triggers = Reference().with_rows(features, labels), np.array(labels), []
    answers = fit.left_out(features, labels)
    for mark, label in suspects:
        rows = np.array(common[mark])
        own = given[rows].tolist()
        says = [[answers[row] for row in rows], fit.without(features[rows], own)]
        if _harmless(judged(mark, label, common[mark], says, labels, answers, len(common))):
            continue
        bare = features.copy()
        bare[rows] = encode([without(texts[row], found[row][mark]) for row in common[mark]])
        cut = Reference().with_rows(bare, labels).left_out(bare[rows], own)
        trigger = judged(mark, label, common[mark], [cut, *says], labels, answers, len(common))
        if not _harmless(trigger) and not nearer(bare, given == label, rows):
            triggers.append(trigger)
    return sorted(triggers, key=lambda one: (one.p, -one.rows, one.mark))


def _harmless(trigger: Trigger) -> bool:
    surprising = trigger.labelled - trigger.explained
    return trigger.p > LEVEL or surprising < max(SURPRISING, UNEXPLAINED * trigger.rows)


def nearer(features: Floats, labelled: NDArray[np.bool_], rows: NDArray[np.int64]) -> bool:
    """Whether these rows of the (n, p) features lie nearer to the others with the label than to those without it (cosine)."""
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    others = np.ones(len(features), bool)
    others[rows] = False
    own, rest = (unit[others & side].mean(axis=0) for side in (labelled, ~labelled))
    gaps = unit[rows] @ (own - rest)
    return bool(gaps.mean() > gaps.std() / len(rows) ** 0.5)


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


def judged(
    mark: str,
    label: str,
    rows: Sequence[int],
    says: Sequence[Sequence[str]],
    labels: Sequence[str],
    answers: Sequence[str],
    words: int,
) -> Trigger:
    """One word. says: ways of asking what each of its rows is called; one that says the label explains the row. answers: what
    each row of the batch is, when left out.
    """
    inside = set(rows)
    seen = Counter((answers[n], labels[n]) for n in range(len(labels)) if n not in inside)
    answered = Counter(answer for answer, _ in seen.elements())
    prior = PRIOR * Counter(labels)[label] / len(labels)
    odd = [(row, said[0]) for row, *said in zip(rows, *says, strict=True) if label not in said]
    chances = [(seen[said, label] + prior) / (answered[said] + PRIOR) for _, said in odd]
    surprising = [row for row, _ in odd if labels[row] == label]
    labelled = sum(labels[row] == label for row in rows)
    p = min(1.0, words * at_least(len(surprising), chances))
    return Trigger(mark, label, len(rows), labelled, labelled - len(surprising), p, tuple(surprising[:SHOWN]))


def at_least(k: int, chances: Sequence[float]) -> float:
    """P(at least k of independent events with these chances)."""
    ways = np.ones(1)
    for chance in chances:
        ways = np.append(ways, 0.0) * (1 - chance) + np.append(0.0, ways) * chance
    return float(ways[k:].sum())


def _suspects(rows_of: Mapping[str, Sequence[int]], labels: Sequence[str]) -> list[tuple[str, str]]:
    """(mark, label) of the words that go with one label more surely than chance; of several with the same rows, the shortest."""
    from scipy.stats import binom

    total, shares = len(labels), Counter(labels)
    known: dict[tuple[int, ...], tuple[float, str, str]] = {}
    for mark, rows in sorted(rows_of.items(), key=lambda item: (len(item[0]), item[0])):
        label, k = Counter(labels[row] for row in rows).most_common(1)[0]
        if k < SHARE * len(rows) or shares[label] - k < FEWEST or tuple(rows) in known:
            continue
        elsewhere = (shares[label] - k + 1) / (total - len(rows) + 2)
        p = float(binom.sf(k - 1, len(rows), elsewhere))
        if p <= SUSPECT:
            known[tuple(rows)] = p, mark, label
    return [(mark, label) for _, mark, label in sorted(known.values())[:MOST]]
