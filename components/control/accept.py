"""Continue with a ledger that is damaged, or with another one: a person's explicit act, with a reason, recorded in the ledger."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from components.contracts import Clock
from components.control.actions import refuse_empty
from components.control.authority import Seen, alone, consult, examine, note_seen, refuse_another, seen_of
from components.control.champion import foreign
from components.control.mirror import make_agree
from components.errors import LedgerError, UsageError
from components.governance.entries import Entry
from components.governance.ledger import Ledger
from components.governance.replay import replay
from components.governance.state import LedgerState
from components.registry.registry import Registry


def accept(registry: Registry, *, actor: str, reason: str, now: Clock) -> Entry:
    """Append an entry that names every problem, and what served and was known when the ledger was last verified here.

    What serves goes on serving. Raises UsageError when there is nothing to accept, or without a reason; LedgerError for another
    workspace's ledger.
    """
    refuse_empty(reason)
    workspace = registry.workspace
    with alone(workspace):
        ledger, seen = Ledger(workspace.ledger_url), seen_of(workspace)
        present = ledger.verify()
        problems = [*present["problems"], *examine(ledger, seen)[1]]
        kept = seen.state if seen.state.seq else _of_rows(ledger)
        observed = registry.observe(kept.versions, whole=True)
        problems.append(foreign(ledger, kept, observed))
        refuse_another(kept, ledger, workspace)
        problems = list(dict.fromkeys(filter(None, problems)))
        if not problems:
            raise UsageError("The ledger is whole: there is nothing to accept", "`perdure audit verify` shows its head.")
        if not kept.champions and observed.champion:
            raise LedgerError(
                f"Nothing can be continued: neither {ledger.name} nor ledger.seen.json knows what served",
                "Restore one of them from a backup; a gateway that runs goes on serving. To begin anew, use another workspace.",
            )
        cut_short = [problem for problem in present["accepted"] if problem not in kept.accepted]  # accepted, and then a kill
        evidence: dict[str, Any] = {
            "problems": [*problems, *cut_short],
            "entries": present["entries"],
            "head": present["head"],
            "champions": [asdict(each) for each in kept.champions],
            "versions": {version: asdict(known) for version, known in kept.versions.items()},
            "revoked": dict(kept.revoked),
        }
        subject = kept.serving.version if kept.serving else ""
        entry = ledger.append("continued", actor=actor, subject=subject, evidence=evidence, reason=reason, now=now)
        ledger.guard()
        note_seen(workspace, Seen(replay([entry], kept)))
        registry.claim()
        make_agree(registry, consult(workspace).state, observed)
    return entry


def _of_rows(ledger: Ledger) -> LedgerState:
    """What the rows that are whole say, when nothing was verified here before."""
    return examine(ledger, Seen(LedgerState()))[0]
