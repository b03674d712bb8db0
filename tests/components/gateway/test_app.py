"""The gateway's HTTP face in this process, with a real if tiny model."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.testclient import TestClient

from components.errors import UnavailableError
from components.gateway.app import create_app
from components.gateway.feedback import Inbox
from components.gateway.schema import MAX_CHARS, MAX_TEXTS, Target, Wanted
from components.gateway.serving import Serving
from components.gateway.tokens import Tokens

pytestmark = pytest.mark.integration
Make = Callable[..., Path]


class Face:
    """A gateway that follows `wanted`, as it would the registry's aliases."""

    def __init__(self, loader: Any, inbox: Path) -> None:
        self.loader = loader
        self.wanted: Any = Wanted()
        self.down = False
        self.asked = 0
        app = create_app(Serving(loader), inbox=Inbox(inbox), wanted=self._ask, poll_seconds=0.01)
        self.client = TestClient(app, "http://127.0.0.1:8080", raise_server_exceptions=False)

    def _ask(self) -> Wanted:
        self.asked += 1
        if self.down:
            raise UnavailableError("MLflow cannot be reached")
        return self.wanted

    def follow(self, **wanted: Any) -> dict[str, Any]:
        """Set what is wanted; /state after the gateway has looked twice."""
        self.wanted = Wanted(**wanted)
        return self.state()

    def state(self) -> dict[str, Any]:
        seen = self.asked
        while self.asked < seen + 3:
            time.sleep(0.005)
        return dict(self.client.get("/state").json())

    def ask(self, text: str = "fine", **more: Any) -> Any:
        return self.client.post("/predict", json={"texts": [text], **more})


@pytest.fixture
def face(tiny: ModuleType, tmp_path: Path) -> Iterator[Face]:
    face = Face(tiny.WordsLoader(), tmp_path / "inbox")
    with face.client:
        yield face


def target(path: Path, version: str) -> Target:
    return Target(version=version, path=str(path))


def test_nothing_loaded_yet(face: Face) -> None:
    assert face.client.get("/health").status_code == 200
    assert face.client.get("/ready").status_code == 503
    assert face.ask().status_code == 503
    assert "/ready" in face.ask().json()["hint"]


def test_answers_carry_the_version(face: Face, make_words: Make) -> None:
    face.follow(champion=target(make_words("a"), "7"))
    assert face.client.get("/ready").json() == {"status": "ready", "champion": "7"}
    answer = face.client.post("/predict", json={"texts": ["fine", "awful", "unknown"]}).json()
    assert answer["arm"] == "champion"
    assert [p["label"] for p in answer["predictions"]] == ["good", "bad", "bad"]
    assert [p["version"] for p in answer["predictions"]] == ["7"] * 3
    assert answer["predictions"][0]["probability"] == pytest.approx(0.9975, abs=1e-3)
    assert answer["predictions"][2]["probability"] == pytest.approx(0.5)


def test_subjects_stick_to_their_arm(face: Face, make_words: Make) -> None:
    face.follow(champion=target(make_words("a"), "1"), candidate=target(make_words("b"), "2"), share=0.3, salt="s")
    arms = {f"user {i}": face.ask(subject=f"user {i}", id=str(i)).json()["arm"] for i in range(100)}
    assert 10 < sum(arm == "candidate" for arm in arms.values()) < 50
    again = {subject: face.ask(subject=subject, id="another").json() for subject in arms}
    assert {subject: answer["arm"] for subject, answer in again.items()} == arms
    assert {(a["arm"], a["predictions"][0]["version"]) for a in again.values()} == {("champion", "1"), ("candidate", "2")}
    state = face.state()
    assert state["champion"]["requests"] + state["candidate"]["requests"] == 200


def test_a_move_of_the_alias_is_followed_and_the_old_one_unloaded(face: Face, make_words: Make) -> None:
    a, b = make_words("a"), make_words("b", worse=True)
    face.follow(champion=target(a, "1"))
    assert face.ask().json()["predictions"][0]["label"] == "good"
    face.follow(champion=target(b, "2"))
    assert face.ask().json()["predictions"][0] == {"label": "bad", "probability": pytest.approx(0.9975, abs=1e-3), "version": "2"}
    assert face.loader.unloaded == [a.name]
    face.follow(champion=target(b, "3"))  # another version of the same checkpoint: nothing to load
    assert face.ask().json()["predictions"][0]["version"] == "3"
    assert face.loader.loaded == [a.name, b.name]


def test_a_candidate_that_becomes_champion_is_not_loaded_again(face: Face, make_words: Make) -> None:
    a, b = make_words("a"), make_words("b")
    face.follow(champion=target(a, "1"), candidate=target(b, "2"))
    state = face.follow(champion=target(b, "2"))
    assert (state["champion"]["version"], state["candidate"]) == ("2", None)
    assert (face.loader.loaded, face.loader.unloaded) == ([a.name, b.name], [a.name])


@pytest.mark.parametrize("fault", ["damaged", "missing", "cannot answer"])
def test_a_broken_checkpoint_leaves_the_old_one_serving(face: Face, make_words: Make, tmp_path: Path, fault: str) -> None:
    good, bad = make_words("good"), make_words("bad", broken=fault == "cannot answer")
    if fault == "damaged":
        (bad / "words.json").write_text("{}")
    face.follow(champion=target(good, "1"))
    state = face.follow(champion=target(tmp_path / "nowhere" if fault == "missing" else bad, "2"))
    assert state["champion"]["version"] == "1"
    expected = {"damaged": "does not match its digest", "missing": "no manifest.json", "cannot answer": "cannot be multiplied"}
    assert expected[fault] in state["problems"]["champion"]
    assert face.ask().json()["predictions"][0]["version"] == "1"
    assert face.follow(champion=target(good, "1"))["problems"] == {}


def test_a_broken_candidate_gets_no_request(face: Face, make_words: Make) -> None:
    state = face.follow(champion=target(make_words("a"), "1"), candidate=target(make_words("b", broken=True), "2"), share=0.9)
    assert state["candidate"] is None
    assert "candidate" in state["problems"]
    assert {face.ask(id=str(i)).json()["arm"] for i in range(20)} == {"champion"}


def test_it_goes_on_without_the_ledger(face: Face, make_words: Make) -> None:
    face.follow(champion=target(make_words("a"), "1"))
    face.down = True
    assert face.state()["problems"] == {"ledger": "MLflow cannot be reached"}
    assert face.ask().status_code == 200
    face.down = False
    assert face.state()["problems"] == {}


def test_a_swap_under_load_loses_no_request(face: Face, make_words: Make) -> None:
    a, b = make_words("a", seconds=0.002), make_words("b", seconds=0.002)
    face.follow(champion=target(a, "1"))
    answers: list[Any] = []
    workers = [threading.Thread(target=lambda: answers.extend(face.ask() for _ in range(100))) for _ in range(4)]
    for worker in workers:
        worker.start()
    while len(answers) < 20:
        time.sleep(0.001)
    face.follow(champion=target(b, "2"))
    for worker in workers:
        worker.join()
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["predictions"][0]["version"] for answer in answers} == {"1", "2"}
    assert face.loader.unloaded == [a.name]


def test_health_says_when_it_no_longer_follows(face: Face) -> None:
    face.wanted = None  # not something that one can follow
    while face.client.get("/health").status_code == 200:
        time.sleep(0.005)
    assert "no longer follows" in face.client.get("/health").json()["detail"]


BAD = {
    "no texts": ({"texts": []}, 422, "texts"),
    "not a list": ({"texts": "fine"}, 422, "texts"),
    "not a text": ({"texts": [3]}, 422, "texts.0"),
    "empty text": ({"texts": [""]}, 422, "texts.0"),
    "too many": ({"texts": ["x"] * (MAX_TEXTS + 1)}, 422, str(MAX_TEXTS)),
    "too long": ({"texts": ["secret" + "x" * MAX_CHARS]}, 422, str(MAX_CHARS)),
    "half a surrogate": ({"texts": ["\ud800"]}, 422, "unicode"),
    "unknown field": ({"texts": ["x"], "txt": "secret"}, 422, "txt"),
    "no body": (None, 422, "body"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_requests(face: Face, make_words: Make, name: str) -> None:
    face.follow(champion=target(make_words("a"), "1"))
    body, status, said = BAD[name]
    answer = face.client.post("/predict", content=json.dumps(body), headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert said in answer.json()["detail"]
    assert "secret" not in answer.text


def test_bodies_are_bounded(face: Face) -> None:
    huge = face.client.post("/predict", content=b" " * (9 * 2**20), headers={"content-type": "application/json"})
    assert huge.status_code == 413
    streamed = face.client.post("/predict", content=iter([b"{}"]))
    assert streamed.status_code == 411


def test_feedback_becomes_events(face: Face, tmp_path: Path) -> None:
    event = {"text": "fine", "label": "good", "subject": "u1", "source": "correction", "priority": "normal"}
    assert face.client.post("/feedback", json={"events": [event, {"text": "a\nb\u2028c", "label": "bad"}]}).json() == {
        "accepted": 2
    }
    for wrong in ({"text": "no label"}, {**event, "provenance": "human"}, {**event, "sent_by": "somebody"}):
        assert face.client.post("/feedback", json={"events": [wrong]}).status_code == 422
    refused = face.client.post("/feedback", json={"events": [{"text": "a", "label": "b"}, {**event, "priority": "safety"}]})
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
    assert "scope `label`" in refused.json()["detail"]
    (file,) = (tmp_path / "inbox").iterdir()
    rows = [json.loads(row) for row in file.read_bytes().split(b"\n")[:-1]]
    assert {**event, "timestamp": rows[0]["timestamp"], "provenance": "feedback"} == rows[0]
    assert rows[1]["text"] == "a\nb\u2028c"
    assert file.suffix == ".jsonl"


def test_feedback_on_an_answer_of_the_candidate_is_known_as_such(make_words: Make, tiny: ModuleType, tmp_path: Path) -> None:
    serving, token = Serving(tiny.WordsLoader()), "t" * 32
    champion, candidate = (Target(version=name, path=str(make_words(name))) for name in "ab")
    asyncio.run(serving.serve(Wanted(champion=champion, candidate=candidate, share=0.5, salt="x")))
    tokens = Tokens.of([f"predict,feedback:{token}", f"feedback,label:{token}{token}"], "here")
    with TestClient(create_app(serving, inbox=Inbox(tmp_path / "inbox"), tokens=tokens)) as client:
        shown = {"authorization": f"Bearer {token}"}
        arms = [
            client.post("/predict", json={"texts": ["fine"], "subject": f"u{n}"}, headers=shown).json()["arm"] for n in range(8)
        ]
        events = [{"text": "fine", "label": "good", "subject": f"u{n}", "id": "same"} for n in range(8)]
        assert client.post("/feedback", json={"events": [*events, {"text": "a", "label": "b"}]}, headers=shown).status_code == 202
    (file,) = (tmp_path / "inbox").iterdir()
    rows = [json.loads(row) for row in file.read_text().splitlines()]
    said = ["canary" if arm == "candidate" else "feedback" for arm in arms]
    assert {*said} == {"canary", "feedback"}
    assert [row["provenance"] for row in rows] == [*said, "feedback"]  # which arm is not known without a subject or an id
    assert len({row["sent_by"] for row in rows}) == 1


def test_a_gateway_without_workspace_takes_no_feedback(tiny: ModuleType) -> None:
    with TestClient(create_app(Serving(tiny.WordsLoader())), "http://localhost") as client:
        assert client.post("/feedback", json={"events": [{"text": "a", "label": "b"}]}).status_code == 403
        assert client.post("/models", json={}).status_code == 404
