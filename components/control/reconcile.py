"""Carry out what people asked for in MLflow, and undo what nobody is allowed to do. Safe to run twice, or never."""

from __future__ import annotations

from datetime import datetime

from components.control.actions import conclude
from components.control.champion import Mover, abandon, finish, move, moving, record
from components.errors import IntegrityError
from components.governance.decisions import SOMEONE, Abandon, Action, Explain, Finish, Follow, Promote, Reject, Restore, decide
from components.governance.state import Policy
from components.registry.registry import Registry
from components.workspace import Workspace


def reconcile(workspace: Workspace, policy: Policy, now: datetime) -> list[dict[str, str | None]]:
    """Compare registry and ledger and act. Returns one {"action", "version", "reason"} per action, [] if there was none."""
    registry = Registry(workspace)
    with moving(registry, now) as mover:
        actions = decide(registry.observe(), mover.recall(), policy)
        done = [_do(mover, action) for action in actions]
    return [{"action": name, "version": version, "reason": reason} for name, version, reason in filter(None, done)]


#: What was done, to which version, and why; None: nothing, because it was answered before.
Done = tuple[str, str | None, str] | None


def _do(mover: Mover, action: Action) -> Done:
    try:
        return _carry_out(mover, action)
    except IntegrityError as error:
        if not isinstance(action, Finish | Follow | Promote):
            raise
        return _refuse(mover, action, error.message)


def _carry_out(mover: Mover, action: Action) -> Done:
    registry, ledger, now = mover.registry, mover.ledger, mover.now
    match action:
        case Finish(begun):
            finish(mover, begun)
            return "finished", begun.version, f"a move of `champion` begun by {begun.actor} had been cut short"
        case Abandon(begun, reason):
            abandon(mover, begun, reason)
            return "abandoned", begun.version, reason
        case Follow(version, came_from, outcome):
            registry.fetch_checkpoint(version)
            if came_from and registry.find(came_from):
                registry.set_alias("previous", came_from)
            reason = (
                f"`champion` was moved here from version {came_from} in MLflow"
                if came_from
                else "`champion` was set here in MLflow"
            )
            record(mover, outcome, version, came_from, SOMEONE, reason, key=f"followed-after:{mover.recall().last_seq}")
            return outcome, version, reason
        case Restore(version, moved_to, reason):
            return _restore(mover, version, moved_to, reason)
        case Promote(version, actor, reason):
            registry.fetch_checkpoint(version)
            evidence = {
                "checkpoint": registry.checkpoint_of(version),
                "judged_against": registry.tags(version).get("judged_against"),
            }
            ledger.append(
                "approved", actor=actor, subject=version, evidence=evidence, reason=reason, now=now, key=f"approved:{version}"
            )
            move(mover, "promoted", version, actor, reason)
            return "promoted", version, reason
        case Reject(version, actor, reason):
            conclude(registry, version, "rejected", actor=actor, reason=reason, now=now)
            return "rejected", version, reason
        case Explain(version, problem):
            if registry.tags(version).get("approval.problem", "") == problem:
                return None
            registry.tag(version, {"approval.problem": problem or None})
            if problem:
                ledger.append("refused", actor="perdure", subject=version, evidence={}, reason=problem, now=now)
                return "refused", version, problem
            return "cleared", version, "the tag `approval.problem` no longer applies"


def _refuse(mover: Mover, action: Finish | Follow | Promote, problem: str) -> Done:
    """A version whose checkpoint is damaged may not serve, whoever asked for it."""
    match action:
        case Finish(begun):
            abandon(mover, begun, problem)
            return "abandoned", begun.version, problem
        case Follow(version, came_from, _):
            return _restore(mover, came_from, version, problem)
        case Promote(version):
            return _carry_out(mover, Explain(version, problem))


def _restore(mover: Mover, version: str | None, moved_to: str | None, reason: str) -> Done:
    """Put `champion` back. If the ledger's champion is gone, the one before it serves from now on, and the ledger says so."""
    state = mover.recall()
    kind = "reverted" if version == state.champion else "champion_moved"
    evidence = {"moved_to": moved_to, "from": state.champion}
    entry = mover.ledger.append(kind, actor="perdure", subject=version or "", evidence=evidence, reason=reason, now=mover.now)
    mover.registry.set_alias("champion", version)  # recorded first: a kill in between records it twice rather than never
    mover.registry.note_head(entry.hash)
    return "restored", version, reason
