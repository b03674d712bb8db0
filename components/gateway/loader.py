"""Checkpoints into memory: one base model for all adapters that share it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from components.contracts import Predictor
from components.storage import read_manifest

if TYPE_CHECKING:
    from components.learning.predictor import SharedBase


class CheckpointLoader:
    """Loads checkpoints (verified by SharedBase), each on the base model that its manifest names, in memory once."""

    def __init__(self) -> None:
        self._bases: dict[str, SharedBase] = {}  # by the digest of the base model's weights
        self._base_of: dict[Path, SharedBase] = {}

    def prepare(self) -> None:
        """Do the slow imports now, while there is nothing to answer."""
        import components.learning.predictor  # noqa: F401  (imported for its effect: torch and transformers, 5 s)

    def load(self, checkpoint: Path) -> Predictor:
        """A predictor for a checkpoint directory. IntegrityError: a file was changed; UnavailableError: no base model."""
        from components.catalog.models import get_base
        from components.learning.predictor import SharedBase

        base = read_manifest(checkpoint)["base"]
        if base["digest"] not in self._bases:
            self._bases[base["digest"]] = SharedBase(get_base(base["name"]))
        predictor = self._bases[base["digest"]].load(checkpoint)
        self._base_of[checkpoint] = self._bases[base["digest"]]
        return predictor

    def unload(self, checkpoint: Path) -> None:
        """Free a checkpoint's adapter; its base stays for the next one."""
        self._base_of.pop(checkpoint).unload(checkpoint.name)
