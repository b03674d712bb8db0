"""Rebuild the locks from pyproject.toml: python infra/lock.py [--upgrade].

Pins stay as they are unless `--upgrade` is given or pyproject.toml asks for something else. Every file that the package
index offers for a pinned version is listed by its SHA-256, for all platforms. Only uv is installed, into a
temporary environment. docs/adr/0002 explains why there are three files.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"
LOCK, DEV, CUDA = (ROOT / f"requirements{name}.lock" for name in ("", "-dev", "-cuda"))
HEADS = {
    LOCK: "# Everything that runs, every file by its hash. infra/install.sh installs it; `make lock` renews it (docs/adr/0002).",
    DEV: "# What only the work on it needs: tests, checks. Not in the image (docs/adr/0002).",
    CUDA: "# What the CUDA build of torch needs besides: installed only where the package index gave that build (docs/adr/0002).",
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = [extra for extra in PROJECT["optional-dependencies"] if extra != "dev"]
OF_CUDA = re.compile(r"nvidia-|cuda-|triton==")


def main(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        everything = Path(folder) / "everything.txt"
        everything.write_text("".join(path.read_text(encoding="utf-8") for path in HEADS if path.is_file()), encoding="utf-8")
        entries = resolve(Path(folder), everything, ["--all-extras", *arguments])
        runs = Path(folder) / "runs.txt"
        shutil.copy(everything, runs)
        running = {name_of(entry) for entry in resolve(Path(folder), runs, [f"--extra={extra}" for extra in EXTRAS])}
        torch = next(n for n, entry in enumerate(entries) if entry.startswith("torch=="))
        entries[torch] = with_hashes(entries[torch], built_for_cpu(entries[torch], Path(folder)))
    for path in HEADS:
        chosen = [entry for entry in entries if belongs(entry, running) == path]
        path.write_text("\n".join([HEADS[path], *chosen]) + "\n", encoding="utf-8")
        print(f"{path.name}: {len(chosen)} packages")


def belongs(entry: str, running: set[str]) -> Path:
    """The file that an entry is written to."""
    if OF_CUDA.match(entry):
        return CUDA
    return LOCK if name_of(entry) in running else DEV


def name_of(entry: str) -> str:
    return entry.partition("==")[0]


def resolve(folder: Path, out: Path, arguments: list[str]) -> list[str]:
    """The entries of the lock: a version, a marker, and its hashes, each as pip reads it. Keeps the pins that `out` holds."""
    python, pins = folder / "venv" / "bin" / "python", folder / "pins.txt"
    if not python.exists():
        venv.create(folder / "venv", with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", UV], check=True)
    pins.write_text("setuptools\n", encoding="utf-8")  # the project itself is installed without build isolation
    command = [
        str(folder / "venv" / "bin" / "uv"),
        "pip",
        "compile",
        "--quiet",
        "--no-config",
        "--universal",
        "--python-version=3.11",
    ]
    command += ["--generate-hashes", "--no-header", "--no-annotate", "--output-file", str(out), *arguments]
    environment = {**os.environ, **({"SSL_CERT_FILE": os.environ["PIP_CERT"]} if "PIP_CERT" in os.environ else {})}
    subprocess.run([*command, "pyproject.toml", str(pins)], cwd=ROOT, env=environment, check=True)
    return re.split(r"\n(?=\S)", out.read_text(encoding="utf-8").strip())


def built_for_cpu(entry: str, folder: Path) -> set[str]:
    """Hashes of torch's CPU builds: those in the present lock, and those of the builds that pip finds here."""
    pin = entry.split()[0]
    known: set[str] = set()
    if LOCK.is_file():
        before = [part for part in re.split(r"\n(?=\S)", LOCK.read_text(encoding="utf-8")) if part.split()[0] == pin]
        known |= {found for part in before for found in re.findall(r"sha256:(\w+)", part)}
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder / "torch"), pin]
    subprocess.run(command, check=True)
    return known | {hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "torch").glob("*.whl")}


def with_hashes(entry: str, more: set[str]) -> str:
    """The entry with these hashes added to its own."""
    hashes = sorted({*re.findall(r"sha256:(\w+)", entry), *more})
    return " \\\n".join([entry.split(" \\\n")[0], *(f"    --hash=sha256:{found}" for found in hashes)])


if __name__ == "__main__":
    main(sys.argv[1:])
