"""prefect.yaml on a real local server: a worker takes the nightly cycle. And what it learns is what DVC learns."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from components.cycle.names import STEPS
from components.governance.ledger import Ledger
from components.ingestion.batches import taken
from components.workspace import Workspace
from tests.killing import end_with_parent

pytestmark = pytest.mark.end_to_end


@contextmanager
def running(arguments: list[str], log: Path, **options: Any) -> Iterator[None]:
    """A Prefect process for the block; ended, with its children, by its id."""
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent,
            **options,
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


@dataclass(frozen=True)
class Server:
    """A Prefect server of this test's own: its environment and its API."""

    environment: dict[str, str]
    api: httpx.Client

    def prefect(self, *arguments: str, cwd: Path) -> None:
        command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
        done = subprocess.run(command, cwd=cwd, env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr

    def call(self, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
        """The answer's JSON; asked again after a 503, the server's answer while its SQLite is locked, as Prefect's clients do."""
        for pause in (1, 2, 4, 8, 0):
            answer = self.api.request(method, path, json=body)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(pause)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def run(self, deployment: str, seconds: float) -> dict[str, Any]:
        """Ask for a run of a deployment and wait for a worker to finish it; the flow run."""
        found = self.call(f"/deployments/name/{deployment}", method="GET")
        started = self.call(f"/deployments/{found['id']}/create_flow_run", {"idempotency_key": f"{deployment} once"})
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            flow_run: dict[str, Any] = self.call(f"/flow_runs/{started['id']}", method="GET")
            if flow_run["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
                return flow_run
            time.sleep(0.5)
        raise AssertionError(f"{deployment} did not finish: {flow_run['state']}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("prefect")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    environment = {**os.environ, "PREFECT_HOME": str(home), "PREFECT_API_URL": url, "PREFECT_WORKER_QUERY_SECONDS": "1"}
    start = ["server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    with running(start, home / "server.log", env=environment), httpx.Client(base_url=url, timeout=30) as api:
        deadline = time.monotonic() + 120
        while True:
            try:
                api.get("/health").raise_for_status()
                break
            except httpx.HTTPError:
                assert time.monotonic() < deadline, (home / "server.log").read_text()
                time.sleep(0.3)
        yield Server(environment, api)


def test_a_worker_learns_from_the_inbox_what_dvc_learns(
    server: Server, clone: Path, reproduced: tuple[str, str], tmp_path: Path
) -> None:
    space = Workspace(clone / "workspace" / "line")
    space.inbox.mkdir(parents=True)
    shutil.copy(clone / "events" / "first.jsonl", space.inbox)
    (space.inbox / "broken.jsonl").write_text('{"text": "no label, no end"\n' * 30)

    server.prefect("work-pool", "create", "perdure", "--type", "process", cwd=clone)
    server.prefect("deploy", "--all", cwd=clone)
    found = {each["name"]: each for each in server.call("/deployments/filter", {})}
    assert set(found) == {"on-demand", "nightly", "every-minute", "daily", "weekly"}
    assert [name for name, each in found.items() if not each["schedules"]] == ["on-demand"]
    server.call(f"/deployments/{found['every-minute']['id']}", {"paused": True}, "PATCH")

    log = tmp_path / "worker.log"
    worker = ["worker", "start", "--pool", "perdure", "--name", "test"]
    with running(worker, log, cwd=clone, env={**server.environment, "PERDURE_WORKSPACE": str(space.root)}):
        nightly = server.run("nightly/nightly", 240)
        weekly = server.run("full-evaluation/weekly", 120)
        daily = server.run("retention/daily", 60)
    assert nightly["state_type"] == daily["state_type"] == "COMPLETED", log.read_text()
    (report,) = space.reports.glob("full-evaluation-*.json")
    measured = json.loads(report.read_text())
    sound = all(gate["status"] != "fail" for gate in measured["gates"])
    assert weekly["state_type"] == ("COMPLETED" if sound else "FAILED"), log.read_text()
    (noted,) = Ledger(space.ledger_url).log(kind="evaluated")
    assert noted.subject == measured["checkpoint"], "the ledger names the champion that was measured"

    assert [path.name for path in space.inbox.iterdir()] == ["taken"]
    (aside,) = (space.quarantine / "inbox").glob("broken-*.jsonl")
    assert json.loads(aside.with_name(f"{aside.name}.reason.json").read_text())["reason"]
    (cycle,) = space.cycles.glob("first-*")
    (batch,) = taken(space)
    assert (batch.batch.outcome, [path.name for path in batch.files]) == ("promoted", ["first.jsonl"])
    tasks = server.call("/task_runs/filter", {"flow_runs": {"name": {"like_": "lifelong"}}, "sort": "EXPECTED_START_TIME_ASC"})
    done = [task["name"].rsplit("-", 1)[0] for task in tasks if task["state_type"] == "COMPLETED"]
    assert done == list(STEPS)

    _, by_dvc = reproduced
    assert json.loads((cycle / "learn" / "record.json").read_text())["outputs"]["checkpoint"] == by_dvc


def test_two_flows_on_one_workspace_exclude_each_other(server: Server, workspace: Workspace) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from components.errors import BusyError
    from flows.common import holding

    with temporary_settings({PREFECT_API_URL: server.environment["PREFECT_API_URL"]}):
        with holding(workspace), pytest.raises(BusyError), holding(workspace, 0.5):
            pytest.fail("two at once")
        with holding(workspace, 5.0):
            pass
        with workspace.lock(), pytest.raises(BusyError), holding(workspace, 0.5):
            pytest.fail("not even beside the command")
