"""Replays through a real gateway process, with a real if tiny model."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.contracts import Experience
from components.errors import UnavailableError
from components.gateway.cases import Case, Split
from components.gateway.process import Gateway, start_gateway
from components.gateway.replay import Rollout, rollout
from components.gateway.schema import Target, Wanted
from components.gateway.traffic import Traffic, ask_in_pairs, replay
from components.rollout.attempts import PAUSES
from components.settings import RolloutSettings
from components.storage import canonical_json

pytestmark = pytest.mark.end_to_end
Make = Callable[..., Path]
MakeExperience = Callable[[int], Experience]
Gateways = Callable[[], Gateway]
TEXTS = [Case(str(i), "fine", "good") for i in range(12)]


def roll(candidate: Path, champion: Path | None, experience: Experience, gateways: Gateways, **more: Any) -> Rollout:
    """A rollout that does not pause between its attempts."""
    return rollout(
        candidate, champion, experience,
        **{"settings": RolloutSettings(), "seed": 0, "gateway": gateways, "sleep": lambda seconds: None, **more},
    )  # fmt: skip


def test_one_gateway_for_several_rollouts(gateways: Gateways, make_words: Make, make_experience: MakeExperience) -> None:
    first, sound, worse = make_words("first"), make_words("second"), make_words("worse", worse=True)

    outcome = roll(first, None, make_experience(40), gateways)
    assert outcome.decision.status == "promoted"
    assert "No champion" in outcome.decision.reason
    assert outcome.summary["arms"]["candidate"]["requests"] == 40
    assert outcome.summary["latency"] is None
    gateway = gateways()

    outcome = roll(sound, first, make_experience(60), gateways)
    assert outcome.decision.status == "promoted"
    arms = outcome.summary["arms"]
    assert arms["candidate"]["requests"] + arms["champion"]["requests"] == 60
    assert arms["candidate"]["version"] == sound.name
    assert arms["candidate"]["accuracy"]["estimate"] == 1.0
    assert arms["candidate"]["p99_ms"] > 0
    latency = outcome.summary["latency"]
    assert latency["low"] <= latency["ratio"] <= latency["high"]
    assert latency["n"] in (12, 24, 36, 48)
    assert latency["candidate_p50_ms"] > 0
    assert outcome.summary["attempts"] == [{"kind": "sound", "what": ""}]
    assert "awful number" not in canonical_json(outcome.as_dict())

    outcome = roll(worse, sound, make_experience(60), gateways)
    assert outcome.decision.status == "rolled_back"
    assert outcome.decision.high is not None
    assert outcome.decision.high < 0

    outcome = roll(sound, first, make_experience(17), gateways, seed=1)
    assert outcome.decision.status == "promoted"
    assert outcome.decision.n_candidate + outcome.decision.n_champion == 17

    outcome = roll(sound, first, make_experience(1), gateways)
    assert (outcome.decision.n_candidate, outcome.decision.n_champion) == (1, 1)  # it is asked of both
    assert outcome.summary["latency"]["n"] >= 12
    assert gateways() is gateway


def test_a_candidate_that_is_slower_than_its_champion_is_rolled_back(
    gateways: Gateways, make_words: Make, make_experience: MakeExperience
) -> None:
    champion, slow = make_words("champion"), make_words("slow", seconds=0.26)
    traffic = Traffic(pairing=3.0)
    outcome = roll(slow, champion, make_experience(12), gateways, traffic=traffic)
    assert outcome.decision.status == "rolled_back"
    assert outcome.decision.reason.startswith("Too slow: in 1")
    assert outcome.summary["latency"]["n"] < 48
    assert outcome.summary["latency"]["low"] > 3
    other = make_words("as slow", seconds=0.26)
    assert roll(other, slow, make_experience(12), gateways, traffic=traffic).decision.status == "promoted"


@pytest.mark.parametrize("trouble", [{"fails": "awful"}, {"seconds": 0.4}], ids=["HTTP 500", "time-outs"])
def test_what_only_the_candidate_fails_on_two_gateways_rolls_it_back(
    gateways: Gateways, make_words: Make, make_experience: MakeExperience, trouble: dict[str, Any]
) -> None:
    champion, candidate = make_words("champion"), make_words("candidate", **trouble)
    started: list[Gateway] = []

    def gateway() -> Gateway:
        started.append(gateways())
        return started[-1]

    outcome = roll(candidate, champion, make_experience(8), gateway, traffic=Traffic(concurrency=1, timeout=0.25))
    assert outcome.decision.status == "rolled_back"
    assert "where the champion answered" in outcome.decision.reason
    assert [attempt["kind"] for attempt in outcome.summary["attempts"]] == ["candidate", "candidate"]
    assert len({gateway.process.pid for gateway in started}) == 2
    assert not started[-1].alive()  # the next rollout gets another one


def test_what_only_the_champion_fails_is_held(gateways: Gateways, make_words: Make, make_experience: MakeExperience) -> None:
    champion, candidate = make_words("champion", fails="awful"), make_words("candidate")
    outcome = roll(candidate, champion, make_experience(20), gateways)
    assert outcome.decision.status == "held"
    assert "a person decides" in outcome.decision.reason


def test_what_both_fail_decides_nothing(gateways: Gateways, make_words: Make, make_experience: MakeExperience) -> None:
    champion, candidate = make_words("champion", fails="awful"), make_words("candidate", fails="awful")
    pauses: list[float] = []
    with pytest.raises(UnavailableError, match=r"trouble 3 times.*attempt 3: the candidate failed to answer \d+") as raised:
        roll(candidate, champion, make_experience(20), gateways, sleep=pauses.append)
    assert tuple(pauses) == PAUSES
    assert "Run the command again: the cycle continues at this step" in raised.value.hint


@pytest.mark.parametrize("forever", [False, True])
def test_a_gateway_that_freezes_is_replaced(
    gateways: Gateways, make_words: Make, make_experience: MakeExperience, forever: bool
) -> None:
    """Stopped with a signal, as a machine without memory stops a process: everything times out, on both arms."""
    champion, candidate = make_words("champion"), make_words("candidate")
    frozen: list[int] = []

    def freeze(done: int, total: int, line: str) -> None:
        pid = gateways().process.pid
        if pid not in frozen and (forever or not frozen):
            frozen.append(pid)
            os.kill(pid, signal.SIGSTOP)
            threading.Timer(2.0, os.kill, [pid, signal.SIGCONT]).start()  # so that it can be ended

    def again() -> Rollout:
        return roll(
            candidate, champion, make_experience(40), gateways, progress=freeze, traffic=Traffic(concurrency=4, timeout=0.3)
        )

    if forever:
        with pytest.raises(UnavailableError, match="says nothing of the candidate"):
            again()
        assert len(frozen) == 3
        return
    outcome = again()
    assert outcome.decision.status == "promoted"
    assert [attempt["kind"] for attempt in outcome.summary["attempts"]] == ["trouble", "sound"]


def test_a_gateway_killed_during_the_replay_is_replaced(
    gateways: Gateways, make_words: Make, make_experience: MakeExperience
) -> None:
    first, second = make_words("first", seconds=0.02), make_words("second", seconds=0.02)
    started: list[Gateway] = []

    def gateway() -> Gateway:
        started.append(gateways())
        return started[-1]

    def kill(done: int, total: int, line: str) -> None:
        if done > 5 and len(started) <= most:
            started[-1].process.kill()

    most = 1
    outcome = roll(second, first, make_experience(100), gateway, progress=kill)
    assert outcome.decision.status == "promoted"
    assert [attempt["kind"] for attempt in outcome.summary["attempts"]] == ["trouble", "sound"]
    assert "gateway process ended" in outcome.summary["attempts"][0]["what"]
    started.clear()
    most = 3
    with pytest.raises(UnavailableError, match="gateway process ended") as raised:
        roll(second, first, make_experience(100), gateway, progress=kill)
    assert "Nothing was promoted" in raised.value.hint
    assert len({each.process.pid for each in started}) == 3


def test_a_damaged_checkpoint_is_not_replayed(gateways: Gateways, make_words: Make, make_experience: MakeExperience) -> None:
    first, second = make_words("first"), make_words("second")
    (second / "words.json").write_text("{}")
    with pytest.raises(UnavailableError, match="does not match its digest"):
        roll(second, first, make_experience(20), gateways)


def test_what_there_was_no_time_to_send_is_not_a_failure(gateway: Gateway, make_words: Make) -> None:
    split = serve(gateway, make_words("champion"), make_words("candidate"))
    answers = replay(gateway, split.spread(TEXTS), split, traffic=Traffic(total=0.0))
    assert {answer.status for answer in answers} == {"unsent"}


def test_a_replay_ends_when_it_is_hopeless(gateway: Gateway, make_words: Make) -> None:
    split = serve(gateway, None, make_words("broken", fails="fine"))
    answers = replay(gateway, split.spread(TEXTS), split, traffic=Traffic(concurrency=1, hopeless=3))
    assert [answer.status for answer in answers] == ["error"] * 3 + ["unsent"] * 9


def test_another_version_answering_is_seen(gateway: Gateway, make_words: Make) -> None:
    split = serve(gateway, make_words("champion"), make_words("candidate"))
    other = Split({**split.versions, "candidate": "0" * 64}, split.share, split.salt)
    answers = replay(gateway, other.spread(TEXTS), other)
    assert {answer.status for answer in answers if answer.arm == "candidate"} == {"wrong_version"}
    assert {answer.status for answer in answers if answer.arm == "champion"} == {"ok"}


def test_pairs_are_answered_by_both_arms_in_random_order(gateway: Gateway, make_words: Make) -> None:
    split = serve(gateway, make_words("champion"), make_words("candidate", worse=True))
    pairs = ask_in_pairs(gateway, TEXTS, split, np.random.default_rng(0))
    assert len(pairs) == len(TEXTS)
    assert {(pair.candidate.arm, pair.candidate.status, pair.candidate.correct) for pair in pairs} == {("candidate", "ok", False)}
    assert {(pair.champion.arm, pair.champion.status, pair.champion.correct) for pair in pairs} == {("champion", "ok", True)}


def test_pairing_ends_when_there_is_no_more_time(gateway: Gateway, make_words: Make) -> None:
    split = serve(gateway, make_words("champion"), make_words("candidate"))
    assert len(ask_in_pairs(gateway, TEXTS, split, np.random.default_rng(0), traffic=Traffic(pairing=0.0))) == 6


def test_only_the_parent_changes_models(gateway: Gateway, make_words: Make) -> None:
    gateway.wait()
    with gateway.client(5) as client:
        body = Wanted(champion=Target(version="1", path=str(make_words("x")))).model_dump()
        for wrong in ("", "Bearer guess", f"Basic {gateway._token}", gateway._token):
            headers = {"Authorization": wrong}
            assert client.post("/models", json=body, headers=headers).status_code == 401
            assert client.post("/predict", json={"texts": ["fine"]}, headers=headers).status_code == 401
        assert client.get("/ready").status_code == 503
    assert gateway._token not in repr(gateway)


def test_a_process_that_cannot_start_says_why() -> None:
    running = start_gateway(("python3", "-c", "raise SystemExit('no such thing as a free port')"))
    with pytest.raises(UnavailableError, match="free port"):
        running.wait()
    running.stop()


def test_it_ends_with_its_parent(gateway: Gateway) -> None:
    gateway.wait()
    assert gateway.process.stdin
    gateway.process.stdin.close()  # what the kernel does when the parent is killed
    gateway.process.wait(20)


def test_stop_is_harmless_twice(gateway: Gateway) -> None:
    gateway.stop()
    assert not gateway.alive()
    gateway.process.wait(0)
    gateway.stop()


def serve(gateway: Gateway, champion: Path | None, candidate: Path) -> Split:
    gateway.wait()
    mine, theirs = (Target(version=path.name, path=str(path)) if path else None for path in (candidate, champion))
    gateway.models(Wanted(champion=theirs, candidate=mine, share=0.5, salt=candidate.name))
    versions = {"candidate": candidate.name, **({"champion": champion.name} if champion else {})}
    return Split(versions, 0.5, candidate.name)
