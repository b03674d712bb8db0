"""`perdure status`: what serves, what waits for a person, and what is remembered."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from components.commands.common import Call, looking
from components.provenance import UNKNOWN, given_in, told


@click.command("status")
@looking
def status(call: Call) -> int:
    """Show champion, previous, candidate, canary, what waits for a person, and the memory of the champion."""
    from components.control.standing import standing as stand
    from components.storage import read_manifest

    standing = stand(call.workspace)
    champion, memory = standing["champion"], standing["memory"]
    experiences: list[str] = []
    recipe: dict[str, Any] | None = None
    given: Counter[str] = Counter()
    folder = call.workspace.checkpoints / str(champion["checkpoint"])
    if folder.is_dir():
        manifest = read_manifest(folder)
        experiences = manifest["experiences"]
        recipe = manifest.get("notes", {}).get("recipe")
        learned = (call.workspace.experience(digest) for digest in experiences)
        given = sum((given_in(each.manifest) for each in learned if each.path.is_dir()), Counter())
    inbox = sorted(path.name for path in call.workspace.inbox.glob("[!.]*.*")) if call.workspace.inbox.is_dir() else []
    value = {**standing, "experiences": len(experiences), "inbox": inbox, "provenance": dict(given)}
    value |= {"recipe": {key: recipe[key] for key in ("chosen", "reasons")}} if recipe else {}
    call.say(f"workspace  {call.workspace.root}")
    if champion["version"]:
        call.say(
            f"champion   version {champion['version']}, checkpoint {champion['checkpoint'][:12]}, "
            f"{len(experiences)} {'experience' if len(experiences) == 1 else 'experiences'} learned"
        )
        call.say(f"           since {champion['since'][:19]} UTC")
        if not folder.is_dir():
            call.say("           its checkpoint is missing here; the next command that needs it fetches it from MLflow")
        if recipe:
            call.say(f"recipe     {recipe['chosen']}: {'; '.join(recipe['reasons'])}")
    else:
        call.say("champion   none yet: make one with `perdure demo`, `perdure run STREAM` or `perdure cycle FILE`")
    for alias in ("previous", "candidate", "canary"):
        if standing[alias] and standing[alias]["version"]:
            call.say(f"{alias:<10} version {standing[alias]['version']}")
    for item in standing["waiting"]:
        if item in standing["stale"]:
            call.say(
                f"waiting    version {item}: `perdure reject {item} --reason R`; it cannot be approved: {standing['stale'][item]}"
            )
            continue
        call.say(f"waiting    version {item}: `perdure approve {item} --reason R`, or the tag `approval` in the MLflow UI")
    for line in (gates := gates_of(call, champion["version"])):
        call.say(f"gates      {line}")
    value |= {"gates": gates}
    if set(given) - {UNKNOWN}:
        call.say(f"labels     {told(given)}, of all that it learned")
    call.say(f"memory     {memory['rows']} rows, {memory['bytes'] / 1024:.0f} KB")
    if inbox:
        from components.ingestion.inbox import waiting

        there = waiting(call.workspace)
        value["events_waiting"] = there.rows
        call.say(f"inbox      {there.rows} events wait in {len(there.files)} files: `perdure cycle --inbox` gathers what is due")
    call.result(value)
    return 0


def gates_of(call: Call, version: str | None) -> list[str]:
    """What the champion's verdict left undecided, with the cases that it would take, and what is spent of the lifetime budget."""
    from components.control.authority import consult
    from components.cycle.history import lineage, without_acts
    from components.cycle.records import Records

    known = consult(call.workspace).state.versions.get(version or "")
    records = Records(call.workspace)
    if known is None or known.cycle is None or not records.done(known.cycle, "judge"):
        return []
    lines = []
    learned = without_acts(lineage(call.workspace, known.checkpoint), call.workspace)[-1:]
    counts = [call.workspace.experience(records.ingested(cycle).experience).manifest["counts"] for cycle in learned]
    each = max([1, *(int(count["heldout"]) for count in counts)])
    for gate in records.judged(known.cycle).gates:
        if gate.undecided and gate.needs:
            cycles = -(-max(1, gate.needs - gate.n) // each)
            when = "the next cycle" if cycles == 1 else f"{cycles:,} more cycles"
            lines.append(f"{gate.name} needs {gate.needs:,} held-out cases to decide, has {gate.n:,}: {when} at this rate")
        elif gate.name == "lifetime.pooled" and gate.estimate is not None and gate.margin:
            lines.append(f"{max(0.0, -gate.estimate) / gate.margin:.0%} of the lifetime budget is spent")
    return lines
