"""Reconciling: what to do when the registry, where people act, and the ledger differ. A pure truth table.

| `champion` in the registry               | then                                                             |
|------------------------------------------|------------------------------------------------------------------|
| as the ledger says                       | nothing                                                          |
| at either end of an unfinished move      | the move is finished                                             |
| moved to a version that may serve        | followed: a promotion, or a rollback if it served before         |
| moved to any other version, or deleted   | put back where the ledger says (the last champion still there)   |

A version may serve if the ledger registered it with this checkpoint and gate result, and it was champion once, or is approved
and did not fail its gates, or passed them (policy `always`: approval is needed as well) and was not rejected since.

| `approval` of a version                                | then                                          |
|--------------------------------------------------------|-----------------------------------------------|
| approved, held, judged against the present champion    | promoted                                      |
| approved, held, judged against an older one            | refused as stale: run the cycle again         |
| approved, held, but failed its gates or not ours       | refused                                       |
| rejected, held                                         | rejected                                      |
| anything else that nobody can carry out                | refused; the tag `approval.problem` says why  |

Deciding twice on the same state gives the same actions; deciding on the state that they lead to gives none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from components.governance.state import LedgerState, Move, Policy, RegistryState, VersionState

#: The actor of what was done in the MLflow UI, which does not say by whom.
SOMEONE = "someone in MLflow"


@dataclass(frozen=True)
class Finish:
    """Finish a move of `champion` that was cut short."""

    move: Move


@dataclass(frozen=True)
class Abandon:
    """Close a move that was cut short and overtaken by events."""

    move: Move
    reason: str


@dataclass(frozen=True)
class Follow:
    """A person moved `champion` to a version that may serve: record it."""

    version: str
    came_from: str | None
    outcome: Literal["promoted", "rolled_back"]


@dataclass(frozen=True)
class Restore:
    """Put `champion` back to a version (None: remove it)."""

    version: str | None
    moved_to: str | None
    reason: str


@dataclass(frozen=True)
class Promote:
    """Carry out an approval."""

    version: str
    actor: str
    reason: str


@dataclass(frozen=True)
class Reject:
    """Carry out a rejection."""

    version: str
    actor: str
    reason: str


@dataclass(frozen=True)
class Explain:
    """Answer an approval that cannot be carried out, in the tag `approval.problem`; an empty answer removes an old one."""

    version: str
    problem: str


Action = Finish | Abandon | Follow | Restore | Promote | Reject | Explain


def decide(registry: RegistryState, ledger: LedgerState, policy: Policy) -> list[Action]:
    """What to do, in this order. The champion comes first: approvals are judged against the one that results."""
    actions, champion = _champion(registry, ledger, policy)
    for version in registry.versions:
        state = registry.find(champion)
        action = _approval(version, ledger, champion, state.checkpoint if state else None)
        if isinstance(action, Promote):
            champion = action.version
        if action and action != Explain(version.version, version.problem):
            actions.append(action)
    return actions


def may_serve(version: VersionState | None, ledger: LedgerState, policy: Policy) -> str:
    """Why `champion` may not be moved to a version by hand; empty if it may."""
    if version is None or version.version not in ledger.registered:
        return "the ledger does not know this version"
    known = ledger.registered[version.version]
    if (known.checkpoint, known.gate) != (version.checkpoint, version.gate):
        return "its tags `checkpoint` or `gate.status` were changed since it was registered"
    if version.version in ledger.champions:
        return ""
    if version.gate == "fail":
        return "it failed its gates"
    if _word(version) == "approved":
        return ""
    if version.outcome in ("rejected", "rolled_back") or _word(version) == "rejected":
        return "it was rejected"
    if version.gate != "pass":
        return "its gates were inconclusive and nobody approved it"
    return "nobody approved it, and every promotion needs approval" if policy == "always" else ""


def _champion(registry: RegistryState, ledger: LedgerState, policy: Policy) -> tuple[list[Action], str | None]:
    actions: list[Action] = []
    known = ledger.champion
    if move := ledger.pending:
        if registry.champion in (move.came_from, move.version) and registry.find(move.version):
            return [Finish(move)], move.version
        actions.append(Abandon(move, "`champion` was moved elsewhere, or the version deleted, before the move was finished"))
    if registry.champion == known:
        return actions, known
    if registry.champion is not None:
        obstacle = may_serve(registry.find(registry.champion), ledger, policy)
        if not obstacle:
            outcome: Literal["promoted", "rolled_back"] = "rolled_back" if registry.champion in ledger.champions else "promoted"
            return [*actions, Follow(registry.champion, known, outcome)], registry.champion
        reason = f"`champion` was moved to version {registry.champion}, but {obstacle}"
    else:
        reason = "the alias `champion` was deleted"
    target = next((version for version in reversed(ledger.champions) if registry.find(version)), None)
    if known is not None and target != known:
        reason = f"version {known} was deleted from the registry"
    if target == registry.champion:  # no champion left to restore, and none set
        return actions, target
    return [*actions, Restore(target, registry.champion, reason)], target


def _approval(version: VersionState, ledger: LedgerState, champion: str | None, champion_checkpoint: str | None) -> Action | None:
    word = _word(version)
    actor, reason = version.approval_by or SOMEONE, version.approval_reason or "no reason given"
    if (
        not word
        or (word == "approved" and version.outcome == "promoted")
        or (word == "rejected" and version.outcome == "rejected")
    ):
        return Explain(version.version, "")
    if word not in ("approved", "rejected"):
        return Explain(version.version, f"`approval` takes `approved` or `rejected`, not `{version.approval}`")
    if version.outcome is None:
        return None  # its cycle is still under way: wait for its end
    if version.version == champion:
        return Explain(
            version.version, "This version serves: to take it back, move `champion` to another version, or `perdure rollback`"
        )
    if version.outcome != "held":
        return Explain(version.version, f"Only a held version can be {word}; this one is {version.outcome.replace('_', ' ')}")
    if word == "rejected":
        return Reject(version.version, actor, reason)
    known = ledger.registered.get(version.version)
    if known is None or (known.checkpoint, known.gate) != (version.checkpoint, version.gate):
        return Explain(version.version, "The ledger does not know this version with this checkpoint and gate result")
    if version.gate == "fail":
        return Explain(
            version.version,
            "It failed its gates; approval is for gates that were inconclusive. Fix the data and run a new cycle",
        )
    if version.judged_against != champion_checkpoint:
        was, now = ((digest or "no champion")[:12] for digest in (version.judged_against, champion_checkpoint))
        return Explain(
            version.version, f"Stale: judged against {was}, but {now} serves now. Run the cycle again on the present champion"
        )
    return Promote(version.version, actor, reason)


def _word(version: VersionState) -> str:
    return (version.approval or "").strip().lower()
