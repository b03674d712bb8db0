"""Which column may hold the texts, and which the labels: a proposal for a person, by usual names and by the values."""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from components.ingestion.chunk import Event
from components.ingestion.rules import PRIORITIES, SOURCES, SPLITS

_DEEPEST = 4
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
#: Fields whose values are fixed: a column of the same name may mean something else
_FIXED = {"source": SOURCES, "priority": PRIORITIES, "split": SPLITS}

#: Some values of each column; of what is nested, by path
Values = Mapping[str, Sequence[Any]]


def values_in(events: Iterable[Event]) -> dict[str, list[Any]]:
    """The values of each column, and by paths what is in objects and first in lists."""
    columns: dict[str, list[Any]] = {}
    for event in events:
        for path, value in _leaves(event):
            columns.setdefault(path, []).append(value)
    return columns


def _leaves(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    if depth < _DEEPEST and isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name), depth + 1)
    elif depth < _DEEPEST and isinstance(value, list) and value:
        yield from _leaves(value[0], f"{path}.0", depth + 1)
    elif isinstance(value, str | int | float) and path.isprintable():
        yield path, value


def propose(columns: Values, fields: Iterable[str] = ("text", "label")) -> dict[str, str]:
    """{field: column} for these fields, as far as there is a likely column. For `label` it may be one of completions."""
    found: dict[str, str] = {}
    for field in fields:
        left = {name: values for name, values in columns.items() if name not in found.values() and name not in _TAKEN}
        name = _by_name(field, left)
        if name is None and field == "label" and (answers := _by_name("completion", left)):
            field, name = "completion", answers
        name = name or _by_values(field, left)
        if name is not None:
            found[field] = name
    return found


def proposal(events: Sequence[Event]) -> dict[str, str]:
    """What to propose for some events of a file, if none of them has a text, a label or a completion, or a field has none of its
    values; else nothing.
    """
    columns = values_in(events)
    answered = any(name in ("label", "completion") for name in columns)
    wanted = [] if "text" in columns else ["text"]
    found = propose(columns, wanted if answered or "label.0" in columns else [*wanted, "label"])
    if not answered and "label.0" in columns:
        found["label"] = "label.0"
    for field, allowed in _FIXED.items():
        if field in columns and field not in found.values() and not set(map(str, columns[field])) & set(allowed):
            found[field] = ""
    return found


def map_command(path: Path, columns: Values) -> str:
    """The way out for a table without texts: the command that reads it, with the proposed columns or with places for them."""
    answered = any(name in ("label", "completion") for name in columns)
    found = propose(columns, ("text",) if answered else ("text", "label"))
    places = {"text": "COLUMN"} if answered or "completion" in found else {"text": "COLUMN", "label": "COLUMN"}
    return as_command(path, {**places, **found})


def as_command(path: Path, columns: Mapping[str, str]) -> str:
    """`perdure ingest --map …`, and the setting that does the same everywhere."""
    option = ",".join(f"{field}={column}" for field, column in columns.items())
    setting = ", ".join(f"{field}: {_yaml(column)}" for field, column in columns.items())
    return (
        f"Say which column is which: perdure ingest --map {shlex.quote(option)} {shlex.quote(str(path))} "
        f"(--dry-run shows what that reads); in params.yaml, for every command: ingestion.columns: {{{setting}}}"
    )


def _yaml(name: str) -> str:
    """A name in YAML, in quotes unless it is read as itself without them."""
    plain = re.fullmatch(r"[^\W\d][\w.]*", name) and yaml.safe_load(name) == name
    return name if plain else json.dumps(name, ensure_ascii=False)


def _folded(name: str) -> str:
    """A name without accents, capitals, and what separates its words."""
    plain = "".join(c for c in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(c))
    return plain.strip()


def _by_name(field: str, columns: Values) -> str | None:
    """The column with the surest of the usual names, as a whole or as one of its words, whose values suit the field."""
    folded = {name: _folded(name) for name in columns}
    words = {name: re.split(r"[\W_]+", plain) for name, plain in folded.items()}
    for usual in _NAMES[field]:
        for name in columns:
            if folded[name] == usual and _suits(field, columns[name]):
                return name
    for usual in _NAMES[field]:
        for name in columns:
            if usual in words[name] and _suits(field, columns[name]):
                return name
    return next((name for usual in _NAMES[field] for name in columns if folded[name] == usual), None)


def _by_values(field: str, columns: Values) -> str | None:
    """The column whose values look like texts (the longest), or like names of classes (few, and repeated)."""
    fitting = [name for name, values in columns.items() if values and _suits(field, values)]
    if field == "text":
        return max(fitting, key=lambda name: _length(columns[name]), default=None)
    return min(fitting, key=lambda name: len({str(value) for value in columns[name]}), default=None)


def _suits(field: str, values: Sequence[Any]) -> bool:
    """Whether values look like texts, answers or names of classes; where there are none, they may."""
    given = [str(value) for value in values if value != ""]
    if field == "label":
        return not values or (1 < len(set(given)) <= max(2, len(given) // 2) and max(map(len, given)) <= 60)
    return not values or (bool(given) and (field != "text" or (_length(given) >= 15 and _worded(given) > len(given) / 2)))


def _worded(values: Sequence[str]) -> int:
    """How many values have several words, or are in a script that does not part them."""
    return sum(" " in value or not value.isascii() for value in values)


def _length(values: Sequence[Any]) -> float:
    texts = [len(value) for value in values if isinstance(value, str) and value]
    return sum(texts) / len(texts) if texts else 0.0
