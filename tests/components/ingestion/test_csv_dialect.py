"""Tables as spreadsheets and ticket systems write them: read, or refused with the command that helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.errors import UnreadableFileError
from components.ingestion.csv_dialect import sniff
from tests.components.ingestion.files import EVENTS, ROWS, TEXTS, read_file, table

pytestmark = pytest.mark.unit

WIDE = [(*row, "", "") for row in ROWS]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("e.csv", table("text;label", separator=";")),
        ("e.tsv", table("text\tlabel", separator="\t")),
        ("e.txt", table("text|label", separator="|")),
        ("e.csv", table("text^label", separator="^")),
        ("e.csv", table("text\x01label", separator="\x01")),
        ("e.csv", b"sep=;\r\n" + table("text;label", separator=";")),
        ("e.csv", b"\xef\xbb\xbfSEP=\t\n" + table("text\tlabel", separator="\t")),
        ("e.csv", b'"sep=:"\r\n' + table("text:label", separator=":")),
        ("e.csv", ("sep=;\r\n" + table("text;label", separator=";").decode()).encode("utf-16")),
        ("e.csv", table('"text","label"')),
        ("e.csv", table("'text','label'").replace(b'"', b"'")),
        ("e.csv", table(" Text , LABEL ")),
        ("e.csv", table("\ufeff\xa0text,label\xa0")),
        ("e.csv", table("text,label", end="\r")),
        ("e.csv", table("text,label", end="\n")),
        ("e.csv", b"\r\n,,\r\n" + table("text,label")),
        ("e.csv", table("text,label") + b",\r\n" * 9 + b"\r\n"),
        ("e.csv", table("text;label;", [(*row, "") for row in ROWS], ";")),
        ("e.csv", table("text,label,,", WIDE)),
        ("e.csv", table("text,label,,")),
        ("e.csv", table("text,label", WIDE)),
    ],
)
def test_every_dialect_gives_the_same_events(tmp_path: Path, name: str, content: bytes) -> None:
    chunk = read_file(tmp_path / name, content)
    assert (chunk.events, chunk.faults) == (EVENTS, [])


def test_line_ends_within_cells_are_no_line_ends_whatever_ends_the_lines(tmp_path: Path) -> None:
    rows = [("one,\ntwo\n\nthree", "x"), ("four", "y")]
    for end in ("\n", "\r\n", "\r"):
        chunk = read_file(tmp_path / "e.csv", table("text,label", rows, end=end))
        assert [(event["text"], event["label"]) for event in chunk.events] == rows
    mixed = table("text,label", end="\n") + table("text,label").partition(b"\r\n")[2]
    assert read_file(tmp_path / "e.csv", mixed).events == EVENTS * 2


def test_quotes_in_cells_are_doubled_or_escaped(tmp_path: Path) -> None:
    rows = [(f'{n}: he said "hi", and a \\ too', "x") for n in range(5)]
    doubled = table("text,label", rows)
    escaped = table("text,label", [(text.replace("\\", "\\\\").replace('"', '\\"'), label) for text, label in rows])
    for content in (doubled, escaped.replace(b'\\""', b'\\"')):
        assert [(event["text"], event["label"]) for event in read_file(tmp_path / "e.csv", content).events] == rows
    ends = [(f"C:\\{n}\\", "x") for n in range(5)]
    assert [(event["text"], event["label"]) for event in read_file(tmp_path / "e.csv", table("text,label", ends)).events] == ends


def test_columns_of_one_name_are_told_apart_and_unnamed_ones_numbered(tmp_path: Path) -> None:
    (event,) = read_file(tmp_path / "e.csv", table("text,Comment,,Comment,", [("a", "b", "c", "d", "e")])).events
    assert event == {"text": "a", "Comment": "b", "column 3": "c", "Comment 2": "d", "column 5": "e"}
    (event,) = read_file(tmp_path / "e.csv", table(",text", [("0", "a")])).events
    assert event == {"": "0", "text": "a"}


def test_a_broken_name_costs_no_row(tmp_path: Path) -> None:
    chunk = read_file(tmp_path / "e.csv", b"text,caf\xe9,\xff\n" + "Größe,b,c\n".encode())
    assert chunk.events == [{"text": "Größe", "caf\\xe9": "b", "\\xff": "c"}]


def test_a_header_that_comes_again_is_no_event(tmp_path: Path) -> None:
    chunk = read_file(tmp_path / "e.csv", table("text;label", separator=";") * 2)
    assert chunk.events == EVENTS * 2
    assert [(fault.row, fault.code) for fault in chunk.faults] == [(len(EVENTS) + 2, "repeated_header")]


@pytest.mark.parametrize(
    ("header", "mapping"),
    [
        ("Texto;Categoría", "text=Texto,label=Categoría"),
        ("Nachricht;Kategorie", "text=Nachricht,label=Kategorie"),
        ("Texte;Catégorie", "text=Texte,label=Catégorie"),
        ("Сообщение;Категория", "text=Сообщение,label=Категория"),
        ("内容;标签", "text=内容,label=标签"),
        ("Ticket text;Ticket class", "text=Ticket text,label=Ticket class"),
        ("a;b", "text=a,label=b"),
        ("question;answer", "text=question,completion=answer"),
    ],
)
def test_a_table_of_other_names_is_refused_with_the_mapping_that_reads_it(tmp_path: Path, header: str, mapping: str) -> None:
    path = tmp_path / "e.csv"
    with pytest.raises(UnreadableFileError, match="no column `text`") as refused:
        read_file(path, table(header, separator=";"))
    shown = mapping if mapping.isascii() and " " not in mapping else f"'{mapping}'"
    assert f"perdure ingest --map {shown} {path}" in refused.value.hint
    columns = dict(pair.split("=") for pair in mapping.split(","))
    chunk = read_file(path, columns=columns)
    assert [event["text"] for event in chunk.events] == TEXTS
    assert [event.get("label") or event["completion"] for event in chunk.events] == [label for _, label in ROWS]


@pytest.mark.parametrize(
    ("content", "said", "way_out"),
    [
        (table("", ROWS)[2:], "does not name columns", "sed -i '1i text,label' "),
        (b"Export of May\r\n\r\n" + table("text,label"), "but in line 3", "sed -i '1,2d' "),
        (table("text:label", separator=":"), "names 'text:label'", "sed -i '1i sep=:' "),
        (table("text,label,text", [(*row, "x") for row in ROWS]), "two columns named 'text'", "Rename"),
        (table(",".join(f"c{n}" for n in range(2001)), []), "2,001 columns", "Leave out"),
        (table("Message,Category"), "neither a column 'Body', which is mapped to `text`", "--map"),
    ],
)
def test_any_other_table_is_refused_with_the_way_out(tmp_path: Path, content: bytes, said: str, way_out: str) -> None:
    columns = {"text": "Body"} if "Body" in said else {}
    with pytest.raises(UnreadableFileError) as refused:
        read_file(tmp_path / "e.csv", content, columns=columns)
    assert said in refused.value.message
    assert way_out in refused.value.hint
    assert TEXTS[0] not in str(refused.value), "texts are not shown"


def test_the_command_for_a_title_line_helps(tmp_path: Path) -> None:
    import subprocess

    path = tmp_path / "e f.csv"
    with pytest.raises(UnreadableFileError) as refused:
        read_file(path, b"Export of May\r\n" + table("text,label"))
    subprocess.run(refused.value.hint.partition(": ")[2], shell=True, check=True)  # noqa: S602 - the command that people are told to run
    assert read_file(path).events == EVENTS


def test_a_comma_is_believed_first() -> None:
    for head in (b"text,label;x\na;b,c\n", b"text\na;b;c\n"):
        assert sniff(head, {})[0].delimiter == ","
    assert sniff(b"Message;Other,text\n", {"text": "Message"})[0].delimiter == ","
