"""Start early what a later step would wait for, while an earlier step works: the gateway process, and slow imports."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from components.contracts import Progress
from components.errors import PerdureError
from components.workspace import Workspace


@contextmanager
def meanwhile(step: str, workspace: Workspace, base: str, progress: Progress | None) -> Iterator[Progress | None]:
    """Wrap one step of a cycle that runs in this process; yields the progress callback to use.

    The gateway starts during the first step and reads the base model. The imports of later steps happen during training, after
    its first progress report: by then its own imports are done. Two threads that import the same modules may see one half loaded.
    """
    if step == "ingest":
        from components.gateway.kept import kept_gateway

        kept_gateway(base)
    if step != "learn" or "evidently" in sys.modules:
        yield progress
        return
    thread = Thread(target=_import, args=[workspace], name="imports", daemon=True)

    def watched(done: int, total: int, line: str) -> None:
        if thread.ident is None:
            thread.start()
        if progress:
            progress(done, total, line)

    try:
        yield watched
    finally:
        if thread.ident is not None:
            thread.join()


def _import(workspace: Workspace) -> None:
    with suppress(ImportError, PerdureError):  # the step that needs it reports the error
        import evidently  # noqa: F401
        import matplotlib.figure  # noqa: F401

        from components.registry.client import connect

        connect(workspace)  # a new registry creates its tables, which takes a second or more
