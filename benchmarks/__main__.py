"""`python -m benchmarks [NAME...]`: run these benchmarks, or all, each in its own process, and keep their results."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.common import RESULTS, machine
from components.storage import write_json

NAMES = (
    "startup",
    "ledger",
    "memory",
    "ingestion",
    "learning",
    "cycle",
    "operating",
    "long",
    "methods",
)  # the last three take hours


def main(names: list[str]) -> None:
    """Run every benchmark with its default settings and write results/NAME.json."""
    for name in names or NAMES:
        if name not in NAMES:
            raise SystemExit(f"no benchmark {name!r}; there are {', '.join(NAMES)}")
        print(f"\n{name}", file=sys.stderr)
        command = [sys.executable, "-m", f"benchmarks.{name}", *([] if name == "ingestion" else ["--json"])]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"benchmark {name} failed")
        result = done.stdout if name == "ingestion" else done.stdout.splitlines()[-1]  # libraries may print before it
        write_json(RESULTS / f"{name}.json", {"benchmark": name, "machine": machine(), **json.loads(result)})


if __name__ == "__main__":
    main(sys.argv[1:])
