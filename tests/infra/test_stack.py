"""The compose file's commands and environment as plain processes on a real PostgreSQL (no Docker engine needed)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg
import pytest
import sqlalchemy as sa

from components.governance.ledger import Ledger

from .conftest import TOKEN, Stack

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def running(stack: Stack) -> Stack:
    """All services, started in the order of their conditions."""
    for service in ("mlflow", "prefect"):
        stack.start(service)
    for service in ("mlflow", "prefect"):
        stack.wait_healthy(service)
    for service in ("worker", "gateway"):
        stack.start(service)
    for service in ("gateway", "worker"):
        stack.wait_healthy(service)
    return stack


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(sa.text(query))]
    engine.dispose()
    return found


def administrator(stack: Stack) -> tuple[str, str]:
    return "admin", stack.passwords["MLFLOW_PASSWORD"]


def test_mlflow_keeps_runs_in_its_database_and_takes_artifacts(
    running: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):  # as the worker has them
        monkeypatch.setenv(name, running.environment("worker")[name])
    client = MlflowClient(tracking_uri=running.url("mlflow"))
    run = client.create_run(client.create_experiment("stack"))
    client.log_metric(run.info.run_id, "accuracy", 0.9)
    (tmp_path / "note.txt").write_text("kept")
    client.log_artifact(run.info.run_id, str(tmp_path / "note.txt"))
    assert rows(running.database("mlflow"), "select key, value from metrics") == [("accuracy", 0.9)]
    assert [path.read_text() for path in (running.app / "mlartifacts").rglob("note.txt")] == ["kept"]


@pytest.mark.parametrize(("host", "status"), [("mlflow:5000", 200), ("localhost:5001", 200), ("evil.example", 403)])
def test_mlflow_answers_its_service_name_and_no_stranger(running: Stack, host: str, status: int) -> None:
    """The service name as the gateway sends it; MLflow's own default would refuse it."""
    body, address = {"max_results": 1}, f"{running.url('mlflow')}/api/2.0/mlflow/experiments/search"
    assert httpx.post(address, json=body, headers={"Host": host}, auth=administrator(running)).status_code == status


@pytest.mark.parametrize("way_in", ["no password", "wrong password", "foreign page", "foreign name"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/", None),
        ("GET", "/signup", None),
        ("POST", "/api/2.0/mlflow/registered-models/create", {"name": "foreign"}),
        ("POST", "/ajax-api/2.0/mlflow/registered-models/create", {"name": "foreign"}),
        ("PUT", "/api/2.0/mlflow-artifacts/artifacts/0/foreign", {}),
        ("POST", "/graphql", {"query": "{ __typename }"}),
    ],
)
def test_mlflow_lets_nobody_else_in(running: Stack, way_in: str, method: str, path: str, body: dict[str, str] | None) -> None:
    """A browser sends the password that it knows to MLflow for a foreign page, too."""
    auth = {"no password": None, "wrong password": ("admin", "guess")}.get(way_in, administrator(running))
    headers = {"foreign page": {"origin": "http://evil.example"}, "foreign name": {"host": "evil.example"}}.get(way_in, {})
    answer = httpx.request(method, f"{running.url('mlflow')}{path}", json=body, auth=auth, headers=headers)
    read = way_in == "foreign page" and (method == "GET" or path == "/graphql")  # which no browser shows to a foreign page
    assert answer.status_code == (401 if "password" in way_in else 200 if read else 403)
    assert "access-control-allow-origin" not in answer.headers
    assert rows(running.database("mlflow"), "select name from registered_models where name = 'foreign'") == []
    assert list((running.app / "mlartifacts").rglob("foreign")) == []


def test_a_person_of_mlflow_reads_until_he_is_given_more_and_leaves_no_name(
    running: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What docs/security.md says: a password says who may decide, and MLflow keeps no trace of who did."""
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from mlflow.server import get_app_client

    def log_in(name: str, password: str) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", name)
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", password)

    log_in(*administrator(running))
    client, users = MlflowClient(tracking_uri=running.url("mlflow")), get_app_client("basic-auth", running.url("mlflow"))
    client.create_registered_model("watched")
    users.create_user("approver", "a-long-password")
    log_in("approver", "a-long-password")
    assert client.get_registered_model("watched").name == "watched"
    with pytest.raises(MlflowException, match="Permission denied"):
        client.set_registered_model_tag("watched", "approval", "approved")
    log_in(*administrator(running))
    users.grant_user_permission("approver", "registered_model", "watched", "EDIT")
    log_in("approver", "a-long-password")
    client.set_registered_model_tag("watched", "approval", "approved")
    tables = [name for (name,) in rows(running.database("mlflow"), "select tablename from pg_tables where schemaname = 'public'")]
    assert "users" not in tables, "they have a database of their own"
    assert [
        name
        for name in tables
        if any("approver" in map(str, row) for row in rows(running.database("mlflow"), f'select * from "{name}"'))
    ] == []


def test_prefect_holds_the_deployments_and_the_worker_is_online(running: Stack) -> None:
    api, own = f"{running.url('prefect')}/api", ("admin", running.passwords["PREFECT_PASSWORD"])
    assert httpx.get(f"{api}/health").json() is True
    end = time.monotonic() + 60
    while not (workers := httpx.post(f"{api}/work_pools/perdure/workers/filter", json={}, auth=own).json()):
        assert time.monotonic() < end, "the worker never reported"
        time.sleep(0.5)
    assert {worker["status"] for worker in workers} == {"ONLINE"}
    assert rows(running.database("prefect"), "select name, type from work_pool") == [("perdure", "process")]
    deployed = {name for (name,) in rows(running.database("prefect"), "select name from deployment")}
    assert {"nightly", "every-minute", "daily", "weekly"} <= deployed


@pytest.mark.parametrize("way_in", ["no password", "wrong password", "foreign page", "foreign name"])
def test_prefect_lets_nobody_else_make_a_deployment(running: Stack, way_in: str) -> None:
    right = ("admin", running.passwords["PREFECT_PASSWORD"])
    auth = {"no password": None, "wrong password": ("admin", "guess")}.get(way_in, right)
    headers = {"foreign page": {"origin": "http://evil.example"}, "foreign name": {"host": "evil.example:4200"}}.get(way_in, {})
    answer = httpx.post(f"{running.url('prefect')}/api/flows/", json={"name": "foreign"}, auth=auth, headers=headers)
    assert answer.status_code == (403 if way_in.startswith("foreign") else 401)
    assert rows(running.database("prefect"), "select name from flow where name = 'foreign'") == []


def test_the_gateway_is_alive_and_not_ready_without_a_champion(running: Stack) -> None:
    assert httpx.get(f"{running.url('gateway')}/health").status_code == 200
    asked = {"url": f"{running.url('gateway')}/predict", "json": {"texts": ["Who wrote Hamlet?"]}}
    assert httpx.post(**asked).status_code == 401
    answer = httpx.post(**asked, headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 503
    assert "hint" in answer.json()


def test_the_ledger_writes_and_verifies_on_postgresql(stack: Stack) -> None:
    url = stack.environment("worker")["PERDURE_LEDGER_URL"]
    ledger = Ledger(url)
    before = ledger.verify()["entries"]
    for n in range(3):
        ledger.append("note", actor="test", subject=str(n), evidence={"n": n}, reason="why", now=lambda: datetime.now(UTC))
    found = ledger.verify()
    assert (found["entries"], found["valid"], found["problems"]) == (before + 3, True, [])
    assert found["head"] == ledger.head()
    assert rows(stack.database("ledger"), "select count(*) from ledger") == [(before + 3,)]


@pytest.mark.parametrize(("role", "database"), [("mlflow", "ledger"), ("prefect", "ledger"), ("ledger", "mlflow")])
def test_no_service_opens_the_database_of_another(stack: Stack, role: str, database: str) -> None:
    url = stack.database(database, role).replace("+psycopg", "")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(url)
