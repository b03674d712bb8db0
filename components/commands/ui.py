"""`perdure ui`: the web pages where people look and decide, started and stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import click

from components.commands.common import Call, existing
from components.errors import UnavailableError, UsageError
from components.hosts import loopback
from components.storage import make_folder

PAGES = {"mlflow": 5000, "prefect": 4200, "evidently": 8000}


@click.command("ui")
@click.option("--only", multiple=True, type=click.Choice(sorted(PAGES)), help="Start only this page; repeatable.")
@click.option("--seconds", type=float, hidden=True, help="Stop after this many seconds.")
@existing
def ui(call: Call, only: tuple[str, ...], seconds: float | None) -> int:
    """Start MLflow (approve, roll back), Prefect (runs) and Evidently (drift), and print their addresses. Ctrl-C stops them."""
    wanted = [page for page in PAGES if not only or page in only]
    root = call.workspace.root
    if not (root / "mlflow.db").exists() and "mlflow" in wanted and "MLFLOW_TRACKING_URI" not in os.environ:
        raise UsageError(
            f"There is nothing in {root} yet",
            "Run `perdure demo` or `perdure run STREAM` first, or name another --workspace.",
        )
    ports = {page: _free_port(PAGES[page]) for page in wanted}
    logs = root / "logs"
    for folder in (logs, call.workspace.evidently):
        make_folder(folder)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        for page in wanted:
            with open(logs / f"{page}.log", "ab") as log:
                processes[page] = subprocess.Popen(
                    _command(page, call, ports[page]),
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=_environment(call),
                    start_new_session=True,
                )
        for page, process in processes.items():
            _wait(page, process, ports[page], logs / f"{page}.log")
            call.say(f"{page:<10} http://127.0.0.1:{ports[page]}")
        call.result({page: f"http://127.0.0.1:{port}" for page, port in ports.items()})
        call.say("Ctrl-C stops them.")
        sys.stdout.flush()
        deadline = time.monotonic() + seconds if seconds is not None else None
        while deadline is None or time.monotonic() < deadline:
            time.sleep(0.5)
            for page, process in processes.items():
                if process.poll() is not None:
                    raise UnavailableError(f"{page} stopped by itself", f"See {logs / page}.log.")
    finally:
        for process in processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
    return 0


def _command(page: str, call: Call, port: int) -> list[str]:
    here = ["--host", "127.0.0.1", "--port", str(port)]
    workspace = call.workspace
    if page == "mlflow":
        store = [
            "--backend-store-uri",
            workspace.mlflow_uri,
            "--default-artifact-root",
            str(workspace.mlflow_artifacts.resolve()),
        ]
        known = ["--allowed-hosts", ",".join(loopback(port)), "--cors-allowed-origins", f"http://127.0.0.1:{port}"]
        return [sys.executable, "-m", "mlflow", "server", *store, *here, *known, "--workers", "1"]
    if page == "prefect":
        return [sys.executable, "-m", "flows.server", *here]
    return [sys.executable, "-m", "components.monitoring.server", str(workspace.evidently), *here]


def _environment(call: Call) -> dict[str, str]:
    home = os.environ.get("PREFECT_HOME") or str((call.workspace.root / "prefect").resolve())
    return {**os.environ, "PREFECT_HOME": home}


def _free_port(preferred: int) -> int:
    """The usual port of a page, or a free one when it is taken."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise UnavailableError("No free port on 127.0.0.1", "Stop a program that listens on a port, then try again.")


def _wait(page: str, process: subprocess.Popen[bytes], port: int, log: Path, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            tail = log.read_text(errors="replace").splitlines()[-3:]
            raise UnavailableError(f"{page} did not start: {' '.join(tail)}", f"See {log}.")
        with socket.socket() as probe:
            probe.settimeout(1.0)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.3)
    raise UnavailableError(f"{page} did not answer within {seconds:.0f} s", f"See {log}.")
