"""A gateway as a child process of this one: started on a free loopback port, driven with a token, stopped by its id."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from components.environment import PROCESS_ENVIRONMENT
from components.errors import UnavailableError
from components.gateway.schema import Wanted

if TYPE_CHECKING:
    import httpx

TOKEN_VARIABLE = "PERDURE_GATEWAY_TOKEN"
COMMAND = (sys.executable, "-m", "components.gateway")


@dataclass(frozen=True)
class Gateway:
    """A handle on a running gateway process."""

    url: str
    process: subprocess.Popen[bytes]
    _token: str = field(repr=False)
    _stderr: IO[bytes] = field(repr=False)

    def alive(self) -> bool:
        return self.process.poll() is None

    def dead(self, what: str) -> UnavailableError:
        """The error to raise when the process ended before `what` happened, with the end of its output."""
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - 2000))
        tail = self._stderr.read().decode(errors="replace").strip() or "it printed nothing"
        code = self.process.poll()
        how = f"ended (exit {code})" if code is not None else "did not respond"
        return UnavailableError(
            f"The gateway process {how} before {what}; its last output: {tail}", "Nothing was promoted; run the command again."
        )

    def client(self, timeout: float) -> httpx.Client:
        """An HTTP client, with its token: no proxies on the loopback, and no certificates, which are slow to load."""
        import httpx

        headers = {"Authorization": f"Bearer {self._token}"}
        return httpx.Client(base_url=self.url, timeout=timeout, headers=headers, trust_env=False, verify=False)

    def wait(self, deadline_seconds: float = 90.0) -> None:
        """Wait until it answers. Raises UnavailableError with its last output when it ends or does not answer in time."""
        import httpx

        end = time.monotonic() + deadline_seconds
        with self.client(timeout=2.0) as client:
            while time.monotonic() < end and self.alive():
                try:
                    if client.get("/health").is_success:
                        return
                except httpx.TransportError:
                    time.sleep(0.1)
        raise self.dead("it answered")

    def models(self, wanted: Wanted, deadline_seconds: float = 180.0) -> dict[str, Any]:
        """Load these checkpoints and make them serve; returns /state. Raises UnavailableError when one cannot be loaded."""
        import httpx

        try:
            with self.client(deadline_seconds) as client:
                answer = client.post("/models", json=wanted.model_dump())
        except httpx.TransportError as error:
            raise self.dead("the checkpoints were loaded") from error
        if not answer.is_success:
            raise UnavailableError(f"The gateway cannot serve them: {answer.json()['detail']}", "Nothing was promoted.")
        state: dict[str, Any] = answer.json()
        return state

    def stop(self, grace_seconds: float = 5.0) -> None:
        """Ask it to end, wait, then kill. Harmless on one that has ended."""
        self.process.terminate()
        try:
            self.process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()
        self._stderr.close()


def start_gateway(command: Sequence[str] = COMMAND, base: str | None = None) -> Gateway:
    """Start one and return at once; meanwhile it does its slow imports and reads the base model of that name.

    Then `wait`, `models`, and `stop` at the end.

    command: what to run; it is given `--fd N`, the listening socket, so nobody can take the port in between. The child ends
    when this process does, even if that is killed: its standard input is a pipe that closes then.
    """
    token = secrets.token_urlsafe(32)
    stderr = tempfile.TemporaryFile()  # noqa: SIM115  (closed by stop)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        process = subprocess.Popen(
            [*command, "--fd", str(listening.fileno()), *(["--base", base] if base else [])],
            pass_fds=[listening.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env={**os.environ, **PROCESS_ENVIRONMENT, TOKEN_VARIABLE: token},
        )
    return Gateway(f"http://127.0.0.1:{port}", process, token, stderr)
