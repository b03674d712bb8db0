"""The gates on the new experience: was it learned, and can its labels be trusted? Pure.

An accuracy by itself says little: .43 may be all that sixty rows of twenty classes give, and .87 nothing but the larger class.
So what a candidate learned is judged against chance, against what the reference learns from these rows alone, and against the
champion, which never saw them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from components.contracts import Gate, GateStatus
from components.evaluation.agreement import agreement_p
from components.evaluation.bounded import difference_interval
from components.evaluation.contradictions import SURE, contradictions
from components.evaluation.gates_past import Claim, claim
from components.evaluation.statistics import Interval, needed_share, wilson
from components.settings import GateSettings

Row = Mapping[str, Any]

FEWEST = 10  # cases without which nothing is said about labels


def new_gates(
    rows: Sequence[Row],
    settings: GateSettings,
    new_labels: Collection[str] = (),
    left_out: Mapping[str, float] | None = None,
    past: Sequence[Row] = (),
) -> list[Gate]:
    """learned and label_noise, from the held-out cases of the new experience.

    new_labels: what the champion does not know. left_out: how a plain fit on the other training rows answers each of them
    (`exam.LeftOut`): not the candidate's answers, but they show whether the labels have anything to do with the texts.
    past: the past cases, which show how often the champion is surely wrong about these labels anyway.
    """
    truth, answers = ([row[name] for row in rows] for name in ("truth", "candidate_predicted"))
    apart = any(row.get("clear") is not None for row in rows)
    clear = [not apart or bool(row["clear"]) for row in rows]
    sure = [row["candidate_confidence"] >= SURE and (each or _seconded(row)) for each, row in zip(clear, rows, strict=True)]
    limit = settings.max_label_noise
    noise = label_noise(*contradictions(truth, answers, sure), limit, settings.alpha)
    if noise.status == "pass" and apart:  # nobody is sure of anything where all labels are mixed up
        mixed = label_noise(*contradictions(truth, answers, clear), min(1.0, 2 * limit), settings.alpha)
        noise = mixed if mixed.status == "fail" else noise
    if noise.status == "pass":
        labels = {row["truth"] for row in rows} - set(new_labels)
        noise = meaning(rows, past, labels, limit, settings.alpha) or noise
    return [
        learned(
            sum(row["candidate_correct"] for row in rows),
            truth,
            answers,
            claim("learned", "", rows, "candidate_own", "reference", settings.collapse_margin),
            claim("learned", "", rows, "candidate", "champion", 0.0),
            settings,
            left_out,
        ),
        noise,
    ]


def learned(
    correct: int,
    truth: Sequence[str],
    answers: Sequence[str],
    reference: Claim,
    champion: Claim,
    settings: GateSettings,
    left_out: Mapping[str, float] | None = None,
) -> Gate:
    """Fail if surely below the floor, surely worse than the reference or the champion; held if no better than chance.

    Better than chance are its answers to held-out cases, or those of a plain fit to left-out rows (half of alpha each): then the
    labels can be learned, and too few cases to show it of the candidate are no reason to hold it.

    reference: the candidate, and a fit on these rows alone, both among their labels. champion: the candidate and the champion.
    """
    n, alpha = len(truth), settings.alpha
    share = wilson(correct, n, 2 * alpha)
    said = f"The new experience is answered rightly in {shown(share)}"
    if not n:
        return Gate("learned", "inconclusive", "The new experience has no held-out case, so nothing shows that it was learned.")
    status: GateStatus = "pass"
    problems, needs = [], None
    if share.high < settings.min_learned:
        status, problems = "fail", [f"at least {settings.min_learned:g} is asked for"]
    elif share.estimate < settings.min_learned:
        status, problems = "inconclusive", [f"at least {settings.min_learned:g} is asked for"]
        needs = needed_share(share.estimate, settings.min_learned, alpha)
    against = difference_interval(reference.mine, reference.theirs, 2 * alpha)
    if against.n and against.high < -reference.margin:
        status = "fail"
        problems.append(
            f"a plain fit on its rows alone answers {-against.estimate:.3f} more of them, and {reference.margin:g} is allowed"
        )
    before = difference_interval(champion.mine, champion.theirs, 2 * alpha)
    if before.n and before.high < 0:
        status = "fail"
        problems.append(f"the champion, which never learned it, answers it better by {-before.estimate:.3f}")
    undecided = False
    if status == "pass":
        status, said_of_chance = _against_chance(truth, answers, left_out or {}, alpha)
        undecided = status == "pass" and bool(said_of_chance)
        problems += [said_of_chance] if said_of_chance else []
    if against.n and not problems:
        plain, own = float(reference.theirs.mean()), float(reference.mine.mean())
        said += f"; among its own labels in {own:.3f}, where a plain fit on its rows alone reaches {plain:.3f}"
    return Gate(
        "learned", status, f"{'; '.join([said, *problems])}.", share.estimate, share.low, share.high,
        settings.min_learned or None, n, undecided=undecided, needs=needs,
    )  # fmt: skip


def _against_chance(
    truth: Sequence[str], answers: Sequence[str], left_out: Mapping[str, float], alpha: float
) -> tuple[GateStatus, str]:
    """Whether the answers have anything to do with the truth, and what is to be said if they alone do not show it."""
    rows = left_out.get("n", 0)
    if len(set(truth)) < 2 or agreement_p(truth, answers) <= (alpha / 2 if rows else alpha):
        return "pass", ""
    said = "answers given blindly could be right as often"
    if rows and left_out["blind"] <= alpha / 2:
        right = f"{left_out['right']:.0f} of its {rows:.0f} training rows"
        return "pass", f"{said}, but a plain fit answers {right} rightly when each is left out, so they can be learned"
    return "inconclusive", f"{said}, so nothing shows that anything was learned"


def meaning(rows: Sequence[Row], past: Sequence[Row], labels: Collection[str], limit: float, alpha: float) -> Gate | None:
    """Held if the champion is surely of another opinion on too many of the cases of these labels, which it knows; else None.

    Too many of one label: surely more than `limit`, with alpha shared among the labels. Of all together: surely more than twice
    that. In both, as much again is allowed as the champion errs surely about the same labels in the past cases.
    """
    erred, usual = _surely_other(past, labels)
    everywhere = min(2 * limit, erred / usual) if usual >= FEWEST else 0.0  # at most as much again
    found = [_other_opinion("these labels", _surely_other(rows, labels), 2 * limit + everywhere, alpha)]
    for label in sorted(labels):
        erred, usual = _surely_other(past, [label])
        expected = min(2 * limit, erred / usual) if usual >= FEWEST else everywhere
        found.append(_other_opinion(repr(label), _surely_other(rows, [label]), limit + expected, alpha / len(labels)))
    return next((gate for gate in found if gate is not None), None)


def _other_opinion(named: str, counted: tuple[int, int], limit: float, alpha: float) -> Gate | None:
    changed, sure = counted
    interval = wilson(changed, sure, 2 * alpha)
    if sure < FEWEST or interval.low <= limit:
        return None
    reason = (
        f"The champion knows {named} and is sure of another label in {shown(interval)}; "
        f"above {limit:.2f} they may have changed meaning, or be wrong."
    )
    return Gate("label_noise", "inconclusive", reason, interval.estimate, interval.low, interval.high, limit, sure)


def _surely_other(rows: Sequence[Row], labels: Collection[str]) -> tuple[int, int]:
    """(cases of these labels that the champion is sure are of another, cases of them that it is sure of)."""
    sure = [row for row in rows if row["truth"] in labels and (row["champion_confidence"] or 0.0) >= SURE]
    return sum(row["champion_predicted"] != row["truth"] for row in sure), len(sure)


def _seconded(row: Row) -> bool:
    """Whether the champion, which never saw these labels, is sure of the candidate's answer."""
    return row["champion_predicted"] == row["candidate_predicted"] and (row["champion_confidence"] or 0.0) >= SURE


def label_noise(contradicted: int, trusted: int, limit: float, alpha: float) -> Gate:
    """Share of the candidate's answers that can be trusted and contradict the held-out label: fail if surely above `limit`."""
    interval = wilson(contradicted, trusted, 2 * alpha)
    status: GateStatus = "fail" if interval.low > limit and trusted >= FEWEST else "pass"
    reason = f"Where an answer can be trusted, the label is another in {shown(interval)}; above {limit:g} labels are not trusted"
    if trusted < FEWEST:
        reason += f", but {FEWEST} such cases are needed to say so"
    return Gate("label_noise", status, f"{reason}.", interval.estimate, interval.low, interval.high, limit, trusted)


def shown(interval: Interval) -> str:
    """A share with its interval in words."""
    return f"{interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}] of {interval.n} cases"
