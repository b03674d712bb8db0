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

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from components.registry.registry import Registry
from components.workspace import Workspace
from tests.components.registry.searching import (
    FIRST,
    PROMPT,
    Page,
    clauses_of,
    failed,
    matches,
    order_of,
    page_of,
    rules,
    session,
    storable,
)


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
            raise failed("INVALID_PARAMETER_VALUE", "Prompts cannot be registered as models.")
        texts = {key: str(value) for key, value in (tags or {}).items()}
        rules().check._validate_model_name(name)
        for key, value in texts.items():
            rules().check._validate_registered_model_tag(key, value)
        with session(name, description):
            if name in self._models:
                raise failed("RESOURCE_ALREADY_EXISTS", f"Registered Model (name={name}) already exists.")
            storable(*texts.values())
            now = self.clock()
            self._models[name], self._versions[name] = Model(name, now, now, description, texts), {}
            return self._shown(name)

    def get_registered_model(self, name: str) -> Model:
        with session(name):
            model = self._model(name)
            if PROMPT in model.tags:
                raise failed("RESOURCE_DOES_NOT_EXIST", f"Registered Model with name={name!r} not found.")
            return self._shown(name)

    def rename_registered_model(self, name: str, new_name: str) -> None:
        self._present(name)
        if new_name.strip() == "":
            raise failed("INTERNAL_ERROR", "The name must not be an empty string.")
        rules().check._validate_model_renaming(new_name)
        with session(new_name):
            if new_name in self._models and new_name != name:
                raise failed("RESOURCE_ALREADY_EXISTS", f"Registered Model (name={new_name}) already exists.")
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
            raise failed("INVALID_PARAMETER_VALUE", "max_results is too large")
        clauses = clauses_of("SearchModelUtils", filter_string)
        assert not order_by, "Perdure asks for no order of models"
        start = rules().search.SearchUtils.parse_start_offset_from_page_token(page_token)
        with session(filter_string):
            found = [
                name
                for name, model in sorted(self._models.items())
                if model.tags.get(PROMPT) != "true" and matches(model, clauses)
            ]
            return page_of([self._shown(name) for name in found], start, max_results)

    def set_registered_model_tag(self, name: str, key: str, value: Any) -> None:
        self._present(name)
        rules().check._validate_registered_model_tag(key, str(value))
        with session(str(value)):
            self._models[name].tags[key] = str(value)

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        self._present(name)
        rules().check._validate_tag_name(key)
        self._models[name].tags.pop(key, None)

    def set_registered_model_alias(self, name: str, alias: str, version: Any) -> None:
        check = rules().check
        check._validate_model_name(name)
        check._validate_model_alias_name(alias)
        check._validate_model_version(version)
        self._present(name)
        check._validate_model_alias_name_reserved(alias)
        with session():
            self._models[name].aliases[alias] = self._version(name, version).version

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        rules().check._validate_model_name(name)
        rules().check._validate_model_alias_name(alias)
        self._present(name)
        self._models[name].aliases.pop(alias, None)

    def get_model_version_by_alias(self, name: str, alias: str) -> Version:
        rules().check._validate_model_name(name)
        rules().check._validate_model_alias_name(alias)
        with session(name, alias):
            model = self._model(name)
            if alias.lower() == "latest":
                number = max((version.version for version in self._live(name)), default=0)
                if not number:
                    raise failed("RESOURCE_DOES_NOT_EXIST", f"Latest version not found for model {name}.")
            elif alias in model.aliases:
                number = model.aliases[alias]
            else:
                raise failed("INVALID_PARAMETER_VALUE", f"Registered model alias {alias} not found.")
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
            raise failed("INVALID_PARAMETER_VALUE", "Prompts cannot be registered as models.")
        texts = {key: str(value) for key, value in (tags or {}).items()}
        rules().check._validate_model_name(name)
        for key, value in texts.items():
            rules().check._validate_model_version_tag(key, value)
        with session(name):
            model, versions, now = self._model(name), self._versions[name], self.clock()
            storable(source, run_id, description, *texts.values())
            number = max(versions, default=0) + 1
            versions[number] = Version(name, number, now, now, source, run_id, description, texts)
            model.last_updated_timestamp = now
            return self._seen(versions[number])

    def get_model_version(self, name: str, version: Any) -> Version:
        with session(name):
            found = self._version(name, version)
            if PROMPT in found.tags:
                raise failed("RESOURCE_DOES_NOT_EXIST", f"Registered Model with name={name!r} not found.")
            return self._seen(found)

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = 10_000,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> Page:
        if not isinstance(max_results, int) or not 1 <= max_results <= 200_000:
            raise failed("INVALID_PARAMETER_VALUE", "max_results must be a positive integer, at most 200000")
        clauses, order = clauses_of("SearchModelVersionUtils", filter_string), order_of(tuple(order_by or FIRST))
        start = rules().search.SearchUtils.parse_start_offset_from_page_token(page_token)
        with session(filter_string):
            found = [
                version
                for name, versions in self._versions.items()
                if not any(version.tags.get(PROMPT) == "true" for version in versions.values())
                for version in self._live(name)
                if matches(version, clauses)
            ]
            for key, ascending in reversed(order):
                found.sort(key=lambda version, key=key: getattr(version, key), reverse=not ascending)  # type: ignore[misc]
            page = page_of(found, start, max_results)
            page[:] = [replace(version, tags=dict(version.tags), aliases=[]) for version in page]
            return page

    def update_model_version(self, name: str, version: Any, description: str | None = None) -> Version:
        if description is None:
            raise failed("INTERNAL_ERROR", "Attempting to update model version with no new field values.")
        self._present(name)
        with session():
            found = self._version(name, version)
            storable(description)
            found.description, found.last_updated_timestamp = description, self.clock()
            return self._seen(found)

    def set_model_version_tag(self, name: str, version: Any = None, key: Any = None, value: Any = None) -> None:
        rules().check._validate_model_version_or_stage_exists(version, None)
        self._present(name)
        rules().check._validate_model_version(version)
        rules().check._validate_model_version_tag(key, str(value))
        with session():
            found = self._version(name, version)
            storable(str(value))
            found.tags[key] = str(value)

    def delete_model_version_tag(self, name: str, version: Any = None, key: Any = None) -> None:
        rules().check._validate_model_version_or_stage_exists(version, None)
        self._present(name)
        rules().check._validate_model_version(version)
        rules().check._validate_tag_name(key)
        with session():
            self._version(name, version).tags.pop(key, None)

    def delete_model_version(self, name: str, version: Any) -> None:
        self._present(name)
        number = rules().check._validate_model_version(version)
        with session():
            found, model = self._version(name, number), self._models[name]
            found.current_stage = "Deleted_Internal"
            found.last_updated_timestamp = model.last_updated_timestamp = self.clock()
            model.aliases = {alias: named for alias, named in model.aliases.items() if named != number}

    def log_dict(self, run_id: str, value: Any, file: str) -> None:
        self.files[run_id, file] = value

    def log_text(self, run_id: str, text: str, file: str) -> None:
        self.files[run_id, file] = text

    def _model(self, name: str) -> Model:
        rules().check._validate_model_name(name)
        if name not in self._models:
            raise failed("RESOURCE_DOES_NOT_EXIST", f"Registered Model with name={name} not found")
        return self._models[name]

    def _present(self, name: str) -> None:
        """What MlflowClient does before it writes."""
        self.get_registered_model(name)

    def _live(self, name: str) -> Iterator[Version]:
        return (version for version in self._versions[name].values() if version.current_stage == "None")

    def _version(self, name: str, version: Any) -> Version:
        rules().check._validate_model_name(name)
        number = rules().check._validate_model_version(version)
        if abs(number) >= 2**63:
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        found = self._versions.get(name, {}).get(number)
        if found is None or found.current_stage != "None":
            raise failed("RESOURCE_DOES_NOT_EXIST", f"Model Version (name={name}, version={number}) not found")
        return found

    def _seen(self, version: Version) -> Version:
        aliases = [alias for alias, number in self._models[version.name].aliases.items() if number == version.version]
        return replace(version, tags=dict(version.tags), aliases=aliases)

    def _shown(self, name: str) -> Model:
        model, newest = self._models[name], max(self._live(name), key=lambda version: version.version, default=None)
        latest = [replace(newest, tags=dict(newest.tags))] if newest else []
        tags = {key: value for key, value in model.tags.items() if key != PROMPT}
        return replace(model, tags=tags, aliases=dict(model.aliases), latest_versions=latest)
