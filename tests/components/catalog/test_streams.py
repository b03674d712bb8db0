"""A stream is a catalogue name or any folder with a stream.yaml; each fault names the file and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.catalog.streams import get_stream
from components.errors import UsageError

pytestmark = pytest.mark.unit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stream.yaml").write_text("name: mine\ndescription: d\nexperiences: [b.jsonl, a.jsonl]\n")
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text('{"text": "hello", "label": "greeting"}\n')
    return tmp_path


def test_any_folder_is_a_stream_in_the_given_order(folder: Path) -> None:
    stream = get_stream(folder)
    assert (stream.name, stream.folder) == ("mine", folder)
    assert [(part.name, part.path) for part in stream.experiences] == [("b", folder / "b.jsonl"), ("a", folder / "a.jsonl")]
    assert get_stream(str(folder)) == stream


def test_without_a_name_the_folder_names_it(folder: Path) -> None:
    (folder / "stream.yaml").write_text("experiences: [a.jsonl]\n")
    assert get_stream(folder).name == folder.name


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("experience: [a.jsonl]", "unknown key 'experience'", "Did you mean 'experiences'?"),
        ("experiences: [aa.jsonl]", "the file 'aa.jsonl' is not in", "Did you mean 'a.jsonl'?"),
        ("experiences: [a.jsonl, a.jsonl]", "two experiences are called 'a'", "Rename"),
        ("experiences: a.jsonl", "`experiences` must be a list", "experiences: ["),
        (f"experiences: [{'a' * 5000}.jsonl]", "is not in", "Known"),
        ("experiences: []", "`experiences` must be a list", "experiences: ["),
        ("name: mine", "`experiences` must be a list", "experiences: ["),
        ("experiences: [3]", "`experiences` must be a list", "experiences: ["),
        ("experiences: [/etc/a.jsonl]", "'/etc/a.jsonl' is not in", "by their place in the folder"),
        ("experiences: [../a.jsonl]", "'../a.jsonl' is not in", "by their place in the folder"),
        ("experiences: [x/../../a.jsonl]", "is not in", "by their place in the folder"),
        ("name: ..\nexperiences: [a.jsonl]", "`name` is '..'", "Call it 'events'"),
        ("name: ../../x\nexperiences: [a.jsonl]", "`name` is '../../x'", "Call it '..-..-x'"),
        ("name: 3\nexperiences: [a.jsonl]", "`name` must be a word", "name: NAME"),
        ("- a.jsonl", "must hold a mapping", "experiences: ["),
        ("name: [", "is not valid YAML", "experiences: ["),
    ],
)
def test_a_faulty_stream_file_is_explained(folder: Path, text: str, message: str, hint: str) -> None:
    (folder / "stream.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        get_stream(folder)
    assert message in caught.value.message
    assert str(folder) in caught.value.message
    assert hint in caught.value.hint


def test_a_folder_without_a_stream_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"it has no stream\.yaml"):
        get_stream(tmp_path)


def test_an_unknown_name_lists_the_catalogue_and_suggests() -> None:
    with pytest.raises(UsageError) as caught:
        get_stream("newsgroup")
    assert "trec, newsgroups, sentiment, skills, five" in caught.value.message
    assert caught.value.hint == "Did you mean 'newsgroups'?"


def test_a_path_that_is_not_there_is_no_name() -> None:
    with pytest.raises(UsageError) as caught:
        get_stream("data/mine")
    assert "stream.yaml" in caught.value.hint
