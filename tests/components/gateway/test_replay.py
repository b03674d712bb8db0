"""Replays through a real gateway process, with a real if tiny model."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from components.contracts import Experience
from components.errors import UnavailableError
from components.gateway.process import Gateway, gateway_process, start_gateway
from components.gateway.replay import rollout
from components.gateway.schema import Target, Wanted
from components.gateway.traffic import Case, Traffic, replay
from components.rollout.replay_test import judge_replay
from components.settings import RolloutSettings
from components.storage import canonical_json

pytestmark = pytest.mark.end_to_end
Make = Callable[..., Path]
MakeExperience = Callable[[int], Experience]


def test_one_gateway_for_several_rollouts(gateway: Gateway, make_words: Make, make_experience: MakeExperience) -> None:
    first, sound, worse = make_words("first"), make_words("second"), make_words("worse", worse=True)
    settings = RolloutSettings()

    outcome = rollout(first, None, make_experience(40), settings=settings, seed=0, gateway=gateway)
    assert outcome.decision.status == "promoted"
    assert "No champion" in outcome.decision.reason
    assert outcome.summary["arms"]["candidate"]["requests"] == 40

    outcome = rollout(sound, first, make_experience(60), settings=settings, seed=0, gateway=gateway)
    assert outcome.decision.status == "promoted"
    arms = outcome.summary["arms"]
    assert arms["candidate"]["requests"] + arms["champion"]["requests"] == 60
    assert arms["candidate"]["version"] == sound.name
    assert arms["candidate"]["accuracy"]["estimate"] == 1.0
    assert arms["candidate"]["p99_ms"] > 0
    assert "awful number" not in canonical_json(outcome.as_dict())

    outcome = rollout(worse, sound, make_experience(60), settings=settings, seed=0, gateway=gateway)
    assert outcome.decision.status == "rolled_back"
    assert outcome.decision.high is not None
    assert outcome.decision.high < 0

    outcome = rollout(sound, first, make_experience(17), settings=settings, seed=1, gateway=gateway)
    assert outcome.decision.status == "promoted"
    assert "17" not in outcome.decision.reason
    assert outcome.decision.n_candidate + outcome.decision.n_champion == 17


def test_a_candidate_that_does_not_answer_in_time_is_rolled_back(gateway: Gateway, make_words: Make) -> None:
    candidate = make_words("slow", seconds=0.3)
    serve(gateway, None, candidate)
    cases = [Case(str(i), "fine", "good") for i in range(6)]
    traffic = Traffic(timeout=0.15)
    answers = replay(gateway, cases, {"candidate": candidate.name}, share=0.5, salt=candidate.name, traffic=traffic)
    assert {answer.status for answer in answers} == {"timeout"}
    assert judge_replay(answers, margin=0.05, champion=False).status == "rolled_back"


def test_what_there_was_no_time_to_send_counts_as_not_answered(gateway: Gateway, make_words: Make) -> None:
    champion, candidate = make_words("champion"), make_words("candidate")
    serve(gateway, champion, candidate)
    versions = {"champion": champion.name, "candidate": candidate.name}
    cases = [Case(str(i), "fine", "good") for i in range(12)]
    answers = replay(gateway, cases, versions, share=0.5, salt=candidate.name, traffic=Traffic(total=0.0))
    assert {answer.status for answer in answers} == {"timeout"}
    assert judge_replay(answers, margin=0.05).status == "held"


def test_another_version_answering_is_seen(gateway: Gateway, make_words: Make) -> None:
    champion, candidate = make_words("champion"), make_words("candidate")
    serve(gateway, champion, candidate)
    versions = {"champion": champion.name, "candidate": "0" * 64}
    answers = replay(gateway, [Case(str(i), "fine", "good") for i in range(12)], versions, share=0.5, salt=candidate.name)
    assert {answer.status for answer in answers if answer.arm == "candidate"} == {"wrong_version"}
    assert {answer.status for answer in answers if answer.arm == "champion"} == {"ok"}


def test_a_gateway_killed_during_the_replay_promotes_nothing(
    gateway: Gateway, make_words: Make, make_experience: MakeExperience
) -> None:
    first, second = make_words("first", seconds=0.05), make_words("second", seconds=0.05)
    answered = threading.Event()

    def kill() -> None:
        answered.wait(60)
        gateway.process.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(UnavailableError, match="gateway process ended") as raised:
        rollout(
            second, first, make_experience(200), settings=RolloutSettings(), seed=0, gateway=gateway,
            progress=lambda done, _total, _line: answered.set() if done > 5 else None,
        )  # fmt: skip
    killer.join()
    assert "Nothing was promoted" in raised.value.hint


def test_a_damaged_checkpoint_is_not_replayed(gateway: Gateway, make_words: Make, make_experience: MakeExperience) -> None:
    first, second = make_words("first"), make_words("second")
    (second / "words.json").write_text("{}")
    with pytest.raises(UnavailableError, match="does not match its digest"):
        rollout(second, first, make_experience(20), settings=RolloutSettings(), seed=0, gateway=gateway)


def test_only_the_parent_changes_models(gateway: Gateway, make_words: Make) -> None:
    gateway.wait()
    with gateway.client(5) as client:
        body = Wanted(champion=Target(version="1", path=str(make_words("x")))).model_dump()
        assert client.post("/models", json=body).status_code == 403
        assert client.post("/models", json=body, headers={"X-Perdure-Token": "guess"}).status_code == 403
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


def test_stop_is_harmless_twice() -> None:
    with gateway_process() as running:
        pass
    assert not running.alive()
    running.process.wait(0)


def serve(gateway: Gateway, champion: Path | None, candidate: Path) -> None:
    gateway.wait()
    mine, theirs = (Target(version=path.name, path=str(path)) if path else None for path in (candidate, champion))
    gateway.models(Wanted(champion=theirs, candidate=mine, share=0.5, salt=candidate.name))
