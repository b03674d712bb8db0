"""The document of the gateway, and thousands of requests made from it: what it promises is what comes back (schemathesis)."""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)

from components.gateway.app import create_app
from components.gateway.feedback import Inbox
from components.gateway.schema import Target, Wanted
from components.gateway.serving import Serving
from components.gateway.tokens import SCOPES, Tokens

pytestmark = pytest.mark.integration

TOKEN, STRANGER = "t" * 32, "s" * 32  # the second may not label
EVERY = [schemathesis.checks.not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
RIGHT, WRONG = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
#: A GET has neither parameters nor a body, so it cannot be wrong
ASKED = [("POST", path, mode) for path in ("/predict", "/feedback") for mode in (RIGHT, WRONG)]
ASKED += [("GET", path, RIGHT) for path in ("/state", "/ready", "/health")]


@pytest.fixture(scope="module")
def app(tiny: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("openapi")
    checkpoint = tiny.make_words(folder, "a")
    serving = Serving(tiny.WordsLoader())
    asyncio.run(serving.serve(Wanted(champion=Target(version="1", path=str(checkpoint)))))
    tokens = Tokens.of([f"{','.join(SCOPES)}:{TOKEN}", f"predict,feedback,admin:{STRANGER}"], "here")
    return create_app(serving, inbox=Inbox(folder / "inbox", per_minute=1e9, files=10**6), tokens=tokens)


@pytest.mark.parametrize(
    ("method", "path", "mode", "token"), [*((*each, TOKEN) for each in ASKED), ("POST", "/feedback", RIGHT, STRANGER)]
)
def test_every_answer_is_one_that_the_document_names(app: Any, method: str, path: str, mode: GenerationMode, token: str) -> None:
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)[path][method]
    seen: set[int] = set()
    by_mode = positive_data_acceptance if mode is RIGHT else negative_data_rejection

    @settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(answer, checks=[*EVERY, by_mode])
        seen.add(answer.status_code)

    ask()
    assert token == TOKEN or seen == {202, 403}, "`priority: safety` and others"


def test_problems_are_described_as_they_are_sent(app: Any) -> None:
    client = TestClient(app, headers={"Authorization": f"Bearer {TOKEN}"})
    document = client.get("/openapi.json").json()
    schema = document["components"]["schemas"]["ProblemDetails"]
    for wrong in (("GET", "/nowhere"), ("GET", "/predict"), ("POST", "/predict"), ("POST", "/feedback")):
        answer = client.request(*wrong)
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) == set(schema["required"])
        assert answer.json()["status"] == answer.status_code
    assert client.get("/predict").headers["allow"] == "POST"
    for item in document["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                media = "application/json" if status in ("200", "202") else "application/problem+json"
                assert list(answer["content"]) == [media]


def test_no_page_that_loads_scripts_from_elsewhere(app: Any) -> None:
    client = TestClient(app)
    assert [client.get(path).status_code for path in ("/docs", "/redoc", "/predict/")] == [404, 404, 404]
