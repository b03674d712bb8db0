"""Write docs/licences.md from the installed packages of requirements.lock: python infra/licences.py, with the lock installed."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
COPYLEFT = re.compile(r"\bA?L?GPL|GNU|General Public", re.IGNORECASE)

#: What to know of each package of the GPL family, or without a licence in its metadata, before shipping an image.
NOTES = {
    "asyncssh": "Comes with DVC. A choice: take EPL-2.0.",
    "dulwich": "Comes with DVC. A choice: take Apache-2.0.",
    "grandalf": "Comes with DVC (it draws `dvc dag`). A choice: take EPL-1.0.",
    "huey": "Comes with MLflow. Its metadata names no licence; the project's own licence file is MIT.",
    "psycopg": "The extra `postgres`. Used unmodified, as a library that the user can replace: ship its licence text.",
    "psycopg-binary": "As psycopg; its files include libpq and OpenSSL, whose licence texts are shipped as well.",
    "psycopg2-binary": "The extra `postgres`, for MLflow. LGPL-3.0 with an exception for OpenSSL: as psycopg.",
    "pygit2": "Comes with DVC. GPL-2.0 with a linking exception: using it puts no duty on the rest of the image, but "
    "whoever ships it offers its source and that of libgit2.",
    "skops": "Comes with MLflow. Its metadata names no licence; the project's own licence file is MIT.",
    "text-unidecode": "Comes with Prefect. A choice: take the Artistic License.",
}
HEAD = """# Licences

Made by `infra/licences.py` (`make docs`) from the metadata of what `requirements.lock` installs. Perdure itself is Apache-2.0.
What follows is what the packages say of themselves, not legal advice.

An image built from `infra/Dockerfile` passes these packages on, so their conditions apply to whoever ships it.
MPL-2.0 packages may be shipped as they are; changes to their files must be published. `requirements-cuda.lock` is installed
only with the CUDA build of torch: its NVIDIA packages are proprietary, and their licences limit who may pass them on.
"""


def main() -> int:
    rows = []
    for name, pinned in re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M):
        try:
            rows.append((name, pinned, licence(metadata(name))))
        except PackageNotFoundError:
            rows.append((name, pinned, "(not installed on the platform where this page was made)"))
    named = [row for row in rows if row[2] == "unknown" or COPYLEFT.search(row[2])]
    missing = [name for name, _, _ in named if name not in NOTES]
    if missing:
        print(f"error: say in NOTES what is to be known of {', '.join(missing)}", file=sys.stderr)
        return 1
    special = [f"| {name} | {said} | {NOTES[name]} |" for name, _, said in named]
    table = [f"| {name} | {pinned} | {said} |" for name, pinned, said in rows]
    parts = [
        HEAD,
        "## The GPL family, and what names no licence\n",
        "| package | licence | to be known before shipping an image |\n|---|---|---|",
        *special,
        f"\n## All {len(table)} packages\n",
        "| package | version | licence |\n|---|---|---|",
        *table,
    ]
    PAGE.write_text("\n".join(parts) + "\n", encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(table)} packages, {len(special)} to know of")
    return 0


def licence(said: PackageMetadata) -> str:
    """Its licence expression, else its classifiers, else the first line of its licence field."""
    for expression in said.get_all("License-Expression") or []:
        return str(expression)
    field = ("".join(said.get_all("License") or []).strip().splitlines() or [""])[0]
    classifiers = [value.split(" :: ")[-1] for value in said.get_all("Classifier") or [] if value.startswith("License ::")]
    named = [value for value in classifiers if value != "OSI Approved"]
    if 0 < len(field) <= 60 and (not named or COPYLEFT.search(field)):
        return field.replace("|", "or")
    return ", ".join(named) or "unknown"


if __name__ == "__main__":
    sys.exit(main())
