"""MLflow's model registry in memory: `MemoryClient` does what `mlflow.MlflowClient` does over a SQLite file, in microseconds.

Only the calls and filters that Perdure uses; test_memory.py proves them against the real store, errors and their codes included.
Facts of the real store (MLflow 3.17, SQLite) that one may not expect, all of them so in here too:

- A new version gets the highest number ever given in its model plus one, so the number of a deleted version is never given again,
  newest or not. A deleted and re-created model begins again at 1; a renamed one goes on, and the old name is free (from 1).
- Deleting a version removes the aliases that name it. Deleting a model removes versions, tags and aliases; renaming keeps them.
- Deleting an alias or a tag that is not there succeeds, if the model (the version) is there. Setting what is set succeeds.
- Every tag value becomes text: None is stored as "None". "" is a value. 100,000 characters fit, in tags of models and versions.
- Tag keys: letters of any script, digits and `_-. :/`; 250 characters; nothing that a path would normalise (`a//b`, `../a`, ``).
- Aliases: letters of any script, digits and `_-`, 255 characters, and a trailing line break slips through. Case matters.
  `latest` and `v1` cannot be set. They can be deleted (nothing happens); `latest` can be read: the highest version.
- An unknown alias is INVALID_PARAMETER_VALUE, an unknown version or model RESOURCE_DOES_NOT_EXIST.
- "1", "01", " 1 ", "1_0" (ten) and other scripts' digits are versions: whatever int() takes. A version comes back as an int (over
  REST: as text).
- `aliases` of a version is filled by get_model_version and get_model_version_by_alias, and always empty from a search.
- A search without an order begins with what was changed last. Setting a tag or an alias changes no time; a description does.
- `tags.x != 'y'` and `tags.x LIKE '%'` find only versions that have x. `tags.a.b` needs no backticks. LIKE minds case, ILIKE
  does not (for ASCII).
- A search for a model that is not there is empty, not an error.
- The tag `mlflow.prompt.is_prompt` hides. On the model (any value): get_registered_model and every write except a new version say
  there is no such model, and the tag cannot be taken off again; with the value `true` a search for models misses it. On a version
  (any value): reading that version says there is no such model; with the value `true` every version of the model is missing from
  searches, even after that version was deleted.
- Lone surrogates are INTERNAL_ERROR; NUL characters are kept (PostgreSQL refuses them).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from types import SimpleNamespace
from typing import Any

from components.registry.registry import Registry
from components.workspace import Workspace

PROMPT = "mlflow.prompt.is_prompt"
FIRST = ("last_updated_timestamp DESC", "name ASC", "version_number DESC")


@dataclass
class Version:
    """A version as MLflow's ModelVersion shows it."""

    name: str
    version: int
    creation_timestamp: int
    last_updated_timestamp: int
    source: str | None
    run_id: str | None
    description: str | None
    tags: dict[str, str]
    aliases: list[str] = field(default_factory=list)
    current_stage: str = "None"
    status: str = "READY"


@dataclass
class Model:
    """A registered model as MLflow's RegisteredModel shows it."""

    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str | None
    tags: dict[str, str]
    aliases: dict[str, int] = field(default_factory=dict)
    latest_versions: list[Version] = field(default_factory=list)


class Page(list[Any]):
    """A page of results; `token` leads to the next."""

    def __init__(self, items: Sequence[Any], token: str | None) -> None:
        super().__init__(items)
        self.token = token


def memory_registry(workspace: Workspace, client: Any = None) -> Registry:
    """A Registry over an empty memory, or over the client given: the same as on MLflow, without a database."""
    return Registry(workspace, MemoryClient() if client is None else client)


class MemoryClient:
    """Registered models, versions, tags and aliases, and the files of runs. `clock`: milliseconds since 1970."""

    def __init__(self, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self.clock = clock
        self.files: dict[tuple[str, str], Any] = {}
        self._models: dict[str, Model] = {}
        self._versions: dict[str, dict[int, Version]] = {}  # deleted ones too: their numbers are taken

    def create_registered_model(self, name: str, tags: Mapping[str, Any] | None = None, description: str | None = None) -> Model:
        if PROMPT in (tags or {}):
            raise _error("INVALID_PARAMETER_VALUE", "Prompts cannot be registered as models.")
        texts = {key: str(value) for key, value in (tags or {}).items()}
        _mlflow().check._validate_model_name(name)
        for key, value in texts.items():
            _mlflow().check._validate_registered_model_tag(key, value)
        with _session(name, description):
            if name in self._models:
                raise _error("RESOURCE_ALREADY_EXISTS", f"Registered Model (name={name}) already exists.")
            _storable(*texts.values())
            now = self.clock()
            self._models[name], self._versions[name] = Model(name, now, now, description, texts), {}
            return self._shown(name)

    def get_registered_model(self, name: str) -> Model:
        with _session(name):
            model = self._model(name)
            if PROMPT in model.tags:
                raise _error("RESOURCE_DOES_NOT_EXIST", f"Registered Model with name={name!r} not found.")
            return self._shown(name)

    def rename_registered_model(self, name: str, new_name: str) -> None:
        self._present(name)
        if new_name.strip() == "":
            raise _error("INTERNAL_ERROR", "The name must not be an empty string.")
        _mlflow().check._validate_model_renaming(new_name)
        with _session(new_name):
            if new_name in self._models and new_name != name:
                raise _error("RESOURCE_ALREADY_EXISTS", f"Registered Model (name={new_name}) already exists.")
            now = self.clock()
            model, versions = self._models.pop(name), self._versions.pop(name)
            self._models[new_name] = replace(model, name=new_name, last_updated_timestamp=now)
            self._versions[new_name] = {
                number: replace(version, name=new_name, last_updated_timestamp=now) for number, version in versions.items()
            }

    def delete_registered_model(self, name: str) -> None:
        self._present(name)
        del self._models[name], self._versions[name]

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> Page:
        if max_results > 1000:
            raise _error("INVALID_PARAMETER_VALUE", "max_results is too large")
        clauses = _clauses("SearchModelUtils", filter_string)
        assert not order_by, "Perdure asks for no order of models"
        start = _mlflow().search.SearchUtils.parse_start_offset_from_page_token(page_token)
        with _session(filter_string):
            found = [
                name
                for name, model in sorted(self._models.items())
                if model.tags.get(PROMPT) != "true" and _matches(model, clauses)
            ]
            return _page([self._shown(name) for name in found], start, max_results)

    def set_registered_model_tag(self, name: str, key: str, value: Any) -> None:
        self._present(name)
        _mlflow().check._validate_registered_model_tag(key, str(value))
        with _session(str(value)):
            self._models[name].tags[key] = str(value)

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        self._present(name)
        _mlflow().check._validate_tag_name(key)
        self._models[name].tags.pop(key, None)

    def set_registered_model_alias(self, name: str, alias: str, version: Any) -> None:
        check = _mlflow().check
        check._validate_model_name(name)
        check._validate_model_alias_name(alias)
        check._validate_model_version(version)
        self._present(name)
        check._validate_model_alias_name_reserved(alias)
        with _session():
            self._models[name].aliases[alias] = self._version(name, version).version

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        _mlflow().check._validate_model_name(name)
        _mlflow().check._validate_model_alias_name(alias)
        self._present(name)
        self._models[name].aliases.pop(alias, None)

    def get_model_version_by_alias(self, name: str, alias: str) -> Version:
        _mlflow().check._validate_model_name(name)
        _mlflow().check._validate_model_alias_name(alias)
        with _session(name, alias):
            model = self._model(name)
            if alias.lower() == "latest":
                number = max((version.version for version in self._live(name)), default=0)
                if not number:
                    raise _error("RESOURCE_DOES_NOT_EXIST", f"Latest version not found for model {name}.")
            elif alias in model.aliases:
                number = model.aliases[alias]
            else:
                raise _error("INVALID_PARAMETER_VALUE", f"Registered model alias {alias} not found.")
            return self.get_model_version(name, number)

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        await_creation_for: int | None = None,
    ) -> Version:
        """`source` is kept as given; MLflow looks up a `models:` address."""
        if PROMPT in (tags or {}):
            raise _error("INVALID_PARAMETER_VALUE", "Prompts cannot be registered as models.")
        texts = {key: str(value) for key, value in (tags or {}).items()}
        _mlflow().check._validate_model_name(name)
        for key, value in texts.items():
            _mlflow().check._validate_model_version_tag(key, value)
        with _session(name):
            model, versions, now = self._model(name), self._versions[name], self.clock()
            _storable(source, run_id, description, *texts.values())
            number = max(versions, default=0) + 1
            versions[number] = Version(name, number, now, now, source, run_id, description, texts)
            model.last_updated_timestamp = now
            return self._seen(versions[number])

    def get_model_version(self, name: str, version: Any) -> Version:
        with _session(name):
            found = self._version(name, version)
            if PROMPT in found.tags:
                raise _error("RESOURCE_DOES_NOT_EXIST", f"Registered Model with name={name!r} not found.")
            return self._seen(found)

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = 10_000,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> Page:
        if not isinstance(max_results, int) or not 1 <= max_results <= 200_000:
            raise _error("INVALID_PARAMETER_VALUE", "max_results must be a positive integer, at most 200000")
        clauses, order = _clauses("SearchModelVersionUtils", filter_string), _order(tuple(order_by or FIRST))
        start = _mlflow().search.SearchUtils.parse_start_offset_from_page_token(page_token)
        with _session(filter_string):
            found = [
                version
                for name, versions in self._versions.items()
                if not any(version.tags.get(PROMPT) == "true" for version in versions.values())
                for version in self._live(name)
                if _matches(version, clauses)
            ]
            for key, ascending in reversed(order):
                found.sort(key=lambda version, key=key: getattr(version, key), reverse=not ascending)  # type: ignore[misc]
            page = _page(found, start, max_results)
            page[:] = [replace(version, tags=dict(version.tags), aliases=[]) for version in page]
            return page

    def update_model_version(self, name: str, version: Any, description: str | None = None) -> Version:
        if description is None:
            raise _error("INTERNAL_ERROR", "Attempting to update model version with no new field values.")
        self._present(name)
        with _session():
            found = self._version(name, version)
            _storable(description)
            found.description, found.last_updated_timestamp = description, self.clock()
            return self._seen(found)

    def set_model_version_tag(self, name: str, version: Any = None, key: Any = None, value: Any = None) -> None:
        _mlflow().check._validate_model_version_or_stage_exists(version, None)
        self._present(name)
        _mlflow().check._validate_model_version(version)
        _mlflow().check._validate_model_version_tag(key, str(value))
        with _session():
            found = self._version(name, version)
            _storable(str(value))
            found.tags[key] = str(value)

    def delete_model_version_tag(self, name: str, version: Any = None, key: Any = None) -> None:
        _mlflow().check._validate_model_version_or_stage_exists(version, None)
        self._present(name)
        _mlflow().check._validate_model_version(version)
        _mlflow().check._validate_tag_name(key)
        with _session():
            self._version(name, version).tags.pop(key, None)

    def delete_model_version(self, name: str, version: Any) -> None:
        self._present(name)
        number = _mlflow().check._validate_model_version(version)
        with _session():
            found, model = self._version(name, number), self._models[name]
            found.current_stage = "Deleted_Internal"
            found.last_updated_timestamp = model.last_updated_timestamp = self.clock()
            model.aliases = {alias: named for alias, named in model.aliases.items() if named != number}

    def log_dict(self, run_id: str, value: Any, file: str) -> None:
        self.files[run_id, file] = value

    def log_text(self, run_id: str, text: str, file: str) -> None:
        self.files[run_id, file] = text

    def _model(self, name: str) -> Model:
        _mlflow().check._validate_model_name(name)
        if name not in self._models:
            raise _error("RESOURCE_DOES_NOT_EXIST", f"Registered Model with name={name} not found")
        return self._models[name]

    def _present(self, name: str) -> None:
        """What MlflowClient does before it writes."""
        self.get_registered_model(name)

    def _live(self, name: str) -> Iterator[Version]:
        return (version for version in self._versions[name].values() if version.current_stage == "None")

    def _version(self, name: str, version: Any) -> Version:
        _mlflow().check._validate_model_name(name)
        number = _mlflow().check._validate_model_version(version)
        if abs(number) >= 2**63:
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        found = self._versions.get(name, {}).get(number)
        if found is None or found.current_stage != "None":
            raise _error("RESOURCE_DOES_NOT_EXIST", f"Model Version (name={name}, version={number}) not found")
        return found

    def _seen(self, version: Version) -> Version:
        aliases = [alias for alias, number in self._models[version.name].aliases.items() if number == version.version]
        return replace(version, tags=dict(version.tags), aliases=aliases)

    def _shown(self, name: str) -> Model:
        model, newest = self._models[name], max(self._live(name), key=lambda version: version.version, default=None)
        latest = [replace(newest, tags=dict(newest.tags))] if newest else []
        tags = {key: value for key, value in model.tags.items() if key != PROMPT}
        return replace(model, tags=tags, aliases=dict(model.aliases), latest_versions=latest)


@cache
def _mlflow() -> SimpleNamespace:
    """MLflow's own rules for names and its parser of filters. Loading MLflow takes two seconds: not before a client is used."""
    from mlflow.exceptions import MlflowException
    from mlflow.protos import databricks_pb2 as codes
    from mlflow.utils import search_utils, validation

    return SimpleNamespace(Error=MlflowException, codes=codes, check=validation, search=search_utils)


def _error(code: str, message: str) -> Exception:
    mlflow = _mlflow()
    error: Exception = mlflow.Error(message, error_code=getattr(mlflow.codes, code))
    return error


@contextmanager
def _session(*texts: str | None) -> Iterator[None]:
    """Inside the store's session everything that goes wrong is an MlflowException."""
    try:
        _storable(*texts)
        yield
    except _mlflow().Error:
        raise
    except Exception as error:
        raise _error("INTERNAL_ERROR", str(error)) from error


def _storable(*texts: str | None) -> None:
    """SQLite takes no lone surrogates."""
    for text in texts:
        if text is not None:
            text.encode()


_NUMBERS, _TEXTS = {"=", "!=", "<", "<=", ">", ">="}, {"=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"}


@cache
def _clauses(parser: str, text: str | None) -> list[dict[str, Any]]:
    clauses: list[dict[str, Any]] = getattr(_mlflow().search, parser).parse_search_filter(text)
    assert all(clause["key"] != PROMPT for clause in clauses), "Perdure looks for no prompts"
    for clause in clauses:
        number = clause["type"] == "attribute" and clause["key"] == "version_number"
        if clause["comparator"] not in (_NUMBERS if number else _TEXTS):
            raise _error("INVALID_PARAMETER_VALUE", f"Invalid comparator: {clause['comparator']}")
        if number:
            clause["value"] = int(clause["value"])
    return clauses


@cache
def _order(texts: tuple[str, ...]) -> list[tuple[str, bool]]:
    parsed = [_mlflow().search.SearchModelVersionUtils.parse_order_by_for_search_model_versions(text) for text in texts]
    order = [("version" if key == "version_number" else key, ascending) for _, key, ascending in parsed]
    if len({key for key, _ in order}) < len(order):
        raise _error("INTERNAL_ERROR", "`order_by` contains duplicate fields")
    return order + [(key, ascending) for key, ascending in (("name", True), ("version", False)) if key not in dict(order)]


_ATTRIBUTES = {"version_number": "version", "source_path": "source"}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "IN": lambda a, b: a in b, "NOT IN": lambda a, b: a not in b,
    "LIKE": lambda a, b: _like(b).fullmatch(a) is not None,
    "ILIKE": lambda a, b: _like(_lower(b)).fullmatch(_lower(a)) is not None,
}  # fmt: skip


def _matches(item: Any, clauses: Sequence[Mapping[str, Any]]) -> bool:
    for clause in clauses:
        key = clause["key"]
        value = item.tags.get(key) if clause["type"] == "tag" else getattr(item, _ATTRIBUTES.get(key, key))
        if value is None or not _COMPARE[clause["comparator"]](value, clause["value"]):
            return False
    return True


@cache
def _like(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern), re.DOTALL)


def _lower(text: str) -> str:
    """As SQLite does: only the letters of ASCII."""
    return re.sub("[A-Z]+", lambda found: found[0].lower(), text)


def _page(items: Sequence[Any], start: int, size: int) -> Page:
    more = len(items) > start + size
    return Page(items[start : start + size], _mlflow().search.SearchUtils.create_page_token(start + size) if more else None)
