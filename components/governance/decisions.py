"""Reconciling: what to do about the wishes in MLflow's registry, and about aliases that differ. A pure truth table.

| a wish                                                      | then                                                 |
|-------------------------------------------------------------|------------------------------------------------------|
| answered before                                             | nothing                                              |
| approved, held, may become champion (rules.py)              | promoted                                             |
| approved, held, failed its gates; stale; revoked; unknown   | refused: the tag `approval.problem` says why         |
| rejected, held                                              | rejected                                             |
| about a version whose cycle is under way                    | waits                                                |
| rollback, to where a rollback may go (rules.py)             | rolled back                                          |
| rollback, to what serves                                    | refused: it must not come true after a later move    |
| anything else, or without a reason                          | refused                                              |

| the alias `champion`                                        | then                                                 |
|-------------------------------------------------------------|------------------------------------------------------|
| names what serves, or is absent because that is gone        | nothing                                              |
| differs, and MLflow had not been brought up to date         | set to what serves                                   |
| was moved to a version that served and may serve            | followed: a rollback                                 |
| was moved to a version that is promoted by its approval     | (the approval moves it)                              |
| was moved to any other version, or deleted                  | put back, and recorded                               |
"""

from __future__ import annotations

from dataclasses import dataclass

from components.governance.rules import go_back, obstacle
from components.governance.state import LedgerState
from components.governance.wishes import SOMEONE, Observed, Wish


@dataclass(frozen=True)
class Promote:
    """Carry out an approval."""

    wish: Wish


@dataclass(frozen=True)
class Reject:
    """Carry out a rejection."""

    wish: Wish


@dataclass(frozen=True)
class RollBack:
    """Go back to a version, as a wish or a moved alias (wish None) asks."""

    version: str
    actor: str
    reason: str
    wish: Wish | None = None


@dataclass(frozen=True)
class Refuse:
    """Answer a wish that cannot be carried out."""

    wish: Wish
    problem: str


@dataclass(frozen=True)
class Restore:
    """Put the alias `champion` back to what serves, and record that somebody had moved it."""

    moved_to: str | None
    reason: str


Action = Promote | Reject | RollBack | Refuse | Restore


def decide(observed: Observed, state: LedgerState, agreed: bool) -> Action | None:
    """The next thing to do; None when there is nothing. Each action leads to a state in which it is not decided again.

    agreed: MLflow had been brought up to date, so that an alias that differs was moved by somebody.
    """
    moved = _moved(observed, state) if agreed else None
    if isinstance(moved, RollBack):
        return moved  # taking something out of production comes first
    for wish in observed.wishes():
        if action := _answer(wish, state):
            return action
    return moved


def _moved(observed: Observed, state: LedgerState) -> RollBack | Restore | None:
    alias, serves = observed.champion, state.serving.version if state.serving else None
    if alias == serves or (alias is None and serves in observed.absent):  # what is gone from MLflow has no alias there
        return None
    if alias is None:
        return Restore(None, "the alias `champion` was deleted in MLflow")
    if serves and state.served(alias):
        return RollBack(alias, SOMEONE, f"the alias `champion` was moved from version {serves} to version {alias} in MLflow")
    return Restore(alias, f"the alias `champion` was moved to version {alias} in MLflow, but {_why_not(alias, state)}")


def _why_not(version: str, state: LedgerState) -> str:
    if why := obstacle(version, state):
        return why
    return "nobody approved it: set its tags `approval` and `approval.reason` instead, or `perdure approve`"


def _answer(wish: Wish, state: LedgerState) -> Action | None:
    known, answer = state.versions.get(wish.version), state.answers.get(wish.key)
    if answer and answer.wish == wish.digest:
        return None
    if known and known.outcome is None:
        return None  # its cycle is under way
    if _granted(wish, state):
        return None
    if problem := _problem(wish, state):
        return Refuse(wish, problem)
    if wish.tag == "rollback":
        return RollBack(wish.version, wish.actor, wish.reason, wish)
    return Promote(wish) if wish.word == "approved" else Reject(wish)


def _granted(wish: Wish, state: LedgerState) -> bool:
    """Whether the decision that is wished was made already."""
    known, made = state.versions.get(wish.version), {"approved": "promoted", "rejected": "rejected"}
    return wish.tag == "approval" and known is not None and known.outcome == made.get(wish.word)


def _problem(wish: Wish, state: LedgerState) -> str:
    """Why a wish cannot be granted; empty if it can."""
    if wish.tag == "approval" and wish.word not in ("approved", "rejected"):
        return f"`approval` takes `approved` or `rejected`, not `{wish.word[:80]}`"
    if not wish.reason:
        where = "in the tag `approval.reason`" if wish.tag == "approval" else "as the value of the tag `rollback`"
        return f"A reason is required, {where}"
    known = state.versions.get(wish.version)
    if known is None:
        return "The ledger does not know this version"
    if wish.tag == "rollback":
        target = go_back(state, wish.version)
        if target == state.serving:
            return "It serves already"  # answered now: it must not roll back what comes to serve later
        return target if isinstance(target, str) else ""
    if state.serving and state.serving.version == wish.version:
        return 'This version serves. To take it back: `perdure rollback --reason "..."`'
    if known.outcome != "held":
        return f"Only a held version can be {wish.word}; this one is {str(known.outcome).replace('_', ' ')}"
    if wish.word == "rejected":
        return ""
    if known.gate == "fail":
        return "It failed its gates; approval is for gates that were inconclusive. Correct the data and run a new cycle"
    why = obstacle(wish.version, state)
    return f"{why[:1].upper()}{why[1:]}" if why else ""
