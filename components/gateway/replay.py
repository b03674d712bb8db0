"""The rollout of this release: the held-out share of the experience is replayed through a gateway, then judged once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components.contracts import Experience, Progress, kind_writes
from components.errors import UnavailableError
from components.evaluation.statistics import wilson
from components.gateway.attempt import Attempt, attempt
from components.gateway.cases import Split, draw
from components.gateway.process import Gateway
from components.gateway.traffic import USUAL, Traffic
from components.rollout.attempts import PAUSES, next_move
from components.rollout.findings import Finding
from components.rollout.latency import Latency
from components.rollout.replay_test import Answer, ReplayResult, at_fault, judge_replay, latency_of
from components.rollout.split import Arm
from components.settings import RolloutSettings
from components.storage import read_manifest

#: How the failures are counted for people
FAILURES = {"error": ("error", "lost"), "timeout": ("timeout", "unsent"), "wrong_version": ("wrong_version",)}
REQUESTS = 400  # at most, drawn at random: the cost of a rollout stays flat as experiences grow


@dataclass(frozen=True)
class Rollout:
    """What was decided and the figures behind it; `as_dict` is JSON-able and holds no text."""

    decision: ReplayResult
    summary: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"decision": asdict(self.decision), "summary": self.summary}


def rollout(
    candidate: Path,
    champion: Path | None,
    experience: Experience,
    *,
    settings: RolloutSettings,
    seed: int,
    gateway: Callable[[], Gateway],
    traffic: Traffic = USUAL,
    progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Rollout:
    """Replay an experience's held-out cases through a gateway that serves both checkpoints, and judge what came back.

    gateway: returns a running one. One that was in trouble is stopped, and the next call must return another one (see
    gateway/kept.py). Each case is a request of its own, so its digest, and not its subject, picks the arm: the arms are then
    independent samples. Raises UnavailableError when all attempts met trouble that says nothing of the candidate: nothing is
    decided then.
    """
    writes = kind_writes(read_manifest(candidate)["base"]["kind"])
    rng = np.random.default_rng([seed, int(experience.digest[:8], 16)])
    cases = draw(experience, REQUESTS, rng, writes=writes)
    paths: dict[Arm, Path] = {"candidate": candidate, **({"champion": champion} if champion else {})}
    split = Split({arm: path.name for arm, path in paths.items()}, settings.share, candidate.name)
    findings: list[Finding] = []
    while True:
        serving = gateway()
        try:
            last = attempt(serving, paths, cases, split, rng, traffic, progress)
        except UnavailableError as error:
            last = Attempt((), (), Finding("trouble", error.message), {})
        findings.append(last.finding)
        move = next_move(findings)
        if move != "judge":
            serving.stop()  # it may still be at work on what timed out
        if move in ("judge", "conclude"):
            return _decide(last, findings, split, settings)
        if move == "stop":
            raise _nothing_decided(findings)
        sleep(PAUSES[len(findings) - 1])


def _decide(last: Attempt, findings: Sequence[Finding], split: Split, settings: RolloutSettings) -> Rollout:
    latency: Latency | None = None
    kind = last.finding.kind
    if kind == "candidate" or kind == "champion":
        decision = at_fault(last.answers, kind, last.finding.what)
    else:
        latency = latency_of(last.pairs)
        decision = judge_replay(last.answers, latency, margin=settings.margin)
    summary = {
        "requests": len(last.answers),
        "arms": summarize(last.answers, split.versions),
        "latency": latency.as_dict() if latency else None,
        "attempts": [asdict(finding) for finding in findings],
        "seconds": dict(last.seconds),
        "margin": settings.margin,
    }
    return Rollout(decision, summary)


def _nothing_decided(findings: Sequence[Finding]) -> UnavailableError:
    said = "; ".join(f"attempt {number}: {finding.what}" for number, finding in enumerate(findings, start=1))
    return UnavailableError(
        f"The rollout met trouble {len(findings)} times, each time on another gateway; it says nothing of the candidate. {said}",
        "Nothing was promoted and nothing decided. Run the command again: the cycle continues at this step. If it happens again, "
        "see what keeps this machine busy or fills its memory.",
    )


def summarize(answers: Sequence[Answer], versions: Mapping[Arm, str]) -> dict[str, Any]:
    """Per arm: version, requests, failures by kind, accuracy with its 95 % interval, latency p50 and p99 in ms."""
    arms: dict[str, Any] = {}
    for arm, version in versions.items():
        mine = [answer for answer in answers if answer.arm == arm]
        answered = [answer for answer in mine if answer.status == "ok"]
        latency = (
            np.percentile([answer.latency_ms for answer in answered], [50, 99]).round(2).tolist() if answered else [None, None]
        )
        arms[arm] = {
            "version": version,
            "requests": len(mine),
            "accuracy": wilson(sum(answer.correct for answer in answered), len(mine)).as_dict(),
            "p50_ms": latency[0],
            "p99_ms": latency[1],
            **{kind: sum(answer.status in of for answer in mine) for kind, of in FAILURES.items()},
        }
    return arms
