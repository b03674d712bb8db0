"""`python -m benchmarks.mixing SHAPE --seed N --out FOLDER`: write a mixed stream that `perdure run FOLDER` takes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.mixing.plan import SHAPES, plan
from benchmarks.mixing.plant import KINDS
from benchmarks.mixing.source import catalogue
from benchmarks.mixing.write import write_stream


def main(argv: Sequence[str] | None = None) -> Path:
    """Write one stream and say where."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.mixing", description=__doc__)
    options.add_argument("shape", choices=list(SHAPES))
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    options.add_argument(
        "--planted", nargs="+", choices=list(KINDS), default=[], help="put spoilt experiences of these kinds between"
    )
    given = options.parse_args(argv)
    parts = plan(given.shape, catalogue(), given.seed, given.planted)
    folder = write_stream(given.out, f"{given.shape}-{given.seed}", parts, catalogue(), given.seed)
    rows = sum(part.train for part in parts), sum(part.heldout for part in parts)
    print(f"{folder}: {len(parts)} experiences, {rows[0]} training and {rows[1]} held-out rows", file=sys.stderr)
    return folder


if __name__ == "__main__":
    main()
