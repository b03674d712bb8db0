"""The pages of `perdure ui` as real servers, asked by a browser's page of another site and under another name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from components.commands.ui import PAGES
from tests.killing import end_with_parent

pytestmark = pytest.mark.end_to_end

#: What a page of another site would like to do: a request that changes something. The body needs no content type at Prefect.
CHANGES = {
    "mlflow": ("/api/2.0/mlflow/experiments/create", {"name": "foreign"}),
    "prefect": ("/api/flows/", {"name": "foreign"}),
    "evidently": ("/api/projects", {"name": "foreign"}),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[dict[str, str]]:
    root = tmp_path_factory.mktemp("ui")
    (root / "mlflow.db").write_bytes(migrated.read_bytes())
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "PREFECT_", "PERDURE_"))}
    command = [sys.executable, "-c", "from components.cli import main; main()", "ui", "--json", "-w", str(root)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=clean, preexec_fn=end_with_parent
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    try:
        assert line, "\n".join(log.read_text(errors="replace")[-2000:] for log in (root / "logs").iterdir())
        yield json.loads(line)
    finally:
        process.terminate()
        process.wait(60)


def change(address: str, page: str, **headers: str) -> httpx.Response:
    path, body = CHANGES[page]
    return httpx.post(address + path, content=json.dumps(body), headers=headers, timeout=30, trust_env=False)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1.evil.example"])
def test_a_page_of_another_site_changes_nothing(pages: dict[str, str], page: str, origin: str) -> None:
    bare = {"origin": origin} if page == "prefect" else {"origin": origin, "content-type": "application/json"}
    assert change(pages[page], page, **bare).status_code == 403


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.evil.example"])
def test_another_name_for_this_machine_is_refused(pages: dict[str, str], page: str, host: str) -> None:
    host = f"{host}:{pages[page].rpartition(':')[2]}"
    assert change(pages[page], page, host=host, origin=f"http://{host}").status_code == 403
    assert httpx.get(pages[page], headers={"host": host}, timeout=30, trust_env=False).status_code == 403


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_their_own_pages_work(pages: dict[str, str], page: str, name: str) -> None:
    port = pages[page].rpartition(":")[2]
    headers = {"host": f"{name}:{port}", "origin": f"http://{name}:{port}", "content-type": "application/json"}
    path, body = CHANGES[page]
    own = {**body, "name": f"own of {name}"}
    assert httpx.post(pages[page] + path, json=own, headers=headers, timeout=30, trust_env=False).is_success
    shown = httpx.get(pages[page], headers=headers, timeout=30, trust_env=False, follow_redirects=True)
    assert shown.status_code == 200
    assert shown.headers["x-frame-options"] == "SAMEORIGIN"


def test_prefects_page_asks_its_own_server(pages: dict[str, str]) -> None:
    settings = httpx.get(f"{pages['prefect']}/ui-settings", timeout=30, trust_env=False).json()
    assert settings["api_url"] == f"{pages['prefect']}/api"


def test_no_stranger_opens_prefects_event_stream(pages: dict[str, str]) -> None:
    headers = {
        "connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13", "origin": "http://evil.example",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }  # fmt: skip
    answer = httpx.get(f"{pages['prefect']}/api/events/out", headers=headers, timeout=30, trust_env=False)
    assert answer.status_code == 403
