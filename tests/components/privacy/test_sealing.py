"""Files sealed with a key: what comes out is what went in, and without the key nothing does."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import IntegrityError, UsageError
from components.privacy.sealing import Seal, make_key, seal_of
from tests.examples import examples

pytestmark = pytest.mark.unit


@pytest.fixture
def seal(tmp_path: Path) -> Seal:
    make_key(tmp_path / "key")
    made = seal_of(tmp_path / "key")
    assert made is not None
    return made


@examples(30)
@given(blocks=st.lists(st.binary(max_size=200), max_size=6))
def test_blocks_come_out_as_they_went_in(tmp_path_factory: pytest.TempPathFactory, blocks: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("seal")
    make_key(folder / "key")
    seal = seal_of(folder / "key")
    assert seal is not None
    (folder / "file").write_bytes(b"".join(map(seal.block, blocks)))
    assert list(seal.opened(folder / "file")) == blocks


def test_a_file_is_replaced_by_a_sealed_one(seal: Seal, tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000  # more than a block
    (tmp_path / "odd.csv").write_bytes(content)
    sealed = seal.close(tmp_path / "odd.csv")
    assert sealed.name == "odd.csv.sealed"
    assert not (tmp_path / "odd.csv").exists()
    assert sealed.stat().st_mode & 0o777 == 0o600
    assert b"".join(seal.opened(sealed)) == content


def test_the_digest_is_of_the_content_and_of_the_key(seal: Seal, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(seal.block(b"rows"))
    assert (tmp_path / "one").read_bytes() != (tmp_path / "two").read_bytes()
    assert seal.digest(tmp_path / "one") == seal.digest(tmp_path / "two")
    make_key(tmp_path / "other")
    other = seal_of(tmp_path / "other")
    assert other is not None
    (tmp_path / "three").write_bytes(other.block(b"rows"))
    assert other.digest(tmp_path / "three") != seal.digest(tmp_path / "one")


@pytest.mark.parametrize("damage", ["another key", "a changed byte", "not sealed"])
def test_what_cannot_be_opened_is_named(seal: Seal, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "rows.jsonl.sealed"
    path.write_bytes(seal.block(b"rows") if damage != "not sealed" else b'{"row": 1}\n')
    if damage == "a changed byte":
        path.write_bytes(path.read_bytes()[:-10] + b"AAAAAAAAA\n")
    if damage == "another key":
        make_key(tmp_path / "other")
        seal = seal_of(tmp_path / "other") or seal
    with pytest.raises(IntegrityError, match=r"rows\.jsonl\.sealed") as error:
        list(seal.opened(path))
    assert "quarantine.key" in error.value.hint


def test_a_key_that_is_missing_or_none_is_said(tmp_path: Path) -> None:
    assert seal_of(None) is None
    (tmp_path / "short").write_text("abc")
    (tmp_path / "words").write_text("correct horse battery staple")
    for name in ("missing", "short", "words"):
        with pytest.raises(UsageError, match=name) as error:
            seal_of(tmp_path / name)
        assert "perdure quarantine key" in error.value.hint


def test_a_key_of_another_tool_does_and_one_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "openssl").write_bytes(base64.b64encode(b"\xff" * 32) + b"\n")
    assert seal_of(tmp_path / "openssl") is not None
    with pytest.raises(UsageError, match="there already"):
        make_key(tmp_path / "openssl")
