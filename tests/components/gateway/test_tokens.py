from __future__ import annotations

import os
from pathlib import Path

import pytest

from components.errors import UsageError
from components.gateway.tokens import SCOPES, Tokens, its_own, read_tokens, refuse_open
from components.privacy.replace import find

pytestmark = pytest.mark.unit

A, B = "a" * 30, "b" * 30


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PERDURE_TOKENS", "PERDURE_TOKENS_FILE"):
        monkeypatch.delenv(name, raising=False)


def scopes(tokens: Tokens, authorization: str) -> set[str]:
    sender = tokens.sender(authorization)
    assert sender
    return set(sender.scopes)


def test_a_token_has_the_scopes_that_its_entry_names() -> None:
    tokens = Tokens.of([f"predict,feedback:{A}", f"admin:{B}"], "here")
    assert scopes(tokens, f"Bearer {A}") == {"predict", "feedback"}
    assert scopes(tokens, f"bearer  {B} ") == {"admin"}
    for wrong in ("", A, f"Basic {A}", f"Bearer {A}x", f"Bearer {A[:-1]}", "Bearer ", f"Bearer {A} {B}", "Bearer \udcff"):
        assert tokens.sender(wrong) is None
    assert scopes(its_own(A), f"Bearer {A}") == set(SCOPES)


def test_a_token_has_a_name_that_lasts_and_says_nothing_about_it() -> None:
    tokens, other = Tokens.of([f"predict:{A}", f"feedback:{B}"], "here"), Tokens.of([f"label:{B}", f"predict:{A}"], "there")
    names = [each.sender(f"Bearer {token}").name for each in (tokens, other) for token in (A, B)]  # type: ignore[union-attr]
    assert names[:2] == names[2:]
    assert len(set(names)) == 2
    assert all(len(name) == 8 and name.isalpha() for name in names)
    many = [Tokens.of([f"predict:{n:030}"], "here").sender(f"Bearer {n:030}") for n in range(500)]
    assert [each.name for each in many if each and find(f"sent by: {each.name}")] == [], "ingestion leaves it as it is"


@pytest.mark.parametrize(
    "entries",
    [
        [], [A], [f":{A}"], [f"predict {A}"], [f"predict,all:{A}"], [f"Predict:{A}"], [f"predict,:{A}"],
        ["predict:short"], [f"predict:{A}é"], [f"predict:{A}", f"admin:{A}"], [f"predict:{'a' * 201}"],
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused_without_showing_it(entries: list[str]) -> None:
    with pytest.raises(UsageError) as error:
        Tokens.of(entries, "here")
    assert A not in str(error.value)
    assert "here" in str(error.value)


def test_tokens_are_nowhere_in_what_is_printed() -> None:
    tokens = Tokens.of([f"predict:{A}"], "here")
    assert A not in repr(tokens) + str(vars(tokens))


def test_they_come_from_a_file_or_the_environment_and_no_child_inherits_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_tokens(None) is None
    file = tmp_path / "tokens"
    file.write_text(f"# the web shop\npredict:{A}\n\nadmin:{B}\n")
    monkeypatch.setenv("PERDURE_TOKENS", f"feedback:{'c' * 30}")
    found = read_tokens(file)
    assert found is not None
    assert (scopes(found, f"Bearer {A}"), found.sender(f"Bearer {'c' * 30}")) == ({"predict"}, None)
    assert "PERDURE_TOKENS" not in os.environ
    monkeypatch.setenv("PERDURE_TOKENS_FILE", str(file))
    assert read_tokens(None) == found
    monkeypatch.delenv("PERDURE_TOKENS_FILE")
    monkeypatch.setenv("PERDURE_TOKENS", f"predict:{A} admin:{B}")
    assert read_tokens(None) == found


@pytest.mark.parametrize("content", [None, b"", b"# nothing\n", b"\xff\xfe"])
def test_a_file_without_tokens_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """An empty variable or file never means: no token needed."""
    file = tmp_path / "tokens"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError):
        read_tokens(file)


def test_an_empty_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERDURE_TOKENS", "")
    with pytest.raises(UsageError, match="PERDURE_TOKENS holds no token"):
        read_tokens(None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "no such name"])
def test_only_this_machine_is_answered_without_tokens(host: str) -> None:
    with pytest.raises(UsageError, match="needs tokens"):
        refuse_open(host, None)
    refuse_open(host, its_own(A))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1.2.3", "::1"])
def test_a_loopback_address_needs_none(host: str) -> None:
    refuse_open(host, None)
