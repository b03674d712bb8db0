"""`perdure serve` as a process: who may reach it, and what its log says."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.killing import end_with_parent

pytestmark = pytest.mark.end_to_end

TOKEN = "not-to-be-seen-anywhere-0123456789"
PERDURE = [sys.executable, "-c", "from components.cli import main; main()"]


def clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "PERDURE_"))}


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., tuple[httpx.Client, Path]]]:
    """serving(*options, **environment) -> (a client of the running gateway, its log)."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str, **more: str) -> tuple[httpx.Client, Path]:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        log, workspace = tmp_path / "log", tmp_path / "workspace"
        workspace.mkdir(exist_ok=True)
        with open(log, "wb") as file:
            command = [*PERDURE, "serve", "--debug", "-w", str(workspace), "--port", str(port), *options]
            started.append(
                subprocess.Popen(command, stdout=file, stderr=file, env={**clean(), **more}, preexec_fn=end_with_parent)
            )
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False)
        end = time.monotonic() + 90
        while True:
            try:
                client.get("/health")
                return client, log
            except httpx.TransportError:
                assert started[-1].poll() is None, log.read_text()
                assert time.monotonic() < end
                time.sleep(0.1)

    yield start
    for process in started:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_what_others_can_reach_needs_tokens(tmp_path: Path, host: str) -> None:
    command = [*PERDURE, "serve", "-w", str(tmp_path), "--host", host, "--port", "0"]
    done = subprocess.run(command, env=clean(), capture_output=True, text=True, timeout=90, check=False)
    assert (done.returncode, "needs tokens" in done.stderr, "PERDURE_TOKENS" in done.stderr) == (2, True, True)


def test_scripts_on_this_machine_need_no_token(serving: Callable[..., tuple[httpx.Client, Path]], tmp_path: Path) -> None:
    client, _ = serving()
    assert client.get("/state").status_code == 200
    assert client.post("/predict", json={"texts": ["rain"]}).status_code == 503, "nothing serves here yet"
    assert client.post("/feedback", json={"events": [{"text": "rain", "label": "weather"}]}).status_code == 202
    assert client.get("/state", headers={"host": "evil.example"}).status_code == 403
    assert client.get("/openapi.json").json()["info"]["title"] == "Perdure gateway"


@pytest.mark.parametrize("by", ["file", "file variable", "variable"])
def test_a_token_is_asked_for_and_never_shown(serving: Callable[..., tuple[httpx.Client, Path]], tmp_path: Path, by: str) -> None:
    file, entry = tmp_path / "tokens", f"predict,admin:{TOKEN}"
    file.write_text(entry + "\n")
    if by == "file":
        client, log = serving("--tokens", str(file))
    else:
        client, log = serving(**{"PERDURE_TOKENS_FILE": str(file)} if by == "file variable" else {"PERDURE_TOKENS": entry})
    shown = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/state").status_code == 401
    said = [
        client.get("/state", headers=shown),
        client.post("/feedback", json={"events": [{"text": "rain", "label": "weather"}]}, headers=shown),
        client.post("/predict", json={"texts": ["rain"]}, headers=shown),
        client.post("/predict", content=b"{", headers={**shown, "Authorisation": TOKEN}),
    ]
    assert [answer.status_code for answer in said] == [200, 403, 503, 422]
    assert TOKEN not in log.read_text() + "".join(answer.text for answer in said)
