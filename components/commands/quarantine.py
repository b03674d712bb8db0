"""`perdure quarantine`: refused rows that are encrypted at rest."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from components.commands.common import FILE, Call, shared
from components.errors import UsageError


@click.group("quarantine")
def quarantine() -> None:
    """Refused rows and files. With `quarantine.key` in params.yaml they are encrypted."""


@quarantine.command("key")
@click.argument("file", type=FILE)
@shared
def key(call: Call, file: Path) -> int:
    """Make a key and write it into FILE, for you alone. Keep a copy elsewhere: without it, nobody can open what it seals."""
    from components.privacy.sealing import make_key

    make_key(file)
    call.say(f"key in {file}; name it in params.yaml as `quarantine.key`, and keep a copy of it elsewhere")
    call.result({"key": str(file)})
    return 0


@quarantine.command("open")
@click.argument("file", type=FILE)
@click.option("--out", type=FILE, help="Write it there, for you alone [default: print it on stdout].")
@shared
def open_(call: Call, file: Path, out: Path | None) -> int:
    """Show what is in a sealed FILE, with the key that `quarantine.key` names."""
    from components.privacy.sealing import seal_of
    from components.settings import find_settings
    from components.storage import atomic_path

    settings, _ = find_settings(call.params, call.overrides)  # stdout is for the rows alone
    seal = seal_of(settings.quarantine.key)
    if seal is None:
        raise UsageError(
            f"{file} is sealed, and `quarantine.key` names no key", "Name it in params.yaml, or with --set quarantine.key=FILE."
        )
    if not file.is_file():
        raise UsageError(f"No such file: {file}", "Sealed files are in the folder quarantine of the workspace.")
    if out is None:
        if call.as_json:
            raise UsageError("--json needs --out: stdout carries the JSON", "Add --out FILE.")
        for content in seal.opened(file):
            sys.stdout.buffer.write(content)
        sys.stdout.flush()
        return 0
    with atomic_path(out) as temporary, open(temporary, "wb") as plain:
        for content in seal.opened(file):
            plain.write(content)
    call.say(f"opened into {out}; delete it when you are done")
    call.result({"file": str(out)})
    return 0
