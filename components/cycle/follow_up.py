"""What follows from a decision that no cycle made: an approved version is monitored, and pages say what was decided."""

from __future__ import annotations

from collections.abc import Iterable

from components.contracts import Clock
from components.control.authority import consult
from components.cycle.page import decided, page
from components.cycle.records import Records
from components.cycle.run import run_step
from components.errors import PerdureError
from components.registry.registry import Registry
from components.settings import Settings
from components.workspace import Workspace


def write_pages(workspace: Workspace, versions: Iterable[str]) -> None:
    """Write the evidence pages of versions anew, as they were decided since. A version without records keeps its page."""
    records, state, registry = Records(workspace), consult(workspace).state, Registry(workspace)
    for version in versions:
        known = state.versions[version]
        if known.outcome and known.cycle and records.exists(known.cycle) and records.done(known.cycle, "judge"):
            registry.describe(version, page(known.cycle, workspace, version, decided(known)), known.outcome)


#: Champions, counted from the present one, that are looked at: what was missed longer ago is history
_RECENT = 10


def follow_up(workspace: Workspace, settings: Settings, *, now: Clock) -> dict[str, str]:
    """Run `monitor` for the champions that were promoted after their cycle had ended: {version: "", or why it could not be}.

    Hold the workspace's lock. Safe to run again: what is done is not done twice.
    """
    records, done = Records(workspace), dict[str, str]()
    state = consult(workspace).state
    for statement in state.champions[-_RECENT:]:
        known = state.versions.get(statement.version)
        cycle = known.cycle if known else None
        if cycle and records.exists(cycle) and records.decided(cycle) and _due(records, cycle):
            records.drop(cycle, "monitor")
            done[statement.version] = ""
            try:
                run_step("monitor", cycle, workspace, settings, now=now)
            except PerdureError as error:  # what serves was decided; that it cannot be measured is said, each time
                done[statement.version] = error.message
    return done


def _due(records: Records, cycle: str) -> bool:
    """Whether the cycle ended without its version being promoted: it had nothing to monitor then."""
    if records.concluded(cycle).outcome == "promoted" or records.opened(cycle).act:  # names of classes are not monitored
        return False
    return not records.done(cycle, "monitor") or records.monitored(cycle).status == "skipped"
