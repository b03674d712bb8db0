"""The one authority on what serves: the workspace's ledger, verified before it is believed.

ledger.seen.json in the workspace holds the last entry that was verified and the state it led to. What follows is verified
from there, and a ledger that was cut off, replaced or rewritten is noticed. Whoever acts finds the way out in the error; nothing
is changed until then, and what serves goes on serving.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.errors import IntegrityError, LedgerError, UnavailableError
from components.governance.entries import CHAMPION_KINDS, GENESIS, Entry, from_row, unchanged, walk
from components.governance.ledger import Ledger, cut_off
from components.governance.replay import replay
from components.governance.state import LedgerState, Statement
from components.registry.identity import identity
from components.storage import digest_json, locked, read_json, write_json
from components.workspace import Workspace

#: Rows of the past that are verified again each time; a ledger of at most so many is always verified whole.
WINDOW = 1000
WAY_OUT = (
    "Nothing was changed, and what serves goes on serving. `perdure audit verify` lists every problem. Restore the ledger from a"
    ' backup, or correct PERDURE_LEDGER_URL; `perdure audit accept --reason "..."` continues in spite of it, and records that.'
)


@dataclass(frozen=True)
class Authority:
    """A verified ledger, and what it says."""

    ledger: Ledger
    state: LedgerState

    def advanced(self, workspace: Workspace) -> Authority:
        """The same after what was appended since. Raises LedgerError when that does not continue what was verified."""
        walked = _walked(self.ledger, self.state.seq, None, self.state.hash)
        if problem := next((problem for _, problem in walked if problem), None):
            raise LedgerError(f"The ledger at {self.ledger.name} cannot be trusted: {problem}", WAY_OUT)
        state = replay((from_row(row) for row, _ in walked), self.state)
        note_seen(workspace, Seen(state, seen_of(workspace).checked))
        return Authority(self.ledger, state)


@dataclass(frozen=True)
class Seen:
    """What was verified last, and the entry up to which the past has been verified again since."""

    state: LedgerState
    checked: int = 0


@contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """Keep other movers of this workspace out for a block. Raises UnavailableError where the workspace can only be read."""
    if workspace.root.exists() and not os.access(workspace.root, os.W_OK):
        raise UnavailableError(f"{workspace.root} can only be read here", "Run the command where the workspace can be written.")
    with locked(workspace.root / ".moving.lock"):
        yield


def consult(workspace: Workspace, *, rotate: bool = False) -> Authority:
    """Verify what is new in the ledger and say what it leads to. Raises LedgerError, UnavailableError.

    rotate: verify a part of the past again as well, each time the next one. Without a ledger, the state is empty.
    """
    ledger, seen = Ledger(workspace.ledger_url), seen_of(workspace)
    state, problems = examine(ledger, seen, rotate)
    refuse_another(state, ledger, workspace)
    if problems:
        more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
        raise LedgerError(f"The ledger at {ledger.name} cannot be trusted: {problems[0]}{more}", WAY_OUT)
    if not seen.state.seq:  # never looked at here: only the head noted in MLflow says whether it is the right one
        _ask_mlflow(workspace, ledger, state)
    checked = _next(seen.checked, seen.state.seq) if rotate else seen.checked
    if (state.seq, checked) != (seen.state.seq, seen.checked) and os.access(workspace.root, os.W_OK):
        note_seen(workspace, Seen(state, checked))
    return Authority(ledger, state)


def _ask_mlflow(workspace: Workspace, ledger: Ledger, state: LedgerState) -> None:
    """Raise LedgerError when MLflow agreed with another ledger. A copy that can only be read, or has no MLflow, asks nobody."""
    there = workspace.mlflow_file or workspace.root / "workspace.json"  # a team's server is asked once the workspace has a name
    if not there.exists() or not os.access(workspace.root, os.W_OK):
        return
    from components.registry.registry import Registry

    noted = Registry(workspace).noted_head()
    if noted and not ledger.holds(noted) and cut_off(noted) not in state.accepted:
        raise LedgerError(f"The ledger at {ledger.name} cannot be trusted: {cut_off(noted)}", WAY_OUT)


def serving(workspace: Workspace) -> Statement | None:
    """What serves, by the ledger; None when nothing does. Raises LedgerError, UnavailableError."""
    return consult(workspace).state.serving


def examine(ledger: Ledger, seen: Seen, rotate: bool = False) -> tuple[LedgerState, list[str]]:
    """The state after what is new in a ledger, and every problem that nobody accepted. A missing guard is never accepted."""
    known, unguarded, problems = seen.state, ledger.unguarded(), list[str]()
    if known.seq and _hash(ledger.row(known.seq)) != known.hash:
        what = f"entry {known.seq} is not the one that was seen here" if ledger.head() != GENESIS else "it has no entries"
        return known, [f"{what}: {cut_off(known.hash)}", *unguarded]
    if known.serving and not _says(ledger.row(known.serving.seq), known.serving):
        problems.append(f"entry {known.serving.seq} does not say that version {known.serving.version} serves")
    entries: list[Entry] = []
    for row, problem in _walked(ledger, known.seq, None, known.hash):
        if problem is None:
            entries.append(from_row(row))
        else:
            problems.append(problem)
    whole = known.seq <= WINDOW
    if whole or rotate:
        start = 0 if whole else seen.checked
        before = _hash(ledger.row(start)) if start else GENESIS
        until = min(start + WINDOW, known.seq)
        problems += [problem for _, problem in _walked(ledger, start, until, str(before)) if problem]
    state = replay(entries, known)
    return state, [*(problem for problem in problems if problem not in state.accepted), *unguarded]


def refuse_another(state: LedgerState, ledger: Ledger, workspace: Workspace) -> None:
    """Raise LedgerError when the ledger belongs to another workspace."""
    if state.owner and (mine := identity(workspace).id) and mine != state.owner:
        raise LedgerError(
            f"The ledger at {ledger.name} belongs to the workspace {state.owner}, and {workspace.root} is {mine}",
            "Nothing was changed. Correct PERDURE_LEDGER_URL: each workspace has a ledger of its own. If workspace.json was lost"
            " or replaced, restore it: it holds the id.",
        )


def seen_of(workspace: Workspace) -> Seen:
    """What was verified last. Raises IntegrityError when its file was changed."""
    path = _file(workspace)
    if not path.is_file():
        return Seen(LedgerState())
    value = read_json(path)
    try:
        seal = value.pop("seal")
        if seal == digest_json(value):
            return Seen(LedgerState.from_dict(value["state"]), value["checked"])
    except (AttributeError, KeyError, TypeError):
        pass  # said below: whatever the file holds, it is not what was written
    raise IntegrityError(
        f"{path} was changed",
        "Move it away: the whole ledger is verified then, against the head noted in MLflow. Nothing was changed.",
    )


def note_seen(workspace: Workspace, seen: Seen) -> None:
    """Keep what was verified."""
    value = {"state": seen.state.as_dict(), "checked": seen.checked}
    write_json(_file(workspace), {**value, "seal": digest_json(value)})


def _file(workspace: Workspace) -> Path:
    return workspace.root / "ledger.seen.json"


def _next(checked: int, seq: int) -> int:
    return checked + WINDOW if checked + WINDOW < seq else 0


def _walked(ledger: Ledger, start: int, until: int | None, head: str) -> list[tuple[dict[str, Any], str | None]]:
    rows = list(ledger.rows(start, until))
    return [(rows[finding.count - 1], finding.problem) for finding in walk(rows, start, head)]


def _hash(row: Mapping[str, Any] | None) -> str | None:
    return row["hash"] if row else None


def _says(row: Mapping[str, Any] | None, statement: Statement) -> bool:
    if row is None or row["hash"] != statement.hash or not unchanged(row) or row["kind"] not in CHAMPION_KINDS:
        return False
    return row["kind"] == "continued" or row["subject"] == statement.version
