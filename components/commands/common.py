"""What every command shares: options, the workspace and settings they name, output for people and for scripts."""

from __future__ import annotations

import difflib
import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from components.environment import keep_private, prepare_process

if TYPE_CHECKING:
    from components.contracts import Progress
    from components.settings import Settings
    from components.workspace import Workspace


@dataclass
class Call:
    """One call of the command: its workspace, its settings and its output."""

    workspace_root: Path
    params: Path | None  # as given; None: params.yaml here, if there is one
    overrides: tuple[str, ...]
    as_json: bool
    in_every_result: dict[str, str | None] = field(default_factory=dict, init=False)  # added to the JSON of each result

    @property
    def workspace(self) -> Workspace:
        from components.workspace import Workspace

        return Workspace(self.workspace_root)

    def settings(self, *defaults: str) -> Settings:
        """params.yaml, then `defaults`, then --set, each over the one before. Prints once which file was read."""
        from components.settings import find_settings

        settings, path = find_settings(self.params, (*defaults, *self.overrides))
        if "settings" not in self.in_every_result:
            self.say(f"settings  {path or 'the defaults (no params.yaml here)'}")
            self.in_every_result["settings"] = None if path is None else str(path)
        return settings

    def refuse_typos(self) -> None:
        """Raises UsageError for --params and --set that are wrong, also where the command has no use for them."""
        if self.params is not None or self.overrides:
            from components.learning.recipe import read_recipe
            from components.settings import find_settings

            read_recipe(find_settings(self.params, self.overrides)[0].learning)

    def need(self) -> None:
        """Raises UsageError where there is no workspace."""
        if not os.path.isdir(self.workspace_root):  # Path.is_dir raises OSError for a name that is too long
            from components.errors import UsageError

            hint = "Make one with `perdure demo`, `perdure run STREAM` or `perdure cycle FILE`, or name another with --workspace."
            near = [path.name for path in self.workspace_root.parent.glob("*") if path.is_dir()]
            close = difflib.get_close_matches(self.workspace_root.name, near, n=1)
            raise UsageError(
                f"There is no workspace {self.workspace_root}", f"Did you mean {close[0]!r}? {hint}" if close else hint
            )

    def say(self, line: str = "") -> None:
        """Print a line for people: on stdout, or on stderr when stdout carries JSON."""
        click.echo(line, err=self.as_json)

    def result(self, value: dict[str, Any]) -> None:
        """Print the JSON object for scripts, with the settings file if the command read one; nothing without --json."""
        if self.as_json:
            click.echo(json.dumps({**value, **self.in_every_result}, allow_nan=False))

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """A progress bar on stderr for the block; silent when stderr is not a terminal."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        columns = (
            TextColumn("  {task.description:<28}"),
            BarColumn(30),
            TextColumn("{task.fields[line]}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(title, total=None, line="")

            def update(done: int, total: int, line: str) -> None:
                bar.update(task, completed=done, total=total or None, line=line)

            yield update


FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


def now() -> datetime:
    return datetime.now(UTC)


def shared(command: Callable[..., object]) -> Callable[..., object]:
    """Add --json, --workspace, --params, --set and --debug, and hand the command a Call first. It may make the workspace."""
    return _shared(command, lambda call, named: None)


def existing(command: Callable[..., object]) -> Callable[..., object]:
    """Like `shared`, for a command that works on what is there: without the workspace it is refused. A team's ledger is there."""
    return _shared(command, lambda call, named: call.need() if named or not os.environ.get("PERDURE_LEDGER_URL") else None)


def looking(command: Callable[..., object]) -> Callable[..., object]:
    """Like `shared`, for a command that says what there is, and makes nothing: a workspace that was named must be there."""
    return _shared(command, lambda call, named: call.need() if named else None)


def _shared(command: Callable[..., object], check: Callable[[Call, bool], None]) -> Callable[..., object]:
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout and everything else on stderr.")
    @click.option(
        "--workspace", "-w", type=FOLDER, help="Folder for everything that is kept [env PERDURE_WORKSPACE; default: workspace]."
    )
    @click.option(
        "--params", type=FILE, help="Settings file [default: params.yaml in the current folder, else the built-in defaults]."
    )
    @click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a setting for this call; repeatable.")
    @click.option("--debug", is_flag=True, help="Show tracebacks and library logs.")
    @functools.wraps(command)
    def wrapped(
        *args: Any,
        as_json: bool,
        workspace: Path | None,
        params: Path | None,
        overrides: tuple[str, ...],
        debug: bool,
        **options: Any,
    ) -> object:
        prepare_process()
        keep_private()
        if not debug:
            _quiet()
        named = workspace or os.environ.get("PERDURE_WORKSPACE")
        call = Call(Path(named or "workspace"), params, overrides, as_json)
        check(call, bool(named))
        call.refuse_typos()
        return command(call, *args, **options)

    return wrapped


def _quiet() -> None:
    """Silence the warnings of libraries. Those that matter are raised as our own errors."""
    import logging
    import warnings

    warnings.simplefilter("ignore")
    for name in (
        "mlflow",
        "alembic",
        "evidently",
        "great_expectations",
        "httpx",
        "transformers",
        "peft",
        "py.warnings",
        "presidio-analyzer",
    ):
        logging.getLogger(name).setLevel(logging.ERROR)


def exit_code(verdicts: list[str]) -> int:
    """3 when a gate or the traffic refused something, 4 when something waits for a person, else 0."""
    if any(verdict in ("rejected", "rolled_back") for verdict in verdicts):
        return 3
    return 4 if "held" in verdicts else 0


def style(verdict: str) -> str:
    """A verdict in colour for a terminal."""
    colour = {"promoted": "green", "held": "yellow"}.get(verdict, "red")
    return click.style(verdict.replace("_", " "), fg=colour) if sys.stdout.isatty() else verdict.replace("_", " ")
