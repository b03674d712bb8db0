"""Carry out what people asked for in MLflow, and put back what nobody is allowed to change. Safe to run twice, or never."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.contracts import Clock
from components.control.actions import ask
from components.control.champion import Mover, finish, move, moving
from components.control.mirror import differences, gone, tags_of
from components.errors import IntegrityError, LedgerError, RefusedError, RegistryError
from components.governance.decisions import Action, Promote, Refuse, Reject, Restore, RollBack, decide
from components.governance.rules import leaves
from components.governance.wishes import Wish
from components.registry.evidence import page_digest
from components.registry.registry import PAGE, UNDER_WAY, Registry
from components.workspace import Workspace

Done = dict[str, str | None]


@dataclass(frozen=True)
class Reconciled:
    """done: one {"action", "version", "reason"} per act. lost: versions that the ledger knows and MLflow does not have.

    pages: versions whose evidence page was written before they were decided.
    """

    done: list[Done]
    lost: list[str]
    pages: list[str]


def reconcile(workspace: Workspace, now: Clock, registry: Registry | None = None) -> Reconciled:
    """Grant or refuse every wish, and make MLflow agree with the ledger.

    Raises LedgerError or RegistryError, and changes nothing, when ledger and registry cannot be trusted.
    """
    with moving(registry or Registry(workspace), now) as mover:
        return _settle(mover)


def answer(registry: Registry, version: str, approval: str, *, actor: str, reason: str, now: Clock) -> Reconciled:
    """Ask for a held version to be `approved` or `rejected`, and reconcile, before anybody else can ask for anything.

    Raises RefusedError while its cycle is under way: there is no evidence to decide on yet.
    """
    with moving(registry, now) as mover:
        known = mover.state.versions.get(version)
        if known and known.outcome is None:
            raise RefusedError(f"The cycle of version {version} is under way", "There is nothing to decide on before its end.")
        ask(registry, version, approval, actor=actor, reason=reason, now=now)
        mover.forget(version)
        mover.look([version])
        return _settle(mover)


def _settle(mover: Mover) -> Reconciled:
    done = _repair(mover) if mover.agreed else []
    for _ in range(2 * len(mover.observed.wishes()) + 4):  # each is decided once; without an end, nothing would stop it
        action = decide(mover.observed, mover.state, mover.agreed)
        if action is None:
            break
        done.append(_carry_out(mover, action))
    finish(mover)
    return Reconciled(done, gone(mover.state, mover.observed), _outdated(mover))


def _outdated(mover: Mover) -> list[str]:
    """Versions that were looked at and whose page says another stage than the ledger; those of old times say none."""
    stages = {version: tags[PAGE] for version, tags in mover.observed.tags.items() if PAGE in tags}
    known = mover.state.versions
    return [version for version, stage in stages.items() if version in known and stage != (known[version].outcome or UNDER_WAY)]


def _repair(mover: Mover) -> list[Done]:
    """Record which tags somebody changed; they are put back when MLflow is made to agree.

    That an answer no longer fits, because the wish beside it was changed, is no such change.
    """
    state = mover.state
    found = [each for each in differences(state, mover.observed) if each.version in state.versions]
    changed = [(each.version, [name for name in each.tags if name in tags_of(state.versions[each.version])]) for each in found]
    return [_put_back(mover, version, names) for version, names in changed if names]


def _put_back(mover: Mover, version: str, names: list[str]) -> Done:
    said = ", ".join(f"`{name}`" for name in names)
    reason = f"the tags {said} of version {version} were changed in MLflow and are put back"
    from components.privacy.replace import redact

    written = mover.observed.tags[version]
    found = {name: redact(written[name]) if name in written else None for name in names}
    mover.append("repaired", version, {"changed_to": found}, actor="perdure", reason=reason)
    return {"action": "repaired", "version": version, "reason": reason}


def _carry_out(mover: Mover, action: Action) -> Done:
    try:
        return _act(mover, action)
    except (LedgerError, RegistryError):
        raise
    except IntegrityError as error:  # a damaged checkpoint may not serve, whoever asked for it
        match action:
            case Promote(wish) | RollBack(_, _, _, Wish() as wish):
                return _act(mover, Refuse(wish, error.message))
            case RollBack(version):
                return _act(mover, Restore(version, f"the alias `champion` was moved to version {version}, but {error.message}"))
        raise


def _act(mover: Mover, action: Action) -> Done:
    match action:
        case Promote(wish):
            if problem := _doctored(mover, wish):
                return _act(mover, Refuse(wish, problem))
            asked = {**_asked(wish), "page": _page(mover, wish.version)}
            known = mover.state.versions[wish.version]
            evidence = {"checkpoint": known.checkpoint, "judged_against": known.judged_against, **asked}
            mover.append("approved", wish.version, evidence, actor=wish.actor, reason=wish.reason, key=f"approved:{wish.digest}")
            move(mover, "promoted", wish.version, actor=wish.actor, reason=wish.reason, evidence=asked)
            return {"action": "promoted", "version": wish.version, "reason": wish.reason}
        case Reject(wish):
            evidence = {**_asked(wish), "page": _page(mover, wish.version)}
            mover.append("rejected", wish.version, evidence, actor=wish.actor, reason=wish.reason)
            return {"action": "rejected", "version": wish.version, "reason": wish.reason}
        case RollBack(version, actor, reason, wish):
            left: dict[str, Any] = {"left": leaves(mover.state, mover.state.served(version)), **(_asked(wish) if wish else {})}
            move(mover, "rolled_back", version, actor=actor, reason=reason, evidence=left)
            return {"action": "rolled_back", "version": version, "reason": reason}
        case Refuse(wish, problem):
            mover.append("refused", wish.version, _asked(wish), actor="perdure", reason=problem)
            return {"action": "refused", "version": wish.version, "reason": problem}
        case Restore(moved_to, reason):
            serves = mover.state.serving.version if mover.state.serving else None
            mover.append("reverted", serves or "", {"moved_to": moved_to}, actor="perdure", reason=reason)
            finish(mover)
            return {"action": "restored", "version": serves, "reason": reason}


def _asked(wish: Wish) -> dict[str, str]:
    """What an entry says of the wish that it answers."""
    return {"wish": wish.digest, "tag": wish.tag, "asked_on": wish.version}


def _page(mover: Mover, version: str) -> str:
    """Digest of the evidence page that stands in MLflow now: what was to be seen by whoever decided."""
    return page_digest(mover.registry.description(version))


def _doctored(mover: Mover, wish: Wish) -> str:
    """Why an approval does not count: the page that it was given on is not the one that was written."""
    written = mover.state.versions[wish.version].page
    if written is None or _page(mover, wish.version) == written:
        return ""
    return (
        "Its evidence page in MLflow is not the one that was written: it was changed. `perdure registry rebuild` writes it again;"
        " read it, and approve with another reason"
    )
