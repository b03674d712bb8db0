"""Avalanche's own virtual environment in the cache folder, created once: Avalanche is not a dependency of this project."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path

from components.catalog.cache import cache_root
from components.errors import UnavailableError
from components.storage import digest_json, write_json

#: Pinned packages that Avalanche really uses, or that cannot be replaced by a stand-in (see stubs.py); its metadata asks for more
NEEDED = (
    "dill==0.4.1", "pillow==13.0.0", "psutil==7.2.2", "scikit-learn==1.9.1", "matplotlib==3.11.2", "tqdm==4.70.1",
    "torchmetrics==1.9.0", "qpsolvers==4.13.0",
)  # fmt: skip
AVALANCHE = "avalanche-lib==0.6.0"


def requirements() -> tuple[str, ...]:
    """The same torch, transformers and peft as here, so that nothing differs but the engines."""
    torch = version("torch").split("+")[0]
    own = tuple(f"{name}=={version(name)}" for name in ("transformers", "peft", "numpy"))
    return (f"torch=={torch}", *own, *NEEDED)


def avalanche_python() -> Path:
    """The interpreter of the environment. Raises UnavailableError if it cannot be created."""
    key = digest_json([AVALANCHE, *requirements(), sys.version_info[:2]])[:12]
    folder = cache_root() / "benchmarks" / f"avalanche-{key}"
    python, ready = folder / "bin" / "python", folder / "ready.json"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / ".lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.is_file():
            print(f"creating an environment for {AVALANCHE} in {folder} (1.5 GB, once)", file=sys.stderr)
            shutil.rmtree(folder, ignore_errors=True)  # of a killed attempt
            venv.create(folder, with_pip=False)
            _install(python, *requirements())
            _install(python, "--no-deps", AVALANCHE)
            write_json(ready, {"installed": [AVALANCHE, *requirements()]})
    return python


def _install(python: Path, *what: str) -> None:
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--only-binary=:all:", *what]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        reason = ([line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["it gave no reason"])[-1]
        raise UnavailableError(
            f"Could not install {what[-1]} for the comparison with Avalanche ({reason})",
            "Check the network and pip's index settings, or leave Avalanche out with --engines loop perdure.",
        )
