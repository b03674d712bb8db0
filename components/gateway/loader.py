"""Loading checkpoints: one base model in memory for all adapters that share it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from components.contracts import Predictor
from components.errors import PerdureError

if TYPE_CHECKING:
    from components.learning.shared_bases import SharedBase


class CheckpointLoader:
    """Loads checkpoints (verified by SharedBase), each on the base model that its manifest names, in memory once."""

    def __init__(self) -> None:
        self._bases: dict[str, SharedBase] = {}  # by the digest of the base model's weights
        self._loaded: dict[Path, list[tuple[SharedBase, str]]] = {}  # the base and digest of each load, the oldest first
        self._reading = Lock()

    def prepare(self, base: str | None = None) -> None:
        """Do the slow imports (torch, transformers, peft) and read a base model now, before there is anything to answer."""
        import peft  # noqa: F401

        import components.learning.shared_bases  # noqa: F401

        if base:
            with suppress(PerdureError):  # tried again, and reported, when a checkpoint needs it
                self._base(base)

    def load(self, checkpoint: Path) -> Predictor:
        """A predictor for a checkpoint directory. IntegrityError: a file was changed; UnavailableError: no base model."""
        from components.learning.checkpoint import manifest_of

        wanted = manifest_of(checkpoint)["base"]
        base = self._base(wanted["name"], wanted["digest"])
        predictor = base.load(checkpoint)
        self._loaded.setdefault(checkpoint, []).append((base, predictor.digest))
        return predictor

    def _base(self, name: str, digest: str | None = None) -> SharedBase:
        from components.catalog.models import get_base
        from components.learning.shared_bases import SharedBase

        with self._reading:
            if digest in self._bases:
                return self._bases[digest]
            base = get_base(name)
            self._bases[base.digest] = SharedBase(base)
            return self._bases[base.digest]

    def unload(self, checkpoint: Path) -> None:
        """Free the adapter of the oldest load of this path; its base stays for the next one."""
        base, digest = self._loaded[checkpoint].pop(0)
        base.unload(digest)
