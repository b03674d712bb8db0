"""The compose file is valid, needs its passwords, publishes nothing beyond this machine and is quiet."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.environment import PROCESS_ENVIRONMENT

from .conftest import INFRA, ROOT, interpolate

pytestmark = pytest.mark.unit

OURS = ("mlflow", "prefect", "worker", "gateway")
SECRETS = (
    "POSTGRES_PASSWORD",
    "MLFLOW_DB_PASSWORD",
    "PREFECT_DB_PASSWORD",
    "LEDGER_DB_PASSWORD",
    "MLFLOW_PASSWORD",
    "MLFLOW_SECRET_KEY",
    "PREFECT_PASSWORD",
    "PERDURE_TOKENS",
)


def _schema_says(path: Path) -> subprocess.CompletedProcess[str]:
    """check-jsonschema carries the compose specification's own schema: no network."""
    command = [str(Path(sys.executable).parent / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_follows_the_compose_specification() -> None:
    done = _schema_says(INFRA / "compose.yaml")
    assert done.returncode == 0, done.stdout


def test_the_schema_check_can_fail(tmp_path: Path, compose: dict[str, Any]) -> None:
    compose = {**compose, "services": {**compose["services"], "mlflow": {"comand": ["mlflow"]}}}
    (tmp_path / "compose.yaml").write_text(yaml.safe_dump(compose))
    assert "comand" in _schema_says(tmp_path / "compose.yaml").stdout


@pytest.mark.parametrize("missing", SECRETS)
def test_it_does_not_start_without_a_password(compose: dict[str, Any], missing: str) -> None:
    with pytest.raises(KeyError, match=rf"{missing}: see infra/\.env\.example"):
        interpolate(compose, {name: "x" for name in SECRETS if name != missing})


def test_the_example_names_every_variable_and_holds_no_secret() -> None:
    example = (INFRA / ".env.example").read_text()
    used = set(re.findall(r"\$\{(\w+)", (INFRA / "compose.yaml").read_text()))
    assert used == set(re.findall(r"^(?:# )?(\w+)=", example, re.M))
    assert set(re.findall(r"^(\w+)=$", example, re.M)) == set(SECRETS)
    assert not re.findall(r"^\w+=.+$", example, re.M), "a value outside a comment"
    ignored = subprocess.run(["git", "check-ignore", "-q", "infra/.env"], cwd=ROOT, check=False)
    assert ignored.returncode == 0, "git must ignore the filled-in file"


def test_the_defaults_in_the_example_are_the_real_ones() -> None:
    example = dict(re.findall(r"^# (\w+)=(.*)$", (INFRA / ".env.example").read_text(), re.M))
    assert dict(re.findall(r"\$\{(\w+):-([^}]*)\}", (INFRA / "compose.yaml").read_text())) == example


def test_ports_are_published_on_loopback_only(compose: dict[str, Any]) -> None:
    services = interpolate(compose["services"], dict.fromkeys(SECRETS, "x"))
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert set(published) == {"mlflow", "prefect", "gateway"}
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for ports in published.values() for port in ports)


def test_our_services_are_quiet_and_unprivileged(compose: dict[str, Any]) -> None:
    for name in OURS:
        service = compose["services"][name]
        assert {"DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY", "MLFLOW_ALLOW_PICKLE_DESERIALIZATION"} < set(service["environment"])
        for variable, value in PROCESS_ENVIRONMENT.items():
            assert service["environment"].get(variable, value) == value
        assert service["cap_drop"] == ["ALL"]
        assert "privileged" not in service
        assert "user" not in service, "the image's user stays"


def test_a_service_waits_for_healthy_ones(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert all("healthcheck" in service for service in services.values())
    for name in OURS:
        for needed, how in services[name]["depends_on"].items():
            assert needed in services
            assert how == {"condition": "service_healthy"}


def test_mlflow_asks_for_a_password_that_no_file_holds(compose: dict[str, Any]) -> None:
    service = compose["services"]["mlflow"]
    assert service["command"][:4] == ["mlflow", "server", "--app-name", "basic-auth"]
    users = configparser.ConfigParser()
    users.read(INFRA / "basic_auth.ini")
    assert f"./basic_auth.ini:{service['environment']['MLFLOW_AUTH_CONFIG_PATH']}:ro" in service["volumes"]
    assert "admin_password" not in users["mlflow"]
    assert re.fullmatch(r"\S+://mlflow@postgres:5432/mlflow_auth", users["mlflow"]["database_uri"])
    assert users["mlflow"]["default_permission"] == "READ"
    for name in ("gateway", "worker"):
        assert compose["services"][name]["environment"]["MLFLOW_TRACKING_USERNAME"] == users["mlflow"]["admin_username"]


def test_only_the_gateway_and_the_worker_know_the_ledger(compose: dict[str, Any]) -> None:
    knows = {name for name, service in compose["services"].items() if "PERDURE_LEDGER_URL" in service["environment"]}
    assert knows == {"gateway", "worker"}


def test_the_image_is_built_from_files_that_exist_and_runs_as_nobody_special() -> None:
    dockerfile = (INFRA / "Dockerfile").read_text()
    copied = [source for line in re.findall(r"^COPY (.*)$", dockerfile, re.M) for source in line.split()[:-1]]
    assert copied
    assert "requirements-dev.lock" not in copied
    assert re.search(r"install\.sh python$", dockerfile, re.M), "no lock but the first"
    assert all((ROOT / source).exists() for source in copied)
    allowed = re.findall(r"^!(.*)$", (INFRA / "Dockerfile.dockerignore").read_text(), re.M)
    assert sorted(allowed) == sorted(copied), "the build sees what it copies and nothing else"
    assert re.findall(r"^USER (.*)$", dockerfile, re.M) == ["perdure"]
    assert dockerfile.index("USER perdure") > dockerfile.rindex("RUN ")
