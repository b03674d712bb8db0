"""What the registry in memory takes from MLflow: its rules for names, its errors, and how it reads filters, orders and pages.

MLflow is loaded when a client is first used: it takes two seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

PROMPT = "mlflow.prompt.is_prompt"
FIRST = ("last_updated_timestamp DESC", "name ASC", "version_number DESC")


class Page(list[Any]):
    """A page of results; `token` leads to the next."""

    def __init__(self, items: Sequence[Any], token: str | None) -> None:
        super().__init__(items)
        self.token = token


@cache
def rules() -> SimpleNamespace:
    """MLflow's own rules for names and its parser of filters. Loading MLflow takes two seconds: not before a client is used."""
    from mlflow.exceptions import MlflowException
    from mlflow.protos import databricks_pb2 as codes
    from mlflow.utils import search_utils, validation

    return SimpleNamespace(Error=MlflowException, codes=codes, check=validation, search=search_utils)


def failed(code: str, message: str) -> Exception:
    mlflow = rules()
    error: Exception = mlflow.Error(message, error_code=getattr(mlflow.codes, code))
    return error


@contextmanager
def session(*texts: str | None) -> Iterator[None]:
    """Inside the store's session everything that goes wrong is an MlflowException."""
    try:
        storable(*texts)
        yield
    except rules().Error:
        raise
    except Exception as error:
        raise failed("INTERNAL_ERROR", str(error)) from error


def storable(*texts: str | None) -> None:
    """SQLite takes no lone surrogates."""
    for text in texts:
        if text is not None:
            text.encode()


_NUMBERS, _TEXTS = {"=", "!=", "<", "<=", ">", ">="}, {"=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"}


@cache
def clauses_of(parser: str, text: str | None) -> list[dict[str, Any]]:
    clauses: list[dict[str, Any]] = getattr(rules().search, parser).parse_search_filter(text)
    assert all(clause["key"] != PROMPT for clause in clauses), "Perdure looks for no prompts"
    for clause in clauses:
        number = clause["type"] == "attribute" and clause["key"] == "version_number"
        if clause["comparator"] not in (_NUMBERS if number else _TEXTS):
            raise failed("INVALID_PARAMETER_VALUE", f"Invalid comparator: {clause['comparator']}")
        if number:
            clause["value"] = int(clause["value"])
    return clauses


@cache
def order_of(texts: tuple[str, ...]) -> list[tuple[str, bool]]:
    parsed = [rules().search.SearchModelVersionUtils.parse_order_by_for_search_model_versions(text) for text in texts]
    order = [("version" if key == "version_number" else key, ascending) for _, key, ascending in parsed]
    if len({key for key, _ in order}) < len(order):
        raise failed("INTERNAL_ERROR", "`order_by` contains duplicate fields")
    return order + [(key, ascending) for key, ascending in (("name", True), ("version", False)) if key not in dict(order)]


@cache
def _like(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern), re.DOTALL)


def _lower(text: str) -> str:
    """As SQLite does: only the letters of ASCII."""
    return re.sub("[A-Z]+", lambda found: found[0].lower(), text)


_ATTRIBUTES = {"version_number": "version", "source_path": "source"}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "IN": lambda a, b: a in b, "NOT IN": lambda a, b: a not in b,
    "LIKE": lambda a, b: _like(b).fullmatch(a) is not None,
    "ILIKE": lambda a, b: _like(_lower(b)).fullmatch(_lower(a)) is not None,
}  # fmt: skip


def matches(item: Any, clauses: Sequence[Mapping[str, Any]]) -> bool:
    for clause in clauses:
        key = clause["key"]
        value = item.tags.get(key) if clause["type"] == "tag" else getattr(item, _ATTRIBUTES.get(key, key))
        if value is None or not _COMPARE[clause["comparator"]](value, clause["value"]):
            return False
    return True


def page_of(items: Sequence[Any], start: int, size: int) -> Page:
    more = len(items) > start + size
    return Page(items[start : start + size], rules().search.SearchUtils.create_page_token(start + size) if more else None)
