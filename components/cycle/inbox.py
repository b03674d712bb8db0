"""From the inbox to cycles: what is due is gathered, each batch becomes a cycle, and the batch notes what became of it.

The command and the nightly flow both do this; they differ in how they run a cycle.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from components.cycle.history import Entry
from components.cycle.plan import Planned, gathered
from components.errors import PerdureError, StoppedError, UnreadableFileError
from components.evaluation.suites import suites_of
from components.ingestion.batches import Taken, conclude, forget_events, give_up, read, resume
from components.ingestion.inbox import gather, give_back, seal_set_aside, still_open
from components.ingestion.ingest import RelabelledError, TooFewRowsError
from components.learning.choice.resolve import refuse_illegal
from components.settings import Settings
from components.workspace import Workspace

#: The code of the error for events that cannot be learned. Its class is in components.learning, which imports torch
DIVERGED = "diverged"
#: Runs one cycle. It holds the workspace's lock itself
Run = Callable[[Planned], Entry]


@dataclass
class WorkedOff:
    """What became of the inbox. `reason`: why nothing more is due. The others are by file, or by cycle.

    `returned`: too few good rows, they wait again. `unusable`: set aside in quarantine/inbox. `left`: something else is wrong,
    the next run tries again.
    """

    cycles: list[Entry] = field(default_factory=list)
    returned: dict[str, str] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    left: dict[str, Exception] = field(default_factory=dict)
    reason: str = ""


def work_off(
    workspace: Workspace,
    settings: Settings,
    now: datetime,
    run: Run,
    hold: Callable[[], AbstractContextManager[None]],
    everything: bool = False,
) -> WorkedOff:
    """Run the cycles of all batches that are open, then gather what is due and run these, until nothing more is.

    `hold`: locks the workspace for a block. `everything`: gather what is there as soon as it is enough for an experience. A
    batch that cannot be learned does not hinder the others. May be killed and run again, by any driver.
    """
    refuse_illegal(settings.learning)  # no batch is to blame for wrong settings
    suites_of(settings.gates)
    done = WorkedOff()
    with hold():
        resume(workspace)
        if settings.learning.texts == "never":
            forget_events(workspace)
        seal_set_aside(workspace, settings)
        before = still_open(workspace)
    for batch in before:
        _learn(batch, workspace, settings, run, hold, done)
    while True:
        with hold():
            found = gather(workspace, settings, now, everything)
            seal_set_aside(workspace, settings)
        done.unusable |= found.unusable
        if found.batch is None:
            done.reason = found.reason
            return done
        _learn(found.batch, workspace, settings, run, hold, done)


def _learn(
    batch: Taken,
    workspace: Workspace,
    settings: Settings,
    run: Run,
    hold: Callable[[], AbstractContextManager[None]],
    done: WorkedOff,
) -> None:
    """Run the cycle of a batch and note on the batch what became of it."""
    if read(batch.folder).batch.outcome:  # another driver was here meanwhile
        return
    planned = gathered(batch)
    try:
        entry = run(planned)
    except TooFewRowsError as error:
        with hold():
            give_back(batch, error, workspace, settings)
        done.returned[planned.cycle] = error.message
    except StoppedError:
        raise
    except Exception as error:  # noqa: BLE001 - it is kept, and said at the end
        if not (isinstance(error, PerdureError) and error.code in (DIVERGED, UnreadableFileError.code, RelabelledError.code)):
            done.left[planned.cycle] = error  # not the events' fault: the batch stays open
            return
        with hold():
            give_up(batch, error, workspace)
            seal_set_aside(workspace, settings)
        done.unusable[planned.cycle] = error.message
    else:
        with hold():
            conclude(batch, entry["verdict"])
            if settings.learning.texts == "never":
                forget_events(workspace)
        done.cycles.append(entry)
