"""Checkpoints ready to answer, on base models that this process keeps."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from components.contracts import Predictor
from components.storage import read_manifest


@lru_cache(maxsize=2)
def _shared_base(name: str, features: Path | None) -> Any:
    from components.catalog.models import get_base
    from components.learning.networks.feature_store import ActivationStore
    from components.learning.predictor import SharedBase

    return SharedBase(get_base(name), ActivationStore(features) if features else None)


def load(checkpoint: Path, features: Path | None = None) -> Predictor:
    """A checkpoint ready to answer, on a base that this process keeps. features: `Workspace.features`, to encode texts once."""
    predictor: Predictor = _shared_base(read_manifest(checkpoint)["base"]["name"], features).load(checkpoint)
    return predictor
