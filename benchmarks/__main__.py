"""`python -m benchmarks [NAME...]`: run benchmarks one after another and write their results; without names, all of them."""

from __future__ import annotations

import importlib
import sys

NAMES = ("startup", "memory", "ingestion", "learning", "cycle", "recipes")


def main(names: list[str]) -> None:
    """Each with its default settings and --write. `recipes` takes an hour or more."""
    for name in names or NAMES:
        if name not in NAMES:
            raise SystemExit(f"no benchmark {name!r}; there are {', '.join(NAMES)}")
        print(f"\n{name}", file=sys.stderr)
        importlib.import_module(f"benchmarks.{name}").main(["--write"])


if __name__ == "__main__":
    main(sys.argv[1:])
