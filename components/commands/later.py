"""Commands that are part of the design but not built yet: they report that and exit with 2."""

from __future__ import annotations

import click

from components.errors import UsageError


def _later(name: str, meanwhile: str) -> click.Command:
    @click.command(name, context_settings={"ignore_unknown_options": True})
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def command(arguments: tuple[str, ...]) -> None:
        raise UsageError(f"`perdure {name}` comes in a later release.", meanwhile)

    command.help = f"Comes in a later release. {meanwhile}"
    return command


erase = _later("erase", "Until then no command removes a person's rows from a checkpoint.")
study = _later("study", "Until then, `dvc exp run -S learning.head.width=500` compares settings.")
