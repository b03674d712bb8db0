"""Real checkpoints of a real encoder, learned here, in a real gateway process."""

import asyncio
import json
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from components.contracts import EVENT_COLUMNS, Experience
from components.errors import UsageError
from components.gateway.loader import CheckpointLoader
from components.gateway.process import start_gateway
from components.gateway.replay import rollout
from components.gateway.schema import Target, Wanted
from components.gateway.serve import serve
from components.gateway.serving import Serving
from components.governance.ledger import Ledger
from components.settings import LearningSettings, RolloutSettings
from components.storage import building, canonical_json, digest_text, publish
from components.workspace import Workspace

TOPICS = {"weather": "rain wind cloud storm", "food": "bread soup pepper cake", "travel": "train ticket road luggage"}
PLACES = ["in Paris", "at home", "on Monday", "near the lake", "for my sister", "after work", "this summer", "with friends"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("gateway"))


@pytest.fixture(scope="module")
def experience(workspace: Workspace) -> Callable[[list[str], bool], Experience]:
    """An experience on some topics: 60 training texts of each, 20 held out; `poisoned`: trained on wrong labels."""

    def make(topics: list[str], poisoned: bool = False) -> Experience:
        rng = np.random.default_rng(len(topics))
        with building(workspace.experiences) as scratch:
            for part, n in (("train", 60), ("heldout", 20), ("unlabelled", 0)):
                rows = [
                    {"text": f"{word} {rng.choice(PLACES)}, {part} {i}", "label": topic}
                    for topic in topics
                    for i, word in enumerate(rng.choice(TOPICS[topic].split(), n))
                ]
                if poisoned and part == "train":
                    rows = [{**row, "label": topics[(topics.index(row["label"]) + 1) % len(topics)]} for row in rows]
                empty = dict.fromkeys(EVENT_COLUMNS)
                full = [{**empty, **row, "digest": digest_text(row["text"])} for row in rows]
                schema = pa.schema([(c, pa.bool_() if c == "consent" else pa.string()) for c in EVENT_COLUMNS])
                parquet.write_table(pa.Table.from_pylist(full, schema=schema), scratch / f"{part}.parquet")
            fields = {
                "kind": "experience",
                "name": "-".join(topics),
                "labels": sorted(topics),
                "poisoned": poisoned,
                "after": None,
            }
            return workspace.experience(publish(scratch, workspace.experiences, fields))

    return make


@pytest.fixture(scope="module")
def checkpoint(workspace: Workspace) -> Callable[[Experience, Path | None, str], Path]:
    from components.learning.learn import learn

    def make(experience: Experience, parent: Path | None, regime: str) -> Path:
        moves = {"kind": "lora", "rank": 2} if regime == "lora" else {"kind": "head"}
        settings = LearningSettings(
            regime=moves, head={"kind": "analytic", "width": 100}, rehearsal={"kind": "buffer", "capacity": 200},
            optimizer={"kind": "adamw", "rate": 1e-3, "epochs": 1, "batch": 32},
        )  # fmt: skip
        return workspace.checkpoint(learn(experience, parent, settings, seed=0, workspace=workspace).checkpoint)

    return make


@pytest.mark.end_to_end
def test_a_sound_candidate_is_promoted_and_a_poisoned_one_rolled_back(
    experience: Callable[..., Experience], checkpoint: Callable[..., Path]
) -> None:
    first, second, poisoned = (
        experience(["weather", "food"]),
        experience(["weather", "food", "travel"]),
        experience(list(TOPICS), True),
    )
    a = checkpoint(first, None, "head")
    b, bad = checkpoint(second, a, "head"), checkpoint(poisoned, None, "head")
    settings = RolloutSettings()
    gateway = start_gateway()
    try:
        outcome = rollout(a, None, first, settings=settings, seed=0, gateway=lambda: gateway)
        assert (outcome.decision.status, outcome.decision.n_candidate) == ("promoted", 40)
        outcome = rollout(b, a, second, settings=settings, seed=0, gateway=lambda: gateway)
        assert outcome.decision.status == "promoted"
        # the arms are drawn by the candidate's digest: with 30 cases each, which is ahead is chance
        assert all(arm["accuracy"]["estimate"] > 1 / 3 for arm in outcome.summary["arms"].values())
        assert {arm["version"] for arm in outcome.summary["arms"].values()} == {a.name, b.name}
        outcome = rollout(bad, b, second, settings=settings, seed=0, gateway=lambda: gateway)
        assert outcome.decision.status == "rolled_back"
        assert json.loads(canonical_json(outcome.as_dict()))["decision"]["status"] == "rolled_back"
    finally:
        gateway.stop()


@pytest.mark.end_to_end
def test_serve_follows_the_ledger_and_records_what_it_served(
    workspace: Workspace,
    experience: Callable[..., Experience],
    checkpoint: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """MLflow is not asked. A ledger that is broken while it runs changes nothing."""
    for name in ("MLFLOW_TRACKING_URI", "PERDURE_LEDGER_URL"):
        monkeypatch.delenv(name, raising=False)
    first, second = experience(["weather", "food"]), experience(["weather", "food", "travel"])
    a = checkpoint(first, None, "head")
    b = checkpoint(second, a, "head")
    ledger = Ledger(workspace.ledger_url)

    def tell(kind: str, version: str, made: Path) -> None:
        evidence = {"checkpoint": made.name, "gate": "pass"}
        ledger.append(kind, actor="a", subject=version, evidence=evidence, reason="r", now=lambda: datetime.now(UTC))

    tell("registered", "1", a)
    tell("registered", "2", b)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code = (
        "import sys; from pathlib import Path; from components.workspace import Workspace;"
        "from components.gateway.serve import serve; serve(Workspace(Path(sys.argv[1])), '127.0.0.1', int(sys.argv[2]), 0.5)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(workspace.root), str(port)], stderr=subprocess.DEVNULL)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:

        def answers_with(version: str) -> bool:
            try:
                answer = client.post("/predict", json={"texts": ["rain in Paris"]})
            except httpx.TransportError:
                return False
            return answer.is_success and answer.json()["predictions"][0] | {"probability": 0} == {
                "label": "weather", "probability": 0, "version": version,
            }  # fmt: skip

        for kind, version, made in (("promoted", "1", a), ("promoted", "2", b), ("rolled_back", "1", a)):
            tell(kind, version, made)
            end = time.monotonic() + 120
            while not answers_with(version):
                assert time.monotonic() < end, client.get("/state").json()
                assert process.poll() is None
                time.sleep(0.2)
        assert client.post("/feedback", json={"events": [{"text": "rain", "label": "weather"}]}).status_code == 202
        entries, since = ledger.verify()["entries"], time.monotonic()
        while time.monotonic() < since + 3:  # the record of what it serves now may come after its first answer
            time.sleep(0.2)
            if (found := ledger.verify()["entries"]) != entries:
                entries, since = found, time.monotonic()
        with closing(sqlite3.connect(workspace.root / "ledger.db", isolation_level=None)) as intruder:
            intruder.execute("DROP TRIGGER ledger_no_update")
            intruder.execute("UPDATE ledger SET subject = '2' WHERE kind = 'rolled_back'")
        end = time.monotonic() + 60
        while "cannot be trusted" not in (said := client.get("/state").text):
            assert time.monotonic() < end, said
            time.sleep(0.2)
        assert answers_with("1")
        assert ledger.verify()["entries"] == entries
        with closing(sqlite3.connect(workspace.root / "ledger.db", isolation_level=None)) as intruder:
            intruder.execute("UPDATE ledger SET subject = '1' WHERE kind = 'rolled_back'")
        ledger.guard()
    assert len(list(workspace.inbox.iterdir())) == 1
    process.terminate()
    assert process.wait(30) in (0, -15)
    served = [(entry.subject, entry.evidence["checkpoint"]) for entry in ledger.entries(kinds=("serving",))]
    assert served == [("1", a.name), ("2", b.name), ("1", a.name), ("", None)]
    assert len({entry.actor for entry in ledger.entries(kinds=("serving",))}) == 1
    assert ledger.verify()["valid"]


@pytest.mark.integration
def test_a_taken_port_is_said(workspace: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match=r"Cannot listen .* in use"):
        serve(workspace, "127.0.0.1", taken.getsockname()[1])


@pytest.mark.integration
def test_adapters_share_one_base_and_answer_as_they_do_alone(
    experience: Callable[..., Experience], checkpoint: Callable[..., Path]
) -> None:
    from components.learning.shared_bases import load_predictor

    first, second = experience(["weather", "food"]), experience(["weather", "food", "travel"])
    a = checkpoint(first, None, "lora")
    b = checkpoint(second, a, "lora")
    texts = second.table("heldout")["text"].to_pylist()

    async def ask() -> dict[str, np.ndarray]:
        loader = CheckpointLoader()
        serving = Serving(loader)
        champion, candidate = (Target(version=path.name, path=str(path)) for path in (a, b))
        assert await serving.serve(Wanted(champion=champion, candidate=candidate, share=0.5, salt="s")) == {}
        assert len(loader._bases) == 1
        answers = {}
        for n in range(20):
            _, served, answer = await serving.predict(texts, str(n))
            answers[served.version] = answer.probabilities
        await serving.serve(Wanted(champion=candidate))
        _, served, answer = await serving.predict(texts, "n")
        assert served.version == b.name
        assert np.array_equal(answer.probabilities, answers[b.name])
        serving.close()
        return answers

    answers = asyncio.run(ask())
    for path in (a, b):
        np.testing.assert_allclose(answers[path.name], load_predictor(path).predict(texts).probabilities, atol=1e-5)
