"""`perdure bench`: the measurements in benchmarks/. That folder is part of a source checkout, not of the installed package."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from components.commands.common import Call, shared
from components.errors import PerdureError, UsageError

#: module in benchmarks/, with a `main(arguments)` that returns the result -> what it measures
NAMES = {
    "learning": "Training beside a plain PyTorch loop and Avalanche, on the same batches",
    "methods": "Accuracy and cost of every method on every stream, beside fine-tune only and joint retraining",
    "operating": "What the gates promote and refuse on streams mixed at random, beside a joint fit",
    "long": "Accuracy, seconds and bytes over 100 and 1,000 experiences, beside retraining",
    "cycle": "Where the time of a cycle goes",
    "memory": "Rows per second through the memory",
    "ingestion": "Events per second through ingestion, and peak memory",
    "ledger": "How long status and reconcile take after years, beside a short past",
    "startup": "How long `perdure --help` takes",
}
EPILOG = "\b\n" + "\n".join(f"{name:<10} {line}" for name, line in NAMES.items())
PASS_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False}


@click.command("bench", context_settings=PASS_ON, epilog=EPILOG)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="NAME [OPTION]...")
@shared
def bench(call: Call, arguments: tuple[str, ...]) -> int:
    """Run the benchmark NAME (source checkout only). Options after NAME belong to it: see `perdure bench NAME --help`."""
    given = [word for word in arguments if word != "--json"]
    as_json = call.as_json or len(given) < len(arguments)
    name = given[0] if given else ""
    if name not in NAMES:
        from components.settings import suggest

        raise UsageError(f"No benchmark {name!r}." if name else "Which benchmark?", suggest(name, NAMES))
    result = measure(name, given[1:])
    Call(call.workspace_root, call.params, call.overrides, as_json).result(result)
    return 0


def measure(name: str, arguments: list[str]) -> dict[str, Any]:
    """Run one benchmark. What it and its libraries print goes to stderr."""
    root = checkout()
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))  # for its processes
    try:
        asked = {"-h", "--help"} & set(arguments)
        with contextlib.nullcontext() if asked else contextlib.redirect_stdout(sys.stderr):
            return dict(importlib.import_module(f"benchmarks.{name}").main(arguments))
    except SystemExit as ended:
        if isinstance(ended.code, str):
            raise PerdureError(ended.code) from None
        if ended.code:
            hint = f"`perdure bench {name} --help` lists them."
            raise UsageError(f"`perdure bench {name}` does not take these options: {' '.join(arguments)}", hint) from None
        sys.exit(0)  # --help


def checkout() -> Path:
    """The folder that holds components/ and benchmarks/. Raises UsageError where there is none."""
    import components

    root = Path(components.__file__).resolve().parent.parent
    if not (root / "benchmarks" / "__init__.py").is_file():
        raise UsageError(
            "The benchmarks are not part of the installed package.",
            "Get the source, run `pip install -e .` in it, and use the `perdure` that this installs.",
        )
    return root
