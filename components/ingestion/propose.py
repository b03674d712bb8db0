"""Which column may hold the texts, and which the labels: a proposal for a person, by usual names and by the values."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from components.ingestion.chunk import Event

#: Usual names, the surest first, without accents and capitals
_TEXT = """
text texte texto testo tekst tekstas teksti metin szoveg 文本 内容 正文 本文 テキスト 텍스트 내용 текст نص טקסט
message messages nachricht mensaje messaggio mensagem bericht wiadomosc сообщение 消息
body description beschreibung descripcion descrizione descricao описание
content inhalt contenu contenido contenuto conteudo utterance sentence satz phrase frase
comment kommentar commentaire comentario commento review question frage pregunta domanda pergunta вопрос 質問 问题
query prompt instruction input tweet post document data textcontent
source subject betreff objet asunto oggetto title titel titre titulo titolo
"""
_COMPLETION = """
completion answer antwort reponse respuesta risposta resposta ответ 回答 答案 response output chosen reply target_text
"""
_LABEL = """
label labels category kategorie categorie categoria kategoria kategori категория 类别 分类 カテゴリ 카테고리
class klasse classe clase classificazione klassifizierung класс klas luokka target y label_text label_name gold gold_label
etikett etiquette etiqueta etichetta etykieta metka метка 标签 ラベル 라벨 레이블 etiket
intent intention absicht topic thema theme tema argomento тема sentiment stimmung
tag tags annotation annotations choice choices type typ tipo group gruppe queue outcome accept cats
"""
_NAMES = {"text": _TEXT.split(), "completion": _COMPLETION.split(), "label": _LABEL.split()}
#: Fields of an event that are not another one by mistake
_TAKEN = frozenset({"text", "label", "completion", "id", "task", "timestamp", "consent", "expires", "priority", "split"})


def propose(columns: Mapping[str, Sequence[Any]], fields: Iterable[str] = ("text", "label")) -> dict[str, str]:
    """{field: column} for these fields, as far as there is a likely column. `columns`: some values of each."""
    found: dict[str, str] = {}
    for field in fields:
        left = {name: values for name, values in columns.items() if name not in found.values() and name not in _TAKEN}
        name = _by_name(field, left) or (_by_values(field, left) if field != "completion" else None)
        if name is None and field == "label":
            field, name = "completion", _by_name("completion", left)
        if name is not None:
            found[field] = f"{name}.0" if single_lists(left[name]) else name
    return found


def single_lists(values: Sequence[Any]) -> bool:
    """Whether the values are lists of one element each."""
    return any(values) and all(isinstance(value, list) and len(value) <= 1 for value in values if value is not None)


def proposal(events: Sequence[Event]) -> dict[str, str]:
    """What to propose for some events of a file, none of which has a text, or none a label or completion; else nothing."""
    columns = {name: [event.get(name) for event in events] for name in dict.fromkeys(name for event in events for name in event)}
    if not any(isinstance(text, str) for text in columns.get("text", ())):
        return propose(columns)
    if single_lists(columns.get("label", ())):
        return {"label": "label.0"}
    answered = (event.get(field) is not None for event in events for field in ("label", "completion"))
    return {} if any(answered) else propose(columns, ("label",))


def map_command(path: Path, found: Mapping[str, str], names: Iterable[str]) -> str:
    """The way out: the command that reads the file, with the proposed columns or with places for them."""
    named = {"text": "COLUMN", "label": "COLUMN", **found} if "completion" not in found else {"text": "COLUMN", **found}
    if not found and not list(names):
        return "Name the columns in the first line: one `text`, one `label`."
    return as_command(path, named)


def as_command(path: Path, columns: Mapping[str, str]) -> str:
    """`perdure ingest --map …`, and the setting that does the same everywhere."""
    option = ",".join(f"{field}={column}" for field, column in columns.items())
    setting = ", ".join(f"{field}: {_yaml(column)}" for field, column in columns.items())
    return (
        f"Say which column is which: perdure ingest --map {shlex.quote(option)} {shlex.quote(str(path))} "
        f"(--dry-run shows what that reads); in params.yaml, for every command: ingestion.columns: {{{setting}}}"
    )


def _yaml(name: str) -> str:
    return name if name.replace("_", "").replace(".", "").isalnum() else f'"{name}"'


def _folded(name: str) -> str:
    """A name without accents, capitals, and what separates its words."""
    plain = "".join(c for c in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(c))
    return plain.strip()


def _by_name(field: str, columns: Mapping[str, Sequence[Any]]) -> str | None:
    """The column with the surest of the usual names: itself, or as one of its words."""
    folded = {name: _folded(name) for name in columns}
    for usual in _NAMES[field]:
        for name, plain in folded.items():
            if plain == usual and _has_values(columns[name]):
                return name
    for usual in _NAMES[field]:
        for name, plain in folded.items():
            words = plain.replace("_", " ").replace("-", " ").replace(".", " ").split()
            if usual in words and _suits(field, columns[name]):
                return name
    return None


def _by_values(field: str, columns: Mapping[str, Sequence[Any]]) -> str | None:
    """The column whose values look like texts (the longest), or like names of classes (few, and repeated)."""
    fitting = [name for name, values in columns.items() if _suits(field, values)]
    if field == "text":
        return max(fitting, key=lambda name: _length(columns[name]), default=None)
    return min(fitting, key=lambda name: len({str(value) for value in columns[name]}), default=None)


def _has_values(values: Sequence[Any]) -> bool:
    return not values or any(value not in (None, "") for value in values)


def _suits(field: str, values: Sequence[Any]) -> bool:
    given = [str(value) for value in values if isinstance(value, str | int) and value != ""]
    if not given:
        return False
    if field == "text":
        return _length(given) >= 15 and sum(" " in value for value in given) > len(given) / 2
    return field == "label" and 1 < len(set(given)) <= max(2, len(given) // 2) and max(map(len, given)) <= 60


def _length(values: Sequence[Any]) -> float:
    texts = [len(value) for value in values if isinstance(value, str) and value]
    return sum(texts) / len(texts) if texts else 0.0
