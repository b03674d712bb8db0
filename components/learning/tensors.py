"""Read and write safetensors files, the only format in which a checkpoint holds tensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError

from components.errors import IntegrityError, UnavailableError
from components.lazy import lazy
from components.storage import FILE_MODE

if TYPE_CHECKING:
    import safetensors.torch as files
    from torch import Tensor
else:
    files = lazy("safetensors.torch")

_RESTORE = "Restore the checkpoint from a backup or from MLflow, or roll back to another one."


def save_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write them, for their owner alone; no file if there are none."""
    if tensors:
        ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        try:
            files.save_file(ready, path, metadata={"format": "pt"})
            path.chmod(FILE_MODE)
        except (SafetensorError, OSError) as error:
            hint = "Free some space (or raise the file size limit) and run the command again; nothing was lost."
            raise UnavailableError(f"Could not write {path}: {error}", hint) from error


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read them into memory (not mapped); empty if there is no file. Raises IntegrityError for a file that holds none."""
    if not path.is_file():
        return {}
    try:
        return {name: tensor.clone() for name, tensor in files.load_file(path).items()}
    except (SafetensorError, ValueError, RuntimeError) as error:
        raise IntegrityError(f"{path} holds no tensors that can be read: {error}", _RESTORE) from error


def load_finite(path: Path, *, never: bool = False) -> dict[str, Tensor]:
    """Like `load_tensors`. Raises IntegrityError also where a number is infinite or none.

    never: minus infinity may be there, the score of a class that is never the answer.
    """
    tensors = load_tensors(path)
    for name, tensor in tensors.items():
        if not (tensor.isfinite() | tensor.isneginf() if never else tensor.isfinite()).all():
            raise IntegrityError(f"{path}: {name} holds numbers that are not finite", _RESTORE)
    return tensors
