"""What happens to a version: it is concluded or rolled back to, and a person asks for it to be approved or rejected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from components.contracts import Clock, Outcome
from components.control.authority import alone, consult
from components.control.champion import Mover, finish, key_of_move, last_move, move, moving, refuse_other, told_of_move
from components.errors import BusyError, RefusedError, UsageError
from components.governance.entries import Entry
from components.governance.rules import go_back, leaves, obstacle
from components.governance.state import Known, LedgerState, Statement
from components.governance.wishes import digest_of_words, wishes_of
from components.registry.evidence import page_digest
from components.registry.registry import Registry
from components.storage import verify
from components.workspace import Workspace


def rollback(
    registry: Registry, to: str | None = None, *, actor: str, reason: str, now: Clock, instead_of: str | None = None
) -> Entry | None:
    """Go back to an earlier champion (default: the one before), with the whole learner it was then; None: it serves already.

    All that came after it is rolled back, too. A rollback to the one before that was cut short is finished when it is run again:
    it goes back no further. instead_of: the version that serves, as far as the caller knows. Raises RefusedError (rules.py),
    UsageError (no reason), IntegrityError (damaged), BusyError (another version serves by now).
    """
    refuse_empty(reason)
    with moving(registry, now) as mover:
        if to is None and _cut_short(mover):
            finish(mover)
            return last_move(mover)
        serves = mover.state.serving
        if instead_of and serves and serves.version != instead_of:
            raise BusyError(
                f"Version {serves.version} serves by now, and not version {instead_of}: somebody was faster",
                "`perdure status` shows what serves, `perdure audit log` why. Run the command again if it is still right.",
            )
        target = rollback_target(mover.state, to)
        if target == serves:
            finish(mover)
            return None
        evidence = {"left": leaves(mover.state, target)}
        return move(mover, "rolled_back", target.version, actor=actor, reason=reason, evidence=evidence)


def _cut_short(mover: Mover) -> bool:
    """Whether the last move is a rollback that MLflow has not shown yet."""
    if mover.agreed or not mover.state.last_move:
        return False
    last = last_move(mover)
    since = mover.authority.ledger.rows(last.seq - 1)
    return last.kind == "rolled_back" and mover.observed.shown not in {row["hash"] for row in since}


def rollback_alone(workspace: Workspace, to: str | None = None, *, actor: str, reason: str, now: Clock) -> Entry | None:
    """The same while MLflow does not answer, or was lost: the next reconcile brings MLflow up to date."""
    refuse_empty(reason)
    with alone(workspace):
        authority = consult(workspace, rotate=True)
        target = rollback_target(authority.state, to)
        if target == authority.state.serving:
            return None
        folder = workspace.checkpoint(target.checkpoint)
        verify(folder)
        told = told_of_move(authority.state, folder, {"left": leaves(authority.state, target)})
        key = key_of_move(authority.state)
        entry = authority.ledger.append(
            "rolled_back", actor=actor, subject=target.version, evidence=told, reason=reason, now=now, key=key
        )
        refuse_other(entry, "rolled_back", target.version)
        authority.advanced(workspace)
        return entry


def rollback_target(state: LedgerState, to: str | None) -> Statement:
    """Where a rollback goes. Raises RefusedError."""
    target = go_back(state, to)
    if isinstance(target, str):
        there = [each.version for each in state.champions[:-1]]
        raise RefusedError(
            target, f"Versions to go back to: {', '.join(there)}." if there else "`perdure status` shows what serves."
        )
    return target


def conclude(
    registry: Registry,
    version: str,
    outcome: Outcome,
    *,
    actor: str,
    reason: str,
    now: Clock,
    page: Callable[[Outcome, str], str] | None = None,
) -> Known:
    """Record how a candidate's cycle ended. `promoted` makes it champion, or holds it if it may not become champion any more.

    page: makes the evidence page for an outcome and its reason. Its digest goes into the ledger, so that an approval is known to
    have been given on this page. Returns what the ledger says of the version then. A conclusion stands: of a version that is
    decided nothing is changed.
    """
    with moving(registry, now) as mover:
        known = mover.state.versions.get(version)
        if known is None:
            raise UsageError(f"The ledger does not know version {version}", "`perdure status` shows the versions.")
        if known.outcome is not None:
            finish(mover)
            return known
        if outcome == "promoted" and (why := obstacle(version, mover.state)):
            outcome, reason = "held", f"It passed, but may not become champion: {why}."
        told: dict[str, Any] = {"checkpoint": known.checkpoint}
        if page:
            mover.need(version)
            text = page(outcome, reason)
            registry.describe(version, text, outcome)
            told["page"] = page_digest(text)
        if outcome == "promoted":
            move(mover, "promoted", version, actor=actor, reason=reason, evidence=told)
        else:
            kind = "candidate_rolled_back" if outcome == "rolled_back" else outcome  # "rolled_back" is a move of the champion
            told["champion"] = mover.state.serving.version if mover.state.serving else None
            if outcome == "held":
                _void_early(mover, version)
            mover.append(kind, version, told, actor=actor, reason=reason, key=f"concluded:{version}:{known.checkpoint}")
            finish(mover)
        return mover.state.versions[version]


def _void_early(mover: Mover, version: str) -> None:
    """An approval that was given before there was evidence to read does not count."""
    mover.look([version])
    for wish in wishes_of(version, mover.observed.tags.get(version, {})):
        answer = mover.state.answers.get(wish.key)
        if wish.word == "approved" and (answer is None or answer.wish != wish.digest):
            problem = "It was given before the evidence was there. Read the page, and approve with another reason"
            told = {"wish": wish.digest, "tag": wish.tag, "asked_on": version}
            mover.append("refused", version, told, actor="perdure", reason=problem)


def ask(registry: Registry, version: str, approval: str, *, actor: str, reason: str, now: Clock) -> None:
    """Ask for a held version to be `approved` or `rejected`, as a person does in the MLflow UI; `reconcile` carries it out.

    Personal data in the reason give way to placeholders. Raises UsageError without a reason.
    """
    from components.privacy.replace import redact

    refuse_empty(reason)
    reason = redact(reason)
    registry.aliases()  # raises when the model belongs to another workspace
    at = now().isoformat(timespec="microseconds")  # the same words again are another wish
    given = digest_of_words(approval, reason.strip(), actor, at)
    registry.tag(version, {"approval": None})  # first: an older word must not meet this reason
    registry.tag(version, {"approval.reason": reason, "approval.by": actor, "approval.at": at, "approval.given": given})
    registry.tag(version, {"approval": approval})  # last: it is what the reconciler looks at


def refuse_empty(reason: str) -> None:
    """Raise UsageError for a reason that says nothing."""
    if not reason.strip():
        raise UsageError("A reason is required; this one is empty", 'Say why: --reason "..."')


def rewind(registry: Registry, checkpoint: str | None, *, actor: str, reason: str, now: Clock) -> None:
    """Go back to where a checkpoint serves (None: nothing), for a stream that is run again from its start.

    Nothing is changed when it serves already, or never served. Raises RefusedError when one of the versions that would be rolled
    back was not made by such a stream.
    """
    with moving(registry, now) as mover:
        state = mover.state
        target = next((each for each in reversed(state.champions) if each.checkpoint == checkpoint), None)
        if target == state.serving or (checkpoint and target is None):
            return
        left = leaves(state, target)
        if others := [version for version in left if version in state.versions and not state.versions[version].rebuilt]:
            raise RefusedError(
                f"Version {others[0]} serves in {registry.workspace.root}, and this stream did not make it",
                "Run the stream in another workspace (PERDURE_WORKSPACE).",
            )
        move(mover, "rolled_back", target.version if target else "", actor=actor, reason=reason, evidence={"left": left})
