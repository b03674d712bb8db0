"""Encodings: what is recognised, what is asked, and that nothing is read as something else without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from components.errors import UnreadableFileError
from components.ingestion.encoding import encoding_of
from components.settings import IngestionSettings
from tests.components.ingestion.files import EVENTS, read_file, table

pytestmark = pytest.mark.unit

WORDS = {
    "de": "Größe: die Rechnung für unser Büro ist höher als vereinbart, ändern Sie das; Straße",
    "fr": "La facture a été créée par l'équipe, réclamation déjà reçue, où est ma commande ?",
    "es": "El año pasado la contraseña no llegó, ¿qué hago? mañana, está así, según información",
    "pt": "A fatura não está correta, as informações são válidas, é só isso",
    "sv": "Fakturan är för hög, jag får inte något svar",
    "pl": "Proszę o zwrot pieniędzy, płatność została pobrana dwukrotnie, źle",
    "cs": "Příliš žluťoučký kůň úpěl ďábelské ódy, děkuji za odpověď",
    "hu": "A számla összege kétszer lett levonva, köszönöm a választ, idő, fű, őszi",
    "ru": "Пожалуйста, верните деньги за заказ, письмо не пришло",
    "el": "Η πληρωμή μου χρεώθηκε δύο φορές, παρακαλώ βοηθήστε",
    "tr": "Şifremi unuttum, lütfen yardım edin, ödeme iki kez alındı",
    "ja": "請求書が二重に請求されました。助けてください。",
    "zh": "我的订单还没有到，请帮助我退款，谢谢",
    "ko": "결제가 두 번 청구되었습니다. 도와주세요",
    "euro": "Größe: die Rechnung für unser Büro ist um 30 € höher als vereinbart",
    "short ja": "注文した商品",
    "short ru": "Мой заказ",
}
WESTERN = ("de", "fr", "es", "pt", "sv")
OTHERS = [
    *((language, "mac_roman") for language in WESTERN),
    *((language, "cp850") for language in WESTERN),
    ("pl", "cp1250"), ("cs", "cp1250"), ("hu", "cp1250"), ("ru", "cp1251"), ("ru", "koi8_r"), ("ru", "cp866"), ("el", "cp1253"),
    ("tr", "cp1254"), ("ja", "shift_jis"), ("ja", "euc_jp"), ("zh", "gb18030"), ("zh", "big5"), ("ko", "euc_kr"),
    ("pl", "iso-8859-2"), ("cs", "iso-8859-2"), ("hu", "iso8859_2"), ("ru", "koi8-r"), ("ru", "iso-8859-5"),
    ("ru", "mac_cyrillic"), ("el", "iso-8859-7"), ("tr", "iso-8859-9"), ("ja", "iso-2022-jp"), ("ja", "cp932"), ("zh", "gbk"),
    ("zh", "gb2312"), ("ko", "cp949"), ("euro", "iso-8859-15"), ("short ja", "euc_jp"), ("short ru", "cp866"),
]  # fmt: skip


def written(path: Path, language: str, encoding: str) -> Path:
    rows = [(f"{WORDS[language]} {n}", "x") for n in range(20)]
    path.write_bytes(table("text,label", rows).decode().encode(encoding, "ignore"))
    return path


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_unicode_is_recognised_with_and_without_its_mark(tmp_path: Path, encoding: str) -> None:
    content = table("text\tlabel", separator="\t").decode().encode(encoding)
    assert read_file(tmp_path / "e.txt", content).events == EVENTS


@pytest.mark.parametrize("language", WESTERN)
def test_western_tables_are_read_as_cp1252(tmp_path: Path, language: str) -> None:
    path = written(tmp_path / "e.csv", language, "cp1252")
    assert encoding_of(path, table=True) == "cp1252"
    assert {event["text"].rpartition(" ")[0] for event in read_file(path).events} == {WORDS[language]}


@pytest.mark.parametrize(("language", "encoding"), OTHERS)
def test_others_are_asked_for_and_read_when_they_are_named(tmp_path: Path, language: str, encoding: str) -> None:
    path = written(tmp_path / "e.csv", language, encoding)
    with pytest.raises(UnreadableFileError, match="is not UTF-8") as refused:
        read_file(path)
    assert "--set ingestion.encoding=" in refused.value.hint
    wanted = WORDS[language].encode(encoding, "ignore").decode(encoding)
    assert {event["text"].rpartition(" ")[0] for event in read_file(path, encoding=encoding).events} == {wanted}


@pytest.mark.parametrize("name", ["latin-1", "ISO-8859-1", "iso-8859-15", "cp1252"])
def test_western_tables_are_read_in_the_encoding_that_is_named(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "e.csv", "fr", name)
    assert {event["text"].rpartition(" ")[0] for event in read_file(path, encoding=name).events} == {WORDS["fr"]}


@pytest.mark.parametrize(
    ("language", "encoding", "likely"),
    [
        ("ru", "koi8-r", "koi8_r"), ("ru", "cp1251", "cp1251"), ("ru", "cp866", "cp866"), ("ru", "iso-8859-5", "iso8859_5"),
        ("pl", "cp1250", "cp1250"), ("euro", "iso-8859-15", "iso8859_15"), ("de", "mac_roman", "mac_roman"),
        ("ja", "shift_jis", "cp932"), ("ja", "iso-2022-jp", "iso2022_jp"), ("zh", "gb18030", "gb18030"),
    ],
)  # fmt: skip
def test_the_message_names_what_it_may_be(tmp_path: Path, language: str, encoding: str, likely: str) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        encoding_of(written(tmp_path / "e.csv", language, encoding), table=True)
    assert refused.value.message.endswith(f"; it may be {likely}")
    assert f"--set ingestion.encoding={likely} " in refused.value.hint


def test_signs_that_western_texts_hold_are_no_doubt(tmp_path: Path) -> None:
    text = "¿¡Qué!? §§ 3, 4 BGB, 5 m² à 30 € «naïf» 20 °C ± ½ Straße – l’été ª º ® © Ã¤"
    path = tmp_path / "e.csv"
    path.write_bytes(table("text,label", [(text, "x")] * 3).decode().encode("cp1252"))
    assert {event["text"] for event in read_file(path).events} == {text}


@pytest.mark.parametrize("name", ["utf-7", "hz", "unicode_escape", "cp037", "rot13", "no such", ""])
def test_a_name_under_which_a_table_would_be_read_as_something_else_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="not the name of an encoding"):
        IngestionSettings(encoding=name)


def test_a_named_encoding_leaves_utf8_alone(tmp_path: Path) -> None:
    path = written(tmp_path / "e.csv", "ru", "utf-8")
    assert encoding_of(path, "cp1251", table=True) is None
    assert encoding_of(written(tmp_path / "e.jsonl", "ru", "cp1251"), "cp1251") == "cp1251"


def test_json_is_utf8_and_a_broken_row_of_it_costs_itself(tmp_path: Path) -> None:
    chunk = read_file(tmp_path / "e.jsonl", '{"text": "one"}\n{"text": "café"}\n{"text": "three"}\n'.encode("cp1252"))
    assert [fault.code for fault in chunk.faults] == ["invalid_encoding"]
    chunk = read_file(tmp_path / "e.csv", table("text,label", [("Größe", "x")]) + b"caf\xe9,y\n")
    assert ([event["text"] for event in chunk.events], [fault.code for fault in chunk.faults]) == (
        ["Größe"],
        ["invalid_encoding"],
    )


def test_half_a_character_in_utf16_costs_its_row(tmp_path: Path) -> None:
    broken = "text,label\na,x\n".encode("utf-16-le") + b"\x00\xd8,\x00y\x00\n\x00" + "b,x\n".encode("utf-16-le")
    chunk = read_file(tmp_path / "e.csv", b"\xff\xfe" + broken)
    assert ([event["text"] for event in chunk.events], [fault.code for fault in chunk.faults]) == (
        ["a", "b"],
        ["invalid_encoding"],
    )
    chunk = read_file(tmp_path / "e.csv", b"\xff\xfe" + "text,label\na,x\nb,y".encode("utf-16-le") + b"\n")  # cut
    assert ([event["text"] for event in chunk.events], [fault.code for fault in chunk.faults]) == (["a"], ["invalid_encoding"])
