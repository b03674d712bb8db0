"""Held-out cases as traffic: sent over HTTP, one per request, each answered by the arm that the split assigns."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.contracts import Progress
from components.gateway.process import Gateway
from components.rollout.replay_test import Answer
from components.rollout.split import Arm, arm_of

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class Case:
    """A request with a known answer; `id` decides its arm."""

    id: str
    text: str
    truth: str


@dataclass(frozen=True)
class Traffic:
    """How cases are sent: at most `concurrency` at a time, each for `timeout` seconds, all within `total` seconds."""

    concurrency: int = 16
    timeout: float = 10.0
    total: float = 240.0


def replay(
    gateway: Gateway,
    cases: Sequence[Case],
    versions: Mapping[Arm, str],
    *,
    share: float,
    salt: str,
    traffic: Traffic = Traffic(),
    progress: Progress | None = None,
) -> list[Answer]:
    """The answer to each case, in order. `versions`: the version that must answer on each arm.

    A request that is not answered in time, or was not sent within `traffic.total`, is a time-out of its arm. Raises
    UnavailableError if the gateway process ends in the meantime.
    """
    end = time.monotonic() + traffic.total
    answers: list[Answer] = []
    with gateway.client(traffic.timeout) as client, ThreadPoolExecutor(traffic.concurrency) as pool:

        def send(case: Case) -> Answer:
            arm: Arm = arm_of(case.id, share, salt) if len(versions) == 2 else next(iter(versions))
            if not gateway.alive():
                raise gateway.dead("the replay was over")
            if time.monotonic() >= end:
                return Answer(arm, "timeout")
            return _ask(client, gateway, case, arm, versions[arm])

        try:
            for answer in pool.map(send, cases):
                answers.append(answer)
                if progress:
                    progress(len(answers), len(cases), f"{sum(a.status == 'ok' for a in answers)} answered")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return answers


def _ask(client: httpx.Client, gateway: Gateway, case: Case, arm: Arm, version: str) -> Answer:
    import httpx

    began = time.perf_counter()
    try:
        response = client.post("/predict", json={"texts": [case.text], "id": case.id})
    except httpx.TimeoutException:
        return Answer(arm, "timeout")
    except httpx.TransportError as error:
        if _gone(gateway):
            raise gateway.dead("the replay was over") from error
        return Answer(arm, "error")
    latency = (time.perf_counter() - began) * 1000
    if not response.is_success:
        return Answer(arm, "error", latency_ms=latency)
    body = response.json()
    said = body["predictions"][0]
    if body["arm"] != arm or said["version"] != version:
        return Answer(arm, "wrong_version", latency_ms=latency)
    return Answer(arm, "ok", said["label"] == case.truth, latency)


def _gone(gateway: Gateway) -> bool:
    """A closed connection is seen a moment before the end of the process that closed it."""
    for _ in range(20):
        if not gateway.alive():
            return True
        time.sleep(0.05)
    return False
