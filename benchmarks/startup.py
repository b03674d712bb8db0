"""How long `perdure --help` takes, compared with a bare interpreter (`python -c pass`), in turns."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import finish, interleaved, parser, seconds, spread, table


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Start both `--repeats` times."""
    options = parser("startup", __doc__ or "")
    options.add_argument("--repeats", type=int, default=15)
    given = options.parse_args(argv)
    commands = {
        "perdure --help": [str(Path(sys.executable).with_name("perdure")), "--help"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }

    def start(command: list[str]) -> float:
        return seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))

    interleaved(
        1, *(lambda c=c: start(c) for c in commands.values())
    )  # warm-up: the first start of each reads files from the disk
    ours, bare = interleaved(given.repeats, *(lambda c=c: start(c) for c in commands.values()))
    result = {
        "target_seconds": 0.5,
        "help_seconds": spread(ours),
        "bare_seconds": spread(bare),
        "ratio": spread([a / b for a, b in zip(ours, bare)]),
    }
    rows = [
        [name, *(f"{result[key][at]:.3f}" for at in ("median", "low", "high"))]
        for name, key in zip(commands, ("help_seconds", "bare_seconds"))
    ]
    return finish("startup", result, table(["seconds", "median", "least", "most"], rows), given)


if __name__ == "__main__":
    main(sys.argv[1:])
