"""`perdure labels`: the classes of what serves; rename one, or make one of several."""

from __future__ import annotations

import getpass

import click

from components.commands.common import Call, existing, exit_code

reason_option = click.option("--reason", required=True, help="The reason; it is written to the ledger and to MLflow.")


@click.group("labels")
def labels() -> None:
    """The classes of what serves: list them, rename one, or make one of several.

    To split a class, choose two new names and learn rows under them; the old name gets no more rows.
    """


@labels.command("list")
@existing
def list_(call: Call) -> int:
    """Show each class: rows learned, first experience, held-out cases, the names that it had, and classes that may be one."""
    from components.cycle.labels import alike, listed

    found = listed(call.workspace)
    if not found:
        call.say("nothing serves, so there are no classes yet; next: perdure cycle FILE")
    width = max([5, *(len(each.label) for each in found)])
    if found:
        call.say(f"{'class':<{width}}  {'rows':>7}  {'held out':>8}  first in")
    for each in found:
        call.say(f"{each.label:<{width}}  {each.rows:>7,}  {each.heldout:>8,}  {each.first}")
        for old in each.was:
            call.say(f"{'':<{width}}  was {old.name!r} until cycle {old.cycle} ({old.by}: {old.reason})")
    doubtful = alike(found)
    for doubt in doubtful:
        call.say(f"in doubt: {doubt}")
    call.result({"labels": [each.as_dict() for each in found], "in_doubt": [str(doubt) for doubt in doubtful]})
    return 0


@labels.command("rename")
@click.argument("old")
@click.argument("new")
@reason_option
@existing
def rename(call: Call, old: str, new: str, reason: str) -> int:
    """Call the class OLD by the name NEW from now on, in everything that was learned and in the cases it is tested on.

    It is a cycle of its own, with a version and its evidence; no row is learned. Rows that still come as OLD are learned as NEW.
    `perdure rollback` undoes it.
    """
    return _act(call, (old,), new, reason, merges=False)


@labels.command("merge")
@click.argument("names", nargs=-1, required=True, metavar="OLD… NEW")
@reason_option
@existing
def merge(call: Call, names: tuple[str, ...], reason: str) -> int:
    """Make one class of several: every OLD is NEW from now on. NEW may be one of the classes or a new name.

    It is a cycle of its own, with a version and its evidence; no row is learned. Rows that still come as OLD are learned as NEW.
    `perdure rollback` undoes it.
    """
    return _act(call, names[:-1], names[-1], reason, merges=True)


def _act(call: Call, old: tuple[str, ...], new: str, reason: str, *, merges: bool) -> int:
    """Run the cycle of an act, or go on with one that was cut short."""
    from components.commands.run import run_one
    from components.control.actions import refuse_empty
    from components.cycle.labels import asked, refuse_impossible
    from components.cycle.plan import acting, attempt, attempts
    from components.cycle.records import Records
    from components.governance.wishes import claimed
    from components.privacy.replace import redact

    refuse_empty(reason)
    act = asked(old, new, reason=redact(reason.strip()), by=claimed(getpass.getuser()))
    records, planned = Records(call.workspace), acting(act)
    made = attempts(planned.cycle, records)
    if not made or records.decided(made[-1]):  # else one was cut short, perhaps when it served already
        refuse_impossible(call.workspace, act, merges=merges)
    planned = attempt(planned, records, again=True)
    entry = run_one(call, call.settings(), planned, act.told)
    if entry["verdict"] == "promoted":
        call.say('next: perdure labels list; to undo it: perdure rollback --reason "..."')
    call.result({**entry, "names": dict(act.names)})
    return exit_code([entry["verdict"]])
