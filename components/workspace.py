"""The workspace directory: where every artefact is kept, and the lock that keeps two cycles apart."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.contracts import Experience
from components.errors import BusyError, UnavailableError, UsageError
from components.storage import touch

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, init=False)
class Workspace:
    """Paths below one root; only `lock` creates anything."""

    root: Path

    def __init__(self, root: str | Path) -> None:
        object.__setattr__(self, "root", Path(root))

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def experiences(self) -> Path:
        return self.root / "experiences"

    @property
    def head(self) -> Path:
        """Which experience was ingested last."""
        return self.root / "head.json"

    @property
    def folded(self) -> Path:
        """For each experience, which texts it taught as what, in hashes (components/ingestion/learned.py)."""
        return self.root / "folded"

    @property
    def checkpoints(self) -> Path:
        return self.root / "checkpoints"

    @property
    def suites(self) -> Path:
        return self.root / "suites"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def cycles(self) -> Path:
        return self.root / "cycles"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def evidently(self) -> Path:
        return self.root / "evidently"

    @property
    def scratch(self) -> Path:
        """Work in progress that survives a kill: training snapshots."""
        return self.root / "scratch"

    @property
    def answers(self) -> Path:
        """A cache of the answers of checkpoints; safe to delete."""
        return self.root / "cache" / "answers"

    @property
    def features(self) -> Path:
        """A cache of texts as encoders represent them; safe to delete."""
        return self.root / "cache" / "features"

    @property
    def pseudonym_key(self) -> Path:
        """The key under which subjects are hashed (components/privacy/pseudonyms.py)."""
        return self.root / "pseudonyms.key"

    @property
    def mlflow_file(self) -> Path | None:
        """MLflow's database in the workspace; None when MLFLOW_TRACKING_URI names a team's server."""
        return None if os.environ.get("MLFLOW_TRACKING_URI") else self.root.resolve() / "mlflow.db"

    @property
    def mlflow_uri(self) -> str:
        """MLFLOW_TRACKING_URI when set (a team's server), else SQLite in the workspace."""
        return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{self.mlflow_file}"

    @property
    def mlflow_artifacts(self) -> Path:
        return self.root / "mlartifacts"

    @property
    def ledger_url(self) -> str:
        """PERDURE_LEDGER_URL when set (PostgreSQL), else SQLite in the workspace."""
        return os.environ.get("PERDURE_LEDGER_URL") or f"sqlite:///{self.root.resolve() / 'ledger.db'}"

    def experience(self, digest: str) -> Experience:
        """An ingested experience by its digest. Raises UsageError if there is none."""
        path = self.experiences / digest
        if not _DIGEST.fullmatch(digest) or not path.is_dir():
            raise UsageError(f"No experience {digest[:12]} in {self.experiences}", "Run `perdure ingest FILE` first.")
        return Experience(path)

    def checkpoint(self, digest: str) -> Path:
        """Directory of a checkpoint by its digest. Raises UsageError if there is none."""
        path = self.checkpoints / digest
        if not _DIGEST.fullmatch(digest) or not path.is_dir():
            raise UsageError(
                f"No checkpoint {digest[:12]} in {self.checkpoints}",
                "`perdure audit log` lists everything that was registered here.",
            )
        return path

    @contextmanager
    def lock(self, wait_seconds: float = 0.0) -> Iterator[None]:
        """Lock the workspace: one cycle at a time. Raises BusyError if another process has it longer than `wait_seconds`."""
        path = self.root / ".lock"
        try:
            touch(path)
        except OSError as error:
            raise UnavailableError(
                f"The workspace {self.root} cannot be written: {error.strerror or error}",
                "Name another folder with --workspace, or check its permissions.",
            ) from error
        with open(path, "a+") as file:
            deadline = time.monotonic() + wait_seconds
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        file.seek(0)
                        holder = file.read().strip() or "another process"
                        raise BusyError(
                            f"The workspace {self.root} is in use by {holder}",
                            "Wait for it to finish and run the command again, or use another --workspace.",
                        ) from None
                    time.sleep(0.2)
            file.truncate(0)
            file.write(f"process {os.getpid()}")
            file.flush()
            yield  # closing the file releases the lock, also after a kill
