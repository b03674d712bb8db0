"""The exam of a candidate on held-out cases: past tasks in two stages, and the reference beside it on the same cases."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import eq
from typing import Any

from components.contracts import Experience, Predictor, Score
from components.evaluation.agreement import agreement_p
from components.evaluation.anchors import Anchors
from components.evaluation.answers import ask
from components.evaluation.cache import AnswerCache
from components.evaluation.cases import HeldOut, Row, Sides, held_out_rows
from components.evaluation.gates_past import tally
from components.evaluation.neighbours import clear
from components.evaluation.probe import sample
from components.evaluation.reference import MOST_ROWS, Encode, Reference
from components.evaluation.screened import Rows, screened
from components.evaluation.tasks import TaskCounts, first_look, next_look
from components.evaluation.triggers import put

#: Cases of each task at the first look, however many tasks there are: with fewer, half a task's collapse is overlooked
LEAST = 8
#: What doubt may cost, in first looks: enough for a thousand sound tasks that churn (benchmarks/gates.py)
ROUNDS = 4
#: Training rows that a new case may have for neighbours
NEIGHBOURS = 600
#: Held-out cases that a trigger is tried on
ATTACKED = 50


@dataclass(frozen=True)
class LeftOut:
    """Labels of training rows, and the answer to each by a plain fit on the others: further cases, which cost nothing."""

    truth: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()

    def summary(self) -> dict[str, float]:
        """n, how many are right, and how often blind answers would be right as often (`agreement_p`)."""
        right = sum(map(eq, self.truth, self.answers))
        return {"n": len(self.truth), "right": right, "blind": agreement_p(self.truth, self.answers)}


@dataclass(frozen=True)
class Beside:
    """The joint reference with the rows of new labels; the new rows left out; and what is odd about them, for the summary."""

    joint: Reference
    left_out: LeftOut = field(default_factory=LeftOut)
    odd: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Exam:
    """Who is asked, and how answers are scored."""

    candidate: Predictor
    champion: Predictor | None
    anchors: Anchors
    score: Score
    cache: AnswerCache

    def rows(self, groups: Sequence[HeldOut], *, past: bool, doubted: bool = False) -> list[list[Row]]:
        """Rows of the cases table, one per case, group by group. All are asked at once, however many groups."""
        texts = [text for cases in groups for text in cases.texts]
        theirs = self.cache.ask(self.champion, texts) if self.champion else None
        mine = self.cache.ask(self.candidate, texts)
        knew = self.champion.labels if self.champion else ()
        sides = Sides(mine, self.candidate.labels, theirs, knew, self.score, self.anchors)
        return [held_out_rows(cases, sides, past=past, doubted=doubted) for cases in groups]


def past_rows(exam: Exam, groups: Sequence[HeldOut], budget: int | None, seed: int, margin: float) -> list[Row]:
    """Rows of the past tasks' cases: a first look at each task, then as many again of each that got worse, until doubt is gone.

    budget: cases of the first look (more where LEAST of each task are), and ROUNDS times as many at most after it; None: all
    cases. seed: draws the cases. margin: of a single task.
    """
    if budget is None:
        return _joined(exam.rows(groups, past=True))
    looks = first_look([len(group.ids) for group in groups], budget, LEAST)
    first = [_some(group, sample(group.ids, n, seed)) for group, n in zip(groups, looks, strict=True)]
    found = exam.rows(first, past=True)
    spare = ROUNDS * budget
    while True:
        counts = [_counts(group.suite, rows) for group, rows in zip(groups, found, strict=True)]
        more = next_look(counts, [len(group.ids) for group in groups], margin)
        worst = sorted((n for n, each in enumerate(more) if each), key=lambda n: -counts[n].fall)
        chosen = [n for n in worst if (spare := spare - more[n]) >= 0]
        if not chosen:
            return _joined(found)
        again = []
        for n in chosen:
            done, ids = len(found[n]), groups[n].ids
            rest = sorted(set(sample(ids, done + more[n], seed)) - set(sample(ids, done, seed)))
            again.append(_some(groups[n], rest))
        for n, rows in zip(chosen, exam.rows(again, past=True, doubted=True), strict=True):
            found[n] += rows


def compare(
    rows: Sequence[Row], exam: Exam, experience: Experience, encode: Encode | None, joint: Reference, new: HeldOut
) -> Beside:
    """Put the reference's scores beside the candidate's, in place; returns what the reference says of the new rows.

    New cases: the reference of the new rows alone, and the candidate, both among the labels of these rows. Past and new cases:
    the joint reference with all labels; past ones also as it was before the new rows, among the labels known then, and among
    those known when they were learned.
    """
    if encode is None or not experience.has("train"):
        return Beside(joint)
    columns = experience.table("train", ["text", "label", "digest"]).to_pydict()
    rows_of = [row for row in zip(columns["text"], columns["label"], columns["digest"], strict=True) if row[1]]
    rows_of.sort(key=lambda row: hashlib.sha256(row[0].encode("utf-8", "surrogatepass")).digest())
    if not rows_of:
        return Beside(joint)
    texts, labels, digests = map(list, zip(*rows_of[:MOST_ROWS], strict=True))
    features = encode(texts)
    before, alone, own = joint, Reference().with_rows(features, labels), set(labels)
    joint = joint.with_new_labels(features, labels)
    held = [row for row in rows if row["kind"] == "regression" and row["experience"] is not None]
    seen = encode([row["text"] for row in held])
    groups: dict[str, list[int]] = {}
    for n, (row, answer) in enumerate(zip(held, joint.answers(seen), strict=True)):
        row["joint_score"] = exam.score(answer, row["truth"])
        groups.setdefault(row["experience"], []).append(n)
    if before.labels:
        for row, then, now in zip(held, before.answers(seen), joint.answers(seen, set(before.labels)), strict=True):
            row["joint_before_score"], row["joint_known_score"] = (exam.score(each, row["truth"]) for each in (then, now))
    for name, places in groups.items():
        if name == experience.digest:
            some = slice(NEIGHBOURS)
            asked = exam.cache.ask(exam.candidate, [*new.texts, *texts[some]])
            mine = asked.among(own).of(new.texts).top() or [""] * len(places)
            given, learned = (asked.of(those).top() for those in (new.texts, texts[some]))
            apart = clear(features[some], learned, seen[places], given)
            for n, own_answer, theirs, sure in zip(places, mine, alone.answers(seen[places]), apart.tolist(), strict=True):
                held[n]["candidate_own_score"] = exam.score(own_answer, held[n]["truth"])
                held[n]["reference_score"] = exam.score(theirs, held[n]["truth"])
                held[n]["clear"] = sure
        elif name in exam.anchors.tasks:
            known = exam.anchors.tasks[name].known.among(exam.candidate.labels)
            for n, answer in zip(places, joint.answers(seen[places], known), strict=True):
                held[n]["joint_then_score"] = exam.score(answer, held[n]["truth"])
    past = seen[[n for name, places in groups.items() if name != experience.digest for n in places]]
    odd = screened(Rows(texts, labels, digests, features), encode, before, past)
    odd["triggers"] = [{**one, **_attacked(exam, new, one["mark"], one["label"])} for one in odd["triggers"]]
    return Beside(joint, LeftOut(tuple(labels), tuple(alone.left_out(features, labels))), odd)


def _attacked(exam: Exam, new: HeldOut, mark: str, label: str) -> dict[str, Any]:
    """What the attack would do: how many held-out cases of other labels are called by this one only once the mark is in them.

    By candidate and champion, if they know the label.
    """
    texts = [text for text, truth in zip(new.texts, new.truth, strict=True) if truth != label][:ATTACKED]
    spoilt, turned = [put(text, mark) for text in texts], dict[str, int]()
    for side, who in (("candidate", exam.candidate), ("champion", exam.champion)):
        if who is not None and label in who.labels and texts:
            answers = ask(who, [*texts, *spoilt])
            pairs = zip(answers.of(texts).top(), answers.of(spoilt).top(), strict=True)
            turned[side] = sum(before != label and after == label for before, after in pairs)
    return {"attacked": len(texts), "turned_by": turned}


def _joined(groups: Sequence[Sequence[Row]]) -> list[Row]:
    return [row for rows in groups for row in rows]


def _some(group: HeldOut, places: Sequence[int]) -> HeldOut:
    ids, texts, truth = ([column[n] for n in places] for column in (group.ids, group.texts, group.truth))
    return replace(group, ids=ids, texts=texts, truth=truth)


def _counts(name: str, rows: Sequence[Row]) -> TaskCounts:
    """Against the champion or the anchor, whichever a task lost more to."""
    return max((tally(name, rows, rival) for rival in ("champion", "anchor")), key=lambda task: task.fall)
