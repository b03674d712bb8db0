"""The `perdure` command: a thin layer over the steps. Each subcommand's module is imported only when it is called."""

from __future__ import annotations

import importlib
import json
import sys
from errno import ENOSPC
from typing import NoReturn

import click

from components import __version__
from components.errors import PerdureError, StoppedError, UnavailableError, UnexpectedError, UsageError

#: command -> (module in components.commands, one line of help). Kept here so that --help imports nothing.
COMMANDS = {
    "demo": ("demo", "Run the whole loop on a real public stream, with a poisoned batch and a rollback to try."),
    "run": ("run", "Learn every experience of a stream, one cycle after another."),
    "cycle": ("run", "Run one cycle on one file of events: learn, test, register, roll out, promote or refuse."),
    "step": ("run", "Run one step of a cycle by name (what `dvc repro` calls)."),
    "ingest": ("ingest", "Validate events into an experience; bad rows go to quarantine."),
    "quarantine": ("quarantine", "Open sealed files of refused rows, and make the key that they are sealed with."),
    "status": ("status", "Show the champion, the candidate, what waits for a person, and the memory."),
    "report": ("report", "Write the HTML report: curves, matrix, gates, lineage, cost against two baselines."),
    "approve": ("decide", "Approve a held version."),
    "reject": ("decide", "Reject a held version."),
    "labels": ("labels", "List the classes of what serves, rename one, or make one of several."),
    "rollback": ("decide", "Go back to an earlier champion: the whole learner, memory included."),
    "verify": ("verify", "Verify the checkpoints that serve or may serve, on the disk and in MLflow."),
    "registry": ("registry", "Make MLflow's registry again from checkpoints and ledger."),
    "reconcile": ("decide", "Carry out what people asked for in the MLflow UI."),
    "predict": ("serve", "Answer texts with the champion."),
    "serve": ("serve", "Serve the champion over HTTP; follows the ledger."),
    "ui": ("ui", "Start MLflow, Prefect and Evidently and print their addresses."),
    "audit": ("audit", "Read the ledger: verify the chain, list decisions, show what served at a time."),
    "erase": ("later", "Erase a person's rows: comes later."),
    "study": ("later", "Run hyperparameter studies: comes later."),
    "bench": ("bench", "Measure speed and accuracy: learning beside a plain loop and Avalanche, every method, and more."),
}


class _Lazy(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"components.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from components.settings import suggest

            raise click.UsageError(f"No command {args[0]!r}. {suggest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="perdure")
def perdure() -> None:
    """Lifelong fine-tuning with governance.

    A deployed model keeps learning without forgetting, and nothing changes in production that is not tested, approved,
    explained and reversible. Start with `perdure demo`.
    """


def main() -> None:
    """Entry point: runs a command and turns errors into a message, a hint and an exit code."""
    arguments = sys.argv[1:]
    as_json = "--json" in arguments
    debug = "--debug" in arguments
    try:
        code = perdure.main(args=arguments, standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _fail(StoppedError("Stopped. Nothing was lost: run the same command again to continue."), as_json)
    except click.ClickException as error:
        hint = "`perdure --help` lists the commands; `perdure COMMAND --help` lists their options."
        _fail(UsageError(error.format_message(), hint), as_json)
    except PerdureError as error:
        if debug:
            raise
        _fail(error, as_json)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:  # the last resort: a message, not a traceback
        if debug:
            raise
        if isinstance(error, OSError) and error.errno == ENOSPC:
            hint = "Free some space and run the command again; nothing was lost."
            _fail(UnavailableError("No space left on the disk.", hint), as_json)
        hint = "Run it again with --debug for the traceback, and please report it."
        _fail(UnexpectedError(f"{type(error).__name__}: {error}", hint), as_json)


def _fail(error: PerdureError, as_json: bool) -> NoReturn:
    if as_json:
        print(json.dumps(error.as_dict()))
    print(f"error: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  hint: {error.hint}", file=sys.stderr)
    sys.exit(error.exit_code)
