"""The connection to MLflow: a quiet, pickle-free client for a workspace, and its failures in plain words."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from components.environment import prepare_process
from components.errors import UnavailableError
from components.extras import needs
from components.storage import atomic_path, locked
from components.workspace import Workspace

_NAME = "MLFLOW_TRACKING_URI"
#: A dead server is reported within seconds, where MLflow would try for minutes; nothing is printed: stdout is ours.
_ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


def connect(workspace: Workspace) -> Any:
    """An MlflowClient for the workspace; fluent calls of this process go to the same place. Raises UnavailableError."""
    uri = workspace.mlflow_uri
    if uri.startswith("postgresql"):
        from sqlalchemy import make_url

        needs(make_url(uri).get_driver_name(), "postgres", f"MLflow at {_public(uri)}")
    with answering(uri):
        if workspace.mlflow_file:
            _make_database(workspace.mlflow_file, workspace.mlflow_artifacts)
        client = _client(uri)
        if workspace.mlflow_file:
            _opened.setdefault(workspace.mlflow_file, _inode(workspace.mlflow_file))
        named = os.environ.get(_NAME)
        _mlflow().set_tracking_uri(uri)
        _mlflow().set_registry_uri(uri)
        if named is None:  # MLflow sets it for child processes; the next workspace must not take it for a server's address
            os.environ.pop(_NAME, None)
    return client


#: MLflow's database files as this process opened them
_opened: dict[Path, int | None] = {}


def refuse_replaced(workspace: Workspace) -> None:
    """Raise UnavailableError when the database is not the file any more that this process opened, and would go on using."""
    file = workspace.mlflow_file
    if file in _opened and _inode(file) != _opened[file]:
        raise UnavailableError(
            f"MLflow's database {file} was removed or replaced while it was in use",
            "Nothing was changed, and what serves goes on serving. Put it back, and run the command again; if it is lost,"
            " `perdure registry rebuild` makes the registry again.",
        )


def _inode(file: Path) -> int | None:
    try:
        return file.stat().st_ino
    except FileNotFoundError:
        return None


def _make_database(file: Path, artifacts: Path) -> None:
    """MLflow's tables, all or none: making them takes a second, and MLflow never accepts a database left half made by a kill."""
    if file.exists():
        return
    _mlflow()
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with locked(file.with_name(".mlflow.lock")):
        if not file.exists():  # another process may have made it while we waited
            with atomic_path(file) as temporary:
                SqlAlchemyStore(f"sqlite:///{temporary}", artifacts.resolve().as_uri()).engine.dispose()


@contextmanager
def answering(uri: str) -> Iterator[None]:
    """Turn failures of MLflow, its server or its database into UnavailableError."""
    from requests import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    mlflow = _mlflow()
    try:
        yield
    except (mlflow.exceptions.MlflowException, RequestException, SQLAlchemyError) as error:
        said = str(error).replace(uri, _public(uri)).strip().splitlines() or [type(error).__name__]
        if getattr(error, "error_code", "") in ("PERMISSION_DENIED", "UNAUTHENTICATED"):
            raise UnavailableError(
                f"MLflow at {_public(uri)} refused: {said[0][:300]}",
                "Ask for the right to write there, or set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, and run the "
                "command again. What the ledger says stands; MLflow is brought up to date then.",
            ) from error
        raise UnavailableError(
            f"MLflow at {_public(uri)} failed: {said[0][:300]}",
            "Check that it is up (MLFLOW_TRACKING_URI names it; unset, a file in the workspace is used) and that the disk has"
            " room, then run the command again: nothing was lost, and finished steps are not repeated.",
        ) from error


@cache
def _mlflow() -> Any:
    prepare_process()
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    import mlflow

    for name in ("mlflow", "alembic", "urllib3.connectionpool"):
        logging.getLogger(name).setLevel(logging.ERROR)  # chatter; what goes wrong comes as an exception
    return mlflow


@cache  # opening a database checks its migrations: about a second, once per process
def _client(uri: str) -> Any:
    return _mlflow().MlflowClient(tracking_uri=uri, registry_uri=uri)


def _public(uri: str) -> str:
    """The address without a password."""
    parts = urlsplit(uri)
    if "@" not in parts.netloc:
        return uri
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
