"""What every command shares: options, the workspace and settings they name, output for people and for scripts."""

from __future__ import annotations

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

from components.environment import prepare_process

if TYPE_CHECKING:
    from components.contracts import Progress
    from components.settings import Settings
    from components.workspace import Workspace


@dataclass
class Call:
    """One call of the command: where it works and how it speaks."""

    workspace_root: Path
    params: Path | None  # as given; None: params.yaml here, if there is one
    overrides: tuple[str, ...]
    as_json: bool
    told: dict[str, str | None] = field(default_factory=dict, init=False)  # what stands in the JSON of every result

    @property
    def workspace(self) -> Workspace:
        from components.workspace import Workspace

        return Workspace(self.workspace_root)

    def settings(self, *defaults: str) -> Settings:
        """params.yaml with --set over it, and a line that says which file that is; --set may override `defaults` again."""
        from components.settings import find_settings

        found, path = find_settings(self.params, (*defaults, *self.overrides))
        if "settings" not in self.told:
            self.say(f"settings  {path or 'the defaults (no params.yaml here)'}")
            self.told["settings"] = None if path is None else str(path)
        return found

    def say(self, line: str = "") -> None:
        """A line for people: stdout, or stderr when stdout carries JSON."""
        click.echo(line, err=self.as_json)

    def result(self, value: dict[str, Any]) -> None:
        """The JSON object for scripts, with the settings file if the command read one; nothing without --json."""
        if self.as_json:
            click.echo(json.dumps({**value, **self.told}, allow_nan=False))

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
    """Add --json, --workspace, --params, --set and --debug, and hand the command a Call first."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout; everything else on stderr.")
    @click.option(
        "--workspace", "-w", type=FOLDER, help="Folder that holds everything [env PERDURE_WORKSPACE; default: workspace]."
    )
    @click.option("--params", type=FILE, help="Settings file [default: params.yaml here, else the defaults].")
    @click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="A setting for this call; repeatable.")
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
        if not debug:
            _quiet()
        root = workspace or Path(os.environ.get("PERDURE_WORKSPACE") or "workspace")
        return command(Call(root, params, overrides, as_json), *args, **options)

    return wrapped


def _quiet() -> None:
    """Library chatter stays out of the way; warnings that matter are raised as errors of our own."""
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
