"""infra/compose.yaml as data, and as plain processes on a real PostgreSQL: same commands, same environment, other addresses."""

from __future__ import annotations

import glob
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from tests.killing import end_with_parent

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
#: Container ports by the service that listens there; 8081 is the worker's health page.
PORTS = {"postgres": 5432, "mlflow": 5000, "prefect": 4200, "gateway": 8080, "worker": 8081}

TOKEN = "test-only-token-of-the-gateway"


def interpolate(value: Any, variables: Mapping[str, str]) -> Any:
    """Compose's ${NAME:?message} and ${NAME:-default} in every string. Raises KeyError for a required one that is not set."""
    if isinstance(value, dict):
        return {key: interpolate(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolate(item, variables) for item in value]
    if not isinstance(value, str):
        return value

    def filled(found: re.Match[str]) -> str:
        name, kind, word = found.groups()
        if variables.get(name):
            return variables[name]
        if kind == "?":
            raise KeyError(f"{name}: {word}")
        return word or ""

    return re.sub(r"\$\{(\w+)(?::([?-])([^}]*))?\}", filled, value)


@pytest.fixture(scope="session")
def compose() -> dict[str, Any]:
    """The file as YAML, merge keys resolved, variables not filled in."""
    return yaml.safe_load((INFRA / "compose.yaml").read_text())


@dataclass
class Stack:
    """The services of the compose file as processes below one folder."""

    services: dict[str, Any]
    root: Path
    ports: dict[str, int]
    passwords: dict[str, str]
    app: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def here(self, text: str) -> str:
        """A string of the compose file with this machine's addresses and folders."""
        for service, port in PORTS.items():
            text = text.replace(f"{service}:{port}", f"127.0.0.1:{self.ports[service]}")
            text = re.sub(rf"\b{port}\b", str(self.ports[service]), text)
        return text.replace("0.0.0.0", "127.0.0.1").replace("/app", str(self.app))

    def environment(self, service: str) -> dict[str, str]:
        """What the service would see: the image's and its own variables, nothing of this shell but PATH."""
        image = dict(re.findall(r"(\w+)=(\S+)", " ".join(re.findall(r"^ENV (.*)$", (INFRA / "Dockerfile").read_text(), re.M))))
        own = {name: self.here(value) for name, value in self.services[service]["environment"].items()}
        if "MLFLOW_SERVER_ALLOWED_HOSTS" in own:  # not addresses but what clients call it, there as here
            own["MLFLOW_SERVER_ALLOWED_HOSTS"] = self.services[service]["environment"]["MLFLOW_SERVER_ALLOWED_HOSTS"]
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {**image, **own, "PATH": path, "HOME": str(self.root), "LANG": "C.UTF-8"}

    def start(self, service: str) -> None:
        command = [self.here(word) for word in self.services[service]["command"]]
        with open(self.root / f"{service}.log", "wb") as log:
            self.processes[service] = subprocess.Popen(
                command,
                cwd=self.app,
                env=self.environment(service),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,
            )

    def wait_healthy(self, service: str, seconds: float = 240) -> None:
        """Until the service's own health check passes."""
        check = [self.here(word) for word in self.services[service]["healthcheck"]["test"][1:]]
        end = time.monotonic() + seconds
        while subprocess.run(check, env=self.environment(service), capture_output=True, check=False).returncode != 0:
            log = self.root / f"{service}.log"
            problem = f"{service} is not healthy:\n{log.read_text(errors='replace')[-3000:]}"
            assert self.processes[service].poll() is None, problem
            assert time.monotonic() < end, problem
            time.sleep(0.5)

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def database(self, name: str, role: str | None = None) -> str:
        """URL of a database for its own role, or for another one with that one's password."""
        role = role or name
        password = self.passwords["POSTGRES_PASSWORD" if role == "postgres" else f"{role.upper()}_DB_PASSWORD"]
        return f"postgresql+psycopg://{role}:{password}@127.0.0.1:{self.ports['postgres']}/{name}"

    def stop(self) -> None:
        """End every process and its descendants, by id; PostgreSQL last."""
        running = {name: psutil.Process(process.pid) for name, process in self.processes.items() if process.poll() is None}
        postgres = running.pop("postgres", None)
        _end([process for parent in running.values() for process in (parent, *parent.children(recursive=True))])
        if postgres:
            postgres.send_signal(signal.SIGINT)  # "fast": does not wait for clients
        for process in self.processes.values():
            process.wait(30)


def _end(family: list[psutil.Process]) -> None:
    for how, seconds in (("terminate", 8), ("kill", 8)):
        for process in family:
            with suppress(psutil.NoSuchProcess):  # it ended by itself meanwhile
                getattr(process, how)()
        _, family = psutil.wait_procs(family, timeout=seconds)


@pytest.fixture(scope="module")
def stack(compose: dict[str, Any]) -> Iterator[Stack]:
    """PostgreSQL with the databases made, nothing else started yet."""
    binaries = Path(shutil.which("initdb") or max(glob.glob("/usr/lib/postgresql/*/bin/initdb"), default="")).parent
    if not (binaries / "initdb").is_file():
        message = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    passwords = {
        name: f"test-only-{name.lower()}" for name in re.findall(r"^(\w+)=$", (INFRA / ".env.example").read_text(), re.M)
    }
    passwords["PERDURE_TOKENS"] = f"predict,admin:{TOKEN}"
    root = Path(tempfile.mkdtemp(prefix="perdure-stack-"))
    stack = Stack(interpolate(compose["services"], passwords), root, _free_ports(), passwords, root / "app")
    try:
        _copy_image(stack.app)
        (stack.app / "basic_auth.ini").write_text(stack.here((INFRA / "basic_auth.ini").read_text()))  # mounted there
        _start_postgres(stack, binaries)
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(root)


def _copy_image(app: Path) -> None:
    """What the Dockerfile copies, where it copies it."""
    (app / "workspace").mkdir(parents=True)
    for line in re.findall(r"^COPY (.*)$", (INFRA / "Dockerfile").read_text(), re.M):
        *sources, target = line.split()
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, app / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(ROOT / source, app / target)


def _start_postgres(stack: Stack, binaries: Path) -> None:
    user = None
    data = stack.root / "postgres"
    data.mkdir()
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        user = pwd.getpwnam("postgres").pw_uid
        stack.root.chmod(0o755)
        os.chown(data, user, -1)
    environment = stack.environment("postgres")
    secret = stack.root / "secret"
    secret.write_text(stack.passwords["POSTGRES_PASSWORD"])
    initdb = [str(binaries / "initdb"), f"--pgdata={data}", "--username=postgres", "--auth=scram-sha-256"]
    initdb += [f"--pwfile={secret}", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run(initdb, check=True, capture_output=True, user=user, env=environment, cwd=data)
    server = [str(binaries / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(stack.ports["postgres"])]
    with open(stack.root / "postgres.log", "wb") as log:
        stack.processes["postgres"] = subprocess.Popen(
            [*server, "-k", str(data), "-c", "fsync=off"], user=user, env=environment, cwd=data, stdout=log, stderr=log
        )
    stack.wait_healthy("postgres")
    local = {"PGHOST": "127.0.0.1", "PGPORT": str(stack.ports["postgres"]), "PGPASSWORD": stack.passwords["POSTGRES_PASSWORD"]}
    subprocess.run(["sh", str(INFRA / "databases.sh")], check=True, env={**environment, **local})


def _free_ports() -> dict[str, int]:
    sockets = {service: socket.socket() for service in PORTS}
    for probe in sockets.values():
        probe.bind(("127.0.0.1", 0))
    ports = {service: probe.getsockname()[1] for service, probe in sockets.items()}
    for probe in sockets.values():
        probe.close()
    return ports
