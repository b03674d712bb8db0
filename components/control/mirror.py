"""MLflow's registry made to show what the ledger says: aliases, tags, and the answers to wishes.

The ledger is written first. What is interrupted in here, or refused by a server, is brought up to date by whoever comes next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from components.governance.state import Known, LedgerState
from components.governance.wishes import Observed, wishes_of
from components.registry.registry import Registry


@dataclass(frozen=True)
class Difference:
    """A version whose tags are not what the ledger says: the tags as they should be (None: absent)."""

    version: str
    tags: Mapping[str, str | None]


def aliases_of(state: LedgerState) -> dict[str, str | None]:
    """The aliases that MLflow should have, in the order in which they are set: `previous` before `champion`."""
    return {
        "previous": state.previous.version if state.previous else None,
        "champion": state.serving.version if state.serving else None,
        "candidate": state.candidate,
    }


def tags_of(known: Known) -> dict[str, str | None]:
    """The tags of a version that repeat what the ledger says."""
    return {
        "checkpoint": known.checkpoint,
        "gate.status": known.gate,
        "judged_against": known.judged_against or "",
        "experience": known.experience,
        "cycle": known.cycle,
        "outcome": known.outcome,
        "outcome.reason": known.reason[:1000] or None,
    }


def differences(state: LedgerState, observed: Observed) -> list[Difference]:
    """The versions in MLflow whose tags differ from the ledger, and by which tags."""
    found: list[Difference] = []
    for version, tags in observed.tags.items():
        known = state.versions.get(version)
        wanted = {**(tags_of(known) if known else {}), **_problems(version, tags, state)}
        wrong = {name: value for name, value in wanted.items() if (tags.get(name) or None) != (value or None)}
        if wrong:
            found.append(Difference(version, wrong))
    return found


def _problems(version: str, tags: Mapping[str, str], state: LedgerState) -> dict[str, str | None]:
    """`approval.problem` and `rollback.problem`: why the wish that is there was refused."""
    answers = {wish.tag: (wish.digest, state.answers.get(wish.key)) for wish in wishes_of(version, tags)}
    problems: dict[str, str | None] = {}
    serves = state.serving.version if state.serving else None
    for tag in ("approval", "rollback"):
        digest, answer = answers.get(tag, ("", None))
        known = answer.problem if answer and answer.wish == digest else ""
        if tag == "rollback" and answer and answer.wish == digest and not known and version != serves:
            known = "These words were carried out before: to roll back again, change them"
        problems[f"{tag}.problem"] = known or None
    return problems


def make_agree(registry: Registry, state: LedgerState, observed: Observed) -> Observed:
    """Set tags and aliases, and note last which entry they agree with; returns what is to be observed then.

    A version that is gone from MLflow gets no alias.
    """
    observed = registry.look(observed, [version for version in aliases_of(state).values() if version])
    tags = dict(observed.tags)
    for each in differences(state, observed):
        registry.tag(each.version, each.tags, known=tags[each.version])
        merged = {**tags[each.version], **each.tags}
        tags[each.version] = {name: value for name, value in merged.items() if value is not None}
    aliases = dict(observed.aliases)
    for alias, wanted in aliases_of(state).items():
        version = wanted if wanted in tags else None
        if aliases.get(alias) != version:
            registry.set_alias(alias, version)
        aliases.pop(alias, None)
        aliases |= {alias: version} if version else {}
    if observed.shown != state.shown and tags:
        registry.note_head(state.shown)
    return replace(observed, aliases=aliases, shown=state.shown if tags else observed.shown, tags=tags)


def gone(state: LedgerState, observed: Observed) -> list[str]:
    """Versions that the ledger knows, and that were looked for in MLflow and are not there."""
    return [version for version in state.versions if version in observed.absent]
