"""Which code made an artefact: in a source checkout, the digest of a component's files; elsewhere, the version is enough."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from components.storage import digest_file, digest_json

_PACKAGE = Path(__file__).resolve().parents[1]


@cache  # once per process: the code that it has imported does not change
def source_digest(components: tuple[str, ...]) -> str | None:
    """SHA-256 over the Python files of these components; None where the package is not in a source checkout."""
    if not (_PACKAGE.parent / "pyproject.toml").is_file():
        return None
    files = sorted(path for name in components for path in (_PACKAGE / name).rglob("*.py"))
    return digest_json({str(path.relative_to(_PACKAGE)): digest_file(path) for path in files})
