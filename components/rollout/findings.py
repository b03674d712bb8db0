"""Whose fault it is that requests failed: the candidate's, the champion's, or neither's, that is the machine's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from components.rollout.latency import FEWEST, sign_p
from components.rollout.replay_test import Answer, Pair
from components.rollout.split import Arm

FAILURES = 0.01  # share of an arm's requests that may fail before anyone asks why
ALPHA = 0.05  # of the two-sided sign test that blames an arm; it must blame the same one on two gateways

Kind = Literal["sound", "trouble", "candidate", "champion"]


@dataclass(frozen=True)
class Finding:
    """What one attempt showed. sound: it can be judged; trouble: it says nothing of either arm; else the arm at fault."""

    kind: Kind
    what: str = ""


def suspects(answers: Sequence[Answer]) -> tuple[int, ...]:
    """Positions of the answers to ask again in pairs: all that failed, if an arm failed more than it may; else none."""
    if not (_many(answers, "candidate") or _many(answers, "champion")):
        return ()
    return tuple(index for index, answer in enumerate(answers) if answer.failed and answer.status != "unsent")


def examine(answers: Sequence[Answer], pairs: Sequence[Pair], *, champion: bool) -> Finding:
    """Whether an attempt can be judged, from its replay and its pairs: the suspects' texts, if there are any, asked of both arms.

    A failure says something of an arm only where the other one, asked the same text in the same moment, answered. So an arm is at
    fault if a sign test over the pairs in which exactly one failed says so. Without a champion there is nobody to compare with:
    then only what the candidate itself answered, an HTTP 500, counts, and silence is the machine's.
    """
    wrong = sum(answer.status == "wrong_version" for answer in answers)
    if wrong:
        return Finding("trouble", f"{wrong} of {len(answers)} requests were answered by a version that should not serve them")
    if not suspects(answers):
        return _comparable(answers, pairs, champion)
    failed = " and ".join(_failed(answers, arm) for arm in ("candidate", "champion") if _many(answers, arm))
    if not champion:
        own = sum(answer.status == "error" for answer in answers)
        return Finding("candidate" if own > FAILURES * len(_sent(answers, "candidate")) else "trouble", failed)
    counts = {
        "candidate": sum(pair.candidate.failed and not pair.champion.failed for pair in pairs),
        "champion": sum(pair.champion.failed and not pair.candidate.failed for pair in pairs),
    }
    for arm, other in (("candidate", "champion"), ("champion", "candidate")):
        if sign_p(counts[arm], counts[other]) <= ALPHA / 2:
            again = f"asked the same texts again, one after the other, it failed {counts[arm]} of {len(pairs)} times"
            return Finding(arm, f"{failed}; {again} where the {other} answered ({counts[other]} times the other way round)")  # type: ignore[arg-type]
    return Finding("trouble", f"{failed}; asked again in pairs, neither arm surely failed more than the other")


def _comparable(answers: Sequence[Answer], pairs: Sequence[Pair], champion: bool) -> Finding:
    unsent = sum(answer.status == "unsent" for answer in answers)
    if unsent > FAILURES * len(answers):
        return Finding("trouble", f"{unsent} of {len(answers)} requests could not be sent in time")
    answered = sum(not (pair.candidate.failed or pair.champion.failed) for pair in pairs)
    if champion and answered < max(FEWEST, len(pairs) / 2):
        return Finding("trouble", f"only {answered} of {len(pairs)} pairs of requests were answered: too few to compare")
    return Finding("sound")


def _sent(answers: Sequence[Answer], arm: Arm) -> list[Answer]:
    return [answer for answer in answers if answer.arm == arm and answer.status != "unsent"]


def _many(answers: Sequence[Answer], arm: Arm) -> bool:
    sent = _sent(answers, arm)
    return sum(answer.failed for answer in sent) > FAILURES * len(sent)


def _failed(answers: Sequence[Answer], arm: Arm) -> str:
    sent = _sent(answers, arm)
    return f"the {arm} failed to answer {sum(answer.failed for answer in sent)} of {len(sent)} requests"
