"""What follows from a promotion that its own cycle did not make: a version that was held and then approved is monitored, too."""

from __future__ import annotations

from components.contracts import Clock
from components.control.authority import consult
from components.cycle.records import Records
from components.cycle.run import run_step
from components.settings import Settings
from components.workspace import Workspace

#: Champions, counted from the present one, that are looked at: what was missed longer ago is history
_RECENT = 10


def follow_up(workspace: Workspace, settings: Settings, *, now: Clock) -> list[str]:
    """Run `monitor` for the champions that were promoted after their cycle had ended; returns their versions.

    Hold the workspace's lock. Safe to run again: what is done is not done twice.
    """
    records, done = Records(workspace), []
    state = consult(workspace).state
    for statement in state.champions[-_RECENT:]:
        known = state.versions.get(statement.version)
        cycle = known.cycle if known else None
        if cycle and records.exists(cycle) and records.decided(cycle) and _due(records, cycle):
            records.drop(cycle, "monitor")
            run_step("monitor", cycle, workspace, settings, now=now)
            done.append(statement.version)
    return done


def _due(records: Records, cycle: str) -> bool:
    """Whether the cycle ended without its version being promoted: it had nothing to monitor then."""
    if records.concluded(cycle).outcome == "promoted":
        return False
    return not records.done(cycle, "monitor") or records.monitored(cycle).status == "skipped"
