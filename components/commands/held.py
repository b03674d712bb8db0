"""What `perdure run` says, loudly, when an experience of its stream was held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from components.commands.common import Call

if TYPE_CHECKING:
    from components.cycle.history import Entry


def held_lines(call: Call, entry: Entry, following: str | None, stops: bool) -> list[str]:
    """What was held and why, how to decide, and what becomes of the stream. following: the next experience, if any."""
    where = "" if str(call.workspace.root) == "workspace" else f" -w {call.workspace.root}"
    why = " ".join(entry["reasons"]) or "no reason was recorded"
    decide = " or ".join(f"`perdure {word} {entry['version']} --reason R{where}`" for word in ("approve", "reject"))
    if following is None:
        then = "What serves has not learned it."
    elif stops:
        then = f"The stream STOPS here, before {following} (rollout.after_held: stop); once decided, the same command continues."
    else:
        then = f"The next experience, {following}, is learned WITHOUT it (rollout.after_held: go_on)."
    return [
        click.style(f"  HELD: {entry['name']}, version {entry['version']}, waits for a person. Why: {why}", bold=True),
        f"    To decide: {decide}",
        click.style(f"    {then}", bold=True),
    ]
