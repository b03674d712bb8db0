"""What may become champion, and where a rollback goes. Pure truth tables.

| a version may become champion only if                                   | else                                      |
|-------------------------------------------------------------------------|-------------------------------------------|
| the ledger knows it                                                     | unknown                                   |
| nobody rejected it, and it was not rolled back                          | revoked: a new attempt is judged anew     |
| what serves now is what it was judged against                           | stale: a new attempt is judged anew       |
| nothing in its lineage was rejected or rolled back                      | revoked                                   |
| everything in its lineage that was ever a version was promoted          | a new attempt learns from what serves     |
| neither its checkpoint nor its experience was rejected or rolled back   | revoked                                   |
|     with another version after it was judged                            |                                           |

| rollback to         | when                                  | then                                                  |
|---------------------|---------------------------------------|-------------------------------------------------------|
| (no version named)  | another version served before         | to that one                                           |
| (no version named)  | nothing serves, or nothing before it  | refused                                               |
| what serves         |                                       | nothing changes                                       |
| a version           | it served, and was not rolled back    | to it; all that came after it is rolled back as well  |
| a version           | rejected, rolled back, held, unknown  | refused                                               |
"""

from __future__ import annotations

from collections.abc import Iterator

from components.governance.state import LedgerState, Statement


def again(cycle: str | None) -> str:
    """The way out for a version that may not serve: its cycle once more, from what serves now."""
    named = f'"{cycle}"' if cycle and " " in cycle else cycle or "CYCLE"
    return f"`perdure cycle {named} --again` learns its events again and judges the result anew"


def obstacle(version: str, state: LedgerState) -> str:
    """Why a version may not become champion now; empty if it may, or is."""
    if state.serving and state.serving.version == version:
        return ""
    known = state.versions.get(version)
    if known is None:
        return "the ledger does not know this version"
    if known.outcome in ("rejected", "rolled_back"):
        return f"it was {known.outcome.replace('_', ' ')}; {again(known.cycle)}"
    if state.served(version):
        return "it served before: go back to it with a rollback"
    serves = state.serving.checkpoint if state.serving else None
    if known.judged_against != serves:
        was, now = ((digest or "no champion")[:12] for digest in (known.judged_against, serves))
        return f"stale: it was judged against {was}, but {now} serves now; {again(known.cycle)}"
    if known.withdrawn:
        gone = f"what it learned was rejected or rolled back with version {known.withdrawn} after it was judged"
        return f"{gone}; {again(known.cycle)}"
    learned = [*lineage(version, state)]
    if revoked := next((digest for digest in learned if digest in state.revoked), None):
        return f"it learned from what was rejected or rolled back with version {state.revoked[revoked]}; {again(known.cycle)}"
    waits = {each.checkpoint: number for number, each in state.versions.items() if each.outcome in (None, "held")}
    served = {each.checkpoint for each in state.versions.values() if each.outcome == "promoted"}
    if waiting := next((digest for digest in learned if digest in waits and digest not in served), None):
        return f"it learned from version {waits[waiting]}, which was not promoted; {again(known.cycle)}"
    return ""


def lineage(version: str, state: LedgerState) -> Iterator[str]:
    """Digests of the checkpoints that a version descends from and of the experiences that they learned, without its own."""
    newest = {known.checkpoint: known for known in state.versions.values()}
    known = state.versions[version]
    yield from known.experiences
    seen = {known.checkpoint}
    while known.parent and known.parent not in seen:
        seen.add(known.parent)
        yield known.parent
        if known.parent not in newest:
            return
        known = newest[known.parent]
        yield from filter(None, (known.experience, known.content, *known.experiences))


def go_back(state: LedgerState, to: str | None = None) -> Statement | str:
    """What a rollback leads to, or why there is none."""
    if not state.serving:
        return "Nothing serves, so there is nothing to roll back"
    if to is None:
        return state.previous or f"Nothing served before version {state.serving.version}: there is nothing to go back to"
    if target := state.served(to):
        return target
    known = state.versions.get(to)
    if known is None:
        return f"The ledger does not know version {to}"
    if known.outcome in ("rejected", "rolled_back"):
        return f"Version {to} was {known.outcome.replace('_', ' ')}, and a rollback never returns to that; {again(known.cycle)}"
    return f"Version {to} never served"


def leaves(state: LedgerState, target: Statement | None) -> list[str]:
    """The versions that a rollback to `target` (None: to nothing) rolls back, the newest first."""
    kept = [each.version for each in state.champions]
    at = kept.index(target.version) + 1 if target else 0
    return kept[at:][::-1]
