"""What the benchmarks share: facts about the machine, medians with ranges, tables, and the output of a script."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from components.storage import write_json

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """What a figure depends on besides the code."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": version("torch"),
        "accelerator": _accelerator(),
        "threads": int(os.environ.get("OMP_NUM_THREADS", 0)) or None,
        "load": round(os.getloadavg()[0], 1),  # of the last minute: a busy machine affects seconds more than ratios
    }


def where() -> str:
    """A short name of the machine, to distinguish its figures from those of another."""
    return _accelerator() or f"{_processor()}, {os.environ.get('OMP_NUM_THREADS', 'all')} thread(s)"


def _accelerator() -> str | None:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def interleaved(repeats: int, *works: Callable[[], float]) -> list[list[float]]:
    """Measure A B A B ..., so that a machine that gets busier affects all equally. Returns the values of each."""
    rounds = [[work() for work in works] for _ in range(repeats)]
    return [list(values) for values in zip(*rounds, strict=True)]


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Median, minimum and maximum of repeats."""
    return {"median": float(np.median(values)), "low": float(min(values)), "high": float(max(values)), "repeats": len(values)}


def mean_interval(values: Sequence[float]) -> dict[str, Any]:
    """Mean over seeds with its 95 % t interval; null with fewer than three, where it says nothing."""
    from scipy.stats import t

    n, mean = len(values), float(np.mean(values))
    half = float(t.ppf(0.975, n - 1) * np.std(values, ddof=1) / math.sqrt(n)) if n > 2 else None
    return {
        "mean": mean,
        "low": mean - half if half is not None else None,
        "high": mean + half if half is not None else None,
        "n": n,
    }


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Plain columns; numbers are right-aligned."""
    cells = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = ["  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))) for row in cells]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def markdown(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers are right-aligned."""
    lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def plus_minus(mean: dict[str, Any] | None, form: str) -> str:
    """A mean with half the width of its interval; - if there is no mean."""
    if mean is None:
        return "-"
    return f"{mean['mean']:{form}}" + (f" ±{(mean['high'] - mean['mean']):{form}}" if mean["high"] is not None else "")


@contextmanager
def work_folder(given: Path | None) -> Iterator[Path]:
    """The folder that was asked for, where finished runs stay, or a temporary one."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory() as scratch:
        yield Path(scratch)


def parser(name: str, text: str) -> argparse.ArgumentParser:
    """A parser with the options that every benchmark has."""
    options = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=text)
    options.add_argument("--json", action="store_true", help="print the result as JSON on stdout")
    options.add_argument("--write", action="store_true", help=f"write it to benchmarks/results/{name}.json")
    return options


def finish(name: str, result: dict[str, Any], text: str, options: argparse.Namespace) -> dict[str, Any]:
    """Show the table on stderr; print JSON and write the file if requested. Returns the result with the machine's facts."""
    result = {"benchmark": name, "machine": machine(), **result}
    print(text, file=sys.stderr)
    if options.json:
        print(json.dumps(result))
    if options.write:
        file = RESULTS / f"{name}.json"
        write_json(file, result)
        print(f"written to {file}", file=sys.stderr)
    return result
