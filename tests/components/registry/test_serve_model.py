"""A checkpoint that really learned answers through MLflow: loaded as a pyfunc, and over HTTP from `mlflow models serve`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from components.control import artefacts
from components.control.actions import conclude
from components.control.register import register
from components.environment import PROCESS_ENVIRONMENT
from components.learning.learn import learn
from components.registry.registry import Registry
from components.settings import LearningSettings
from components.workspace import Workspace
from tests.components.registry.making import make_experience, minute, registration

WORDS = ("where", "is", "the", "city", "river", "who", "was", "king", "queen", "of", "spain")
KINDS = (("where is", ("city", "river"), "place"), ("who was", ("king", "queen"), "person"))
ROWS = {
    part: [(f"{start} the {word} of {n}", label) for start, words, label in KINDS for word in words for n in numbers]
    for part, numbers in (("train", range(8)), ("heldout", range(8, 10)))
}
QUESTIONS = ["where is the river of spain", "who was the queen of spain"]


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT with 16 hidden units and a tokenizer of a few words, in Hugging Face layout."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("base")
    vocabulary = {word: n for n, word in enumerate(("[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=32,
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, migrated: Path, tiny_base: Path) -> Registry:
    """A registry whose champion has learned to tell places from persons."""
    workspace = Workspace(tmp_path_factory.mktemp("served"))
    shutil.copy(migrated, workspace.root / "mlflow.db")
    experience = make_experience(workspace, "questions", {**ROWS, "unlabelled": []})
    learning = LearningSettings(base=str(tiny_base), head={"kind": "analytic", "width": 32}, regime={"kind": "head"})
    learned = learn(experience, None, learning, seed=0, workspace=workspace)
    registry = Registry(workspace)
    version = register(registry, registration(workspace.checkpoint(learned.checkpoint), experience), minute(0))
    conclude(registry, version, "promoted", actor="perdure", reason="first", now=minute(0))
    return registry


@pytest.mark.integration
def test_the_champion_answers_as_a_pyfunc(served: Registry) -> None:
    import mlflow
    import pandas as pd

    from components.learning.shared_bases import load_predictor

    mlflow.set_tracking_uri(served.uri)
    model = mlflow.pyfunc.load_model("models:/perdure@champion")
    answers = model.predict(QUESTIONS)
    assert [answer["label"] for answer in answers] == ["place", "person"]
    assert model.predict(pd.DataFrame({"text": QUESTIONS})) == answers
    champion = artefacts.champion(served.workspace)
    assert champion is not None
    own = load_predictor(champion[1]).predict(QUESTIONS)
    assert [answer["probability"] for answer in answers] == pytest.approx(own.confidence().tolist(), abs=1e-6)


@pytest.mark.integration
def test_a_changed_artefact_is_not_served(served: Registry, tmp_path: Path) -> None:
    import mlflow

    copy = Path(mlflow.artifacts.download_artifacts("models:/perdure@champion", dst_path=str(tmp_path), tracking_uri=served.uri))
    next(copy.rglob("head.safetensors")).write_bytes(b"other")
    with pytest.raises(Exception, match="does not match its digest"):
        mlflow.pyfunc.load_model(str(copy))


@pytest.mark.end_to_end
def test_mlflow_models_serve_answers(served: Registry) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/perdure@champion", "--env-manager", "local"]
    environment = {**os.environ, **PROCESS_ENVIRONMENT, "MLFLOW_TRACKING_URI": served.uri, "OMP_NUM_THREADS": "1"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"  # it starts uvicorn by its name
    with open(served.workspace.root / "serve.log", "w") as log:
        server = subprocess.Popen(
            [*command, "-h", "127.0.0.1", "-p", str(port)], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        question = json.dumps({"inputs": QUESTIONS}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/invocations", question, {"Content-Type": "application/json"})
        answer = ask(request, server, served.workspace.root / "serve.log")
        assert [one["label"] for one in answer["predictions"]] == ["place", "person"]
        assert all(0.5 < one["probability"] <= 1 for one in answer["predictions"])
    finally:
        os.killpg(server.pid, 15)
        server.wait(timeout=30)


def ask(request: urllib.request.Request, server: subprocess.Popen[bytes], log: Path) -> dict[str, list[dict[str, object]]]:
    """The server's answer, once it is up."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{error}: {error.read().decode()}\n{log.read_text()}") from error
        except (urllib.error.URLError, ConnectionError):
            assert server.poll() is None, log.read_text()
            time.sleep(0.25)
    raise AssertionError(f"it never came up:\n{log.read_text()}")
