from __future__ import annotations

from types import ModuleType

import pytest
from fastapi.testclient import TestClient

from components.gateway.app import create_app
from components.gateway.feedback import Inbox
from components.gateway.serving import Serving
from components.gateway.tokens import SCOPES, Tokens

pytestmark = pytest.mark.integration

TOKENS = {scope: scope[0] * 32 for scope in SCOPES}
ASKED = {
    "predict": ("POST", "/predict", {"texts": ["fine"]}),
    "feedback": ("POST", "/feedback", {"events": [{"text": "fine", "label": "good"}]}),
    "admin": ("GET", "/state", None),
}
OPEN = ("/health", "/ready", "/openapi.json")


@pytest.fixture
def closed(tiny: ModuleType, tmp_path: object) -> TestClient:
    tokens = Tokens.of([f"{scope}:{token}" for scope, token in TOKENS.items()], "here")
    return TestClient(create_app(Serving(tiny.WordsLoader()), inbox=Inbox(tmp_path / "inbox"), tokens=tokens))  # type: ignore[operator]


@pytest.fixture
def open_(tiny: ModuleType, tmp_path: object) -> TestClient:
    app = create_app(Serving(tiny.WordsLoader()), inbox=Inbox(tmp_path / "inbox"))  # type: ignore[operator]
    return TestClient(app, "http://127.0.0.1:8080")


def ask(client: TestClient, scope: str, **headers: str) -> int:
    method, path, body = ASKED[scope]
    answer = client.request(method, path, json=body, headers=headers)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code


LET_IN = {"predict": 503, "feedback": 202, "admin": 200}  # 503: nothing is loaded


@pytest.mark.parametrize("scope", ASKED)
def test_each_path_needs_its_scope_and_no_other(closed: TestClient, scope: str) -> None:
    for shown, token in TOKENS.items():
        assert ask(closed, scope, authorization=f"Bearer {token}") == (LET_IN[scope] if shown == scope else 403)
    for wrong in ("", "Bearer", "Bearer guess", f"Basic {TOKENS[scope]}", TOKENS[scope]):
        assert ask(closed, scope, authorization=wrong) == 401
    method, path, body = ASKED[scope]
    assert closed.request(method, path, json=body).headers["www-authenticate"] == "Bearer"
    assert closed.request(method, f"{path}?token={TOKENS[scope]}", json=body).status_code == 401


def test_a_stranger_sends_no_body(closed: TestClient) -> None:
    """Refused by the headers alone: also with a body that nobody may send, or none at all."""
    assert closed.post("/predict", content=b" " * (9 * 2**20)).status_code == 401
    assert closed.post("/predict", content=iter([b"{}"])).status_code == 401


@pytest.mark.parametrize("path", OPEN)
def test_probes_and_the_description_need_no_token(closed: TestClient, path: str) -> None:
    assert closed.get(path).status_code in (200, 503)


def test_a_page_of_another_site_is_refused_even_with_a_token(closed: TestClient) -> None:
    token = {"authorization": f"Bearer {TOKENS['feedback']}"}
    assert ask(closed, "feedback", origin="https://evil.example", **token) == 403
    assert ask(closed, "feedback", origin="http://testserver", **token) == 202


@pytest.mark.parametrize("scope", ASKED)
def test_without_tokens_no_browser_gets_in(open_: TestClient, scope: str) -> None:
    assert ask(open_, scope) == LET_IN[scope]
    for host in ("localhost", "localhost:9", "[::1]:8080"):
        assert ask(open_, scope, host=host) == LET_IN[scope]
    for host in ("evil.example", "127.0.0.1.evil.example:8080", "10.0.0.1"):
        assert ask(open_, scope, host=host) == 403
    for origin in ("http://evil.example", "null", "http://127.0.0.1:3000"):
        assert ask(open_, scope, origin=origin) == 403
    assert ask(open_, scope, origin="http://localhost:8080") == LET_IN[scope]


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_probes_are_answered_under_any_name(open_: TestClient, path: str) -> None:
    assert open_.get(path, headers={"host": "10.1.2.3:8080"}).status_code in (200, 503)


def test_the_description_says_what_a_path_needs(closed: TestClient, open_: TestClient) -> None:
    paths = closed.get("/openapi.json").json()["paths"]
    assert {path: operation["security"] for path, item in paths.items() for operation in item.values()} == {
        "/predict": [{"token": ["predict"]}], "/feedback": [{"token": ["feedback"]}], "/state": [{"token": ["admin"]}],
        "/health": [], "/ready": [],
    }  # fmt: skip
    assert "securitySchemes" not in open_.get("/openapi.json").json()["components"]
