"""Slow starts that a later step would wait for, begun while an earlier one works: the gateway process, and imports of seconds."""

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
    """Around one step of a cycle that one process walks to its end; yields what to report progress to.

    The gateway starts beside the first step and reads the base model. What later steps need is made ready beside training, from
    its first report on, because its own imports are over then: two threads that import each other's modules may see half of one.
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
    with suppress(ImportError, PerdureError):  # the step that needs it says so
        import evidently  # noqa: F401
        import matplotlib.figure  # noqa: F401
        import presidio_analyzer.nlp_engine  # noqa: F401
        import spacy  # noqa: F401

        from components.registry.client import connect

        connect(workspace)  # a new registry makes its tables: a second and more
