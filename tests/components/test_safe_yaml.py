from __future__ import annotations

from pathlib import Path

import pytest

from components.errors import UsageError
from components.safe_yaml import DEEPEST, MOST_BYTES, parse_yaml, read_yaml

pytestmark = pytest.mark.unit


def laughs(lines: int, wide: int = 10) -> str:
    """The billion laughs: each line names the one before, `wide` times."""
    names = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * wide)}]" for n in range(1, lines)]
    return "\n".join(["a0: &a0 [lol]", *names])


def merges(lines: int, wide: int = 10) -> str:
    names = [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * wide)}]}}" for n in range(1, lines)]
    return "\n".join(["a0: &a0 {x: 1}", *names])


BAD = {
    "alias bomb": (laughs(9), "more than 200,000 values"),
    "merge bomb": (merges(9), "more than 200,000 values"),
    "an alias of itself": ("a: &a [*a]", "within what it names"),
    "nested lists": ("[" * 50_000, "nested deeper"),
    "nested mappings": ("{a: " * 50_000, "nested deeper"),
    "nested blocks": ("\n".join(" " * n + "a:" for n in range(200)), "nested deeper"),
    "a tag that makes objects": ("!!python/object/apply:os.system [ls]", "line 1"),
    "no number": ("a: .nan", "not a finite number"),
    "infinity": ("a: -.inf", "not a finite number"),
    "a number without end": ("a: " + "9" * 5000, "not valid YAML"),
    "a number that is none": ("a: !!int x", "not valid YAML"),
    "a date that is none": ("a: 2026-13-45", "not valid YAML"),
    "a time that is none": ("a: !!timestamp x", "not valid YAML"),
    "a key that is a list": ("? [a]\n: b", "line 1"),
    "a control character": ("a: \x00", "not valid YAML"),
    "half a surrogate": ("a: \ud800", "not valid YAML"),
    "two documents": ("a: 1\n---\nb: 2", "line 2"),
    "a bracket": ("a: 1\nb: [1", "line 2"),
    "no such alias": ("a: *b", "line 1"),
    "no such alias, without end": ("a: *b" + "9" * 9000, "line 1"),
    "no such tag, without end": ("a: !b" + "9" * 9000 + " c", "line 1"),
    "a label for nothing, without end": ("a: &b" + "9" * 9000 + " [*b" + "9" * 9000, "line 1"),
    "a number's name without end": ("a: !!float " + "9" * 9000 + "x", "not valid YAML"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused_names_its_source_and_why(name: str) -> None:
    text, said = BAD[name]
    with pytest.raises(UsageError) as error:
        parse_yaml(text, "some.yaml")
    assert error.value.message.startswith("some.yaml ")
    assert said in error.value.message
    assert len(error.value.message) < 500


def test_what_people_write_is_read() -> None:
    assert parse_yaml("", "x") is None
    assert parse_yaml("a: &a {b: 1.5, c: [x, ~]}\nd: *a\ne: {<<: *a, b: 2}", "x") == {
        "a": {"b": 1.5, "c": ["x", None]}, "d": {"b": 1.5, "c": ["x", None]}, "e": {"b": 2, "c": ["x", None]},
    }  # fmt: skip
    assert parse_yaml("[" * (DEEPEST - 1) + "]" * (DEEPEST - 1), "x")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a: \xff", "not UTF-8"), ("a: 1".encode("utf-16"), "not UTF-8"), (b"#" * (MOST_BYTES + 1), "more than 4,194,304 bytes")],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "some.yaml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"some\.yaml") as error:
        read_yaml(path)
    assert said in error.value.message


def test_a_mark_of_utf8_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "some.yaml"
    path.write_bytes("a: é".encode("utf-8-sig"))
    assert read_yaml(path) == {"a": "é"}
    with pytest.raises(UsageError, match="cannot be read"):
        read_yaml(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_yaml(tmp_path / "absent")
