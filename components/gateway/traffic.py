"""Held-out cases as traffic over HTTP: many at a time, or one after the other in pairs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from components.contracts import Progress
from components.gateway.cases import Asked, Case, Split
from components.gateway.process import Gateway
from components.rollout.latency import FEWEST
from components.rollout.replay_test import Answer, Pair
from components.rollout.split import Arm

if TYPE_CHECKING:
    import httpx

BLOCK = 12  # pairs: as many show that a candidate is not three times slower, unless the machine is very busy


@dataclass(frozen=True)
class Traffic:
    """How cases are sent: at most `concurrency` at a time, each for `timeout` seconds, all within `total` seconds.

    Once `hopeless` requests have failed, the others are not sent: it is plain that something is wrong. Pairs are asked one
    request at a time, so that none waits for another; after `pairing` seconds no pair is begun that an interval does not need.
    """

    concurrency: int = 16
    timeout: float = 10.0
    total: float = 240.0
    hopeless: int = 32
    pairing: float = 60.0


USUAL = Traffic()


def replay(
    gateway: Gateway, asked: Sequence[Asked], split: Split, *, traffic: Traffic = USUAL, progress: Progress | None = None
) -> list[Answer]:
    """The answer to each request, in order.

    Raises UnavailableError if the gateway process ends in the meantime.
    """
    end = time.monotonic() + traffic.total
    failed: list[Asked] = []
    answers: list[Answer] = []
    with gateway.client(traffic.timeout) as client, ThreadPoolExecutor(traffic.concurrency) as pool:

        def send(each: Asked) -> Answer:
            if time.monotonic() >= end or len(failed) >= traffic.hopeless:
                return Answer(each.arm, "unsent")
            answer = _ask(client, gateway, each, split)
            if answer.failed:
                failed.append(each)
            return answer

        try:
            for answer in pool.map(send, asked):
                answers.append(answer)
                if progress:
                    progress(len(answers), len(asked), f"{sum(a.status == 'ok' for a in answers)} answered")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return answers


def ask_in_pairs(
    gateway: Gateway,
    cases: Sequence[Case],
    split: Split,
    rng: np.random.Generator,
    *,
    enough: Callable[[Sequence[Pair]], bool] | None = None,
    traffic: Traffic = USUAL,
) -> list[Pair]:
    """Ask each case of both arms, one right after the other; a coin decides for each pair which arm comes first.

    enough: asked after every twelve pairs whether to end. Ends as well when the gateway no longer answers at all.
    Raises UnavailableError if its process ends in the meantime.
    """
    end = time.monotonic() + traffic.pairing
    pairs: list[Pair] = []
    with gateway.client(traffic.timeout) as client:
        for case, heads in zip(cases, rng.random(len(cases)) < 0.5, strict=True):
            if time.monotonic() >= end and len(pairs) >= FEWEST:
                break
            if enough and pairs and len(pairs) % BLOCK == 0 and enough(pairs):
                break
            order: tuple[Arm, Arm] = ("candidate", "champion") if heads else ("champion", "candidate")
            answers: dict[Arm, Answer] = {}
            for arm in order:
                answers[arm] = _ask(client, gateway, split.to(arm, case), split)
                if answers[arm].status == "timeout" and not _settled(client, split.to("champion", case), traffic):
                    return pairs
            pairs.append(Pair(answers["candidate"], answers["champion"]))
    return pairs


def _settled(client: httpx.Client, asked: Asked, traffic: Traffic) -> bool:
    """Wait until the gateway is done with a request that was given up: it would hold up the next one, which is not its fault."""
    import httpx

    try:
        client.post("/predict", json={"texts": [asked.case.text], "id": asked.id}, timeout=3 * traffic.timeout)
    except httpx.TransportError:
        return False
    return True


def _ask(client: httpx.Client, gateway: Gateway, asked: Asked, split: Split, *, again: bool = True) -> Answer:
    import httpx

    if not gateway.alive():
        raise gateway.dead("the replay was over")
    arm = asked.arm
    began = time.perf_counter()
    try:
        response = client.post("/predict", json={"texts": [asked.case.text], "id": asked.id})
    except httpx.TimeoutException:
        return Answer(arm, "timeout")
    except httpx.TransportError as error:
        if again:  # after an HTTP 500 the server closes the connection, which the next request on it may be the first to notice
            return _ask(client, gateway, asked, split, again=False)
        if _gone(gateway):
            raise gateway.dead("the replay was over") from error
        return Answer(arm, "lost")
    latency = (time.perf_counter() - began) * 1000
    if not response.is_success:
        return Answer(arm, "error" if response.status_code == 500 else "lost", latency_ms=latency)
    body = response.json()
    said = body["predictions"][0]
    if body["arm"] != arm or said["version"] != split.versions[arm]:
        return Answer(arm, "wrong_version", latency_ms=latency)
    return Answer(arm, "ok", said["label"] == asked.case.truth, latency)


def _gone(gateway: Gateway) -> bool:
    """A closed connection is seen a moment before the end of the process that closed it."""
    for _ in range(20):
        if not gateway.alive():
            return True
        time.sleep(0.05)
    return False
