"""The rollout of this release: the held-out share of the experience is replayed through a gateway, then judged once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components.contracts import Experience, Progress, kind_writes, target_of
from components.errors import UsageError
from components.evaluation.statistics import wilson
from components.gateway.process import Gateway, gateway_process
from components.gateway.schema import Target, Wanted
from components.gateway.traffic import Case, replay
from components.rollout.replay_test import Answer, ReplayResult, judge_replay
from components.rollout.split import Arm
from components.settings import RolloutSettings
from components.storage import read_manifest

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
    gateway: Gateway | None = None,
    progress: Progress | None = None,
) -> Rollout:
    """Replay an experience's held-out cases through a gateway that serves both checkpoints, and judge what came back.

    gateway: one that is kept across cycles (see gateway/kept.py); None starts and stops its own. Each case is a request of
    its own, so its digest, and not its subject, picks the arm: the arms are then independent samples.
    Raises UnavailableError when the gateway does not start, cannot load a checkpoint, or dies: nothing is decided then.
    """
    began = time.perf_counter()
    writes = kind_writes(read_manifest(candidate)["base"]["kind"])
    cases = draw(experience, REQUESTS, np.random.default_rng([seed, int(experience.digest[:8], 16)]), writes=writes)
    wanted = Wanted(
        champion=Target(version=champion.name, path=str(champion.resolve())) if champion else None,
        candidate=Target(version=candidate.name, path=str(candidate.resolve())),
        share=settings.share,
        salt=candidate.name,
    )
    versions: dict[Arm, str] = {"candidate": candidate.name, **({"champion": champion.name} if champion else {})}
    with nullcontext(gateway) if gateway else gateway_process() as serving:
        serving.wait()
        serving.models(wanted)
        loaded = time.perf_counter()
        answers = replay(serving, cases, versions, share=settings.share, salt=wanted.salt, progress=progress)
    decision = judge_replay(answers, margin=settings.margin, champion=champion is not None)
    seconds = {"start_and_load": round(loaded - began, 3), "replay": round(time.perf_counter() - loaded, 3)}
    return Rollout(
        decision, {"requests": len(answers), "arms": summarize(answers, versions), "seconds": seconds, "margin": settings.margin}
    )


def draw(experience: Experience, most: int, rng: np.random.Generator, *, writes: bool = False) -> list[Case]:
    """At most `most` held-out cases in random order. `writes`: the model is asked for the completion before the label.

    Raises UsageError when the experience holds none with a known answer.
    """
    rows = experience.table("heldout").select(["digest", "text", "label", "completion"]).to_pylist()
    known = [Case(row["digest"], row["text"], truth) for row in rows if (truth := target_of(row, writes))]
    if not known:
        raise UsageError(f"{experience.path / 'heldout.parquet'} holds no case with a known answer", "Ingest more labelled rows.")
    return [known[i] for i in rng.permutation(len(known))[:most]]


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
            **{kind: sum(answer.status == kind for answer in mine) for kind in ("error", "timeout", "wrong_version")},
        }
    return arms
