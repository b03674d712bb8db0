"""MLflow's registered model of a workspace: aliases, tags, versions. It shows what the ledger says, and is not believed."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from components.errors import IntegrityError, RegistryError, UnavailableError, UsageError
from components.governance.wishes import Observed
from components.registry.client import answering, connect
from components.registry.identity import identity
from components.storage import building, digest_json, read_manifest, verify
from components.workspace import Workspace

#: Tags of the registered model: whose it is, and the entry of the ledger that aliases and tags agreed with last
OWNER, HEAD = "workspace", "ledger.head"
#: Tag of a version: the stage at which its evidence page was written
PAGE, UNDER_WAY = "page", "under way"
#: How many versions are looked at each time: reading one costs half a millisecond
SLICE = 200
_NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_RESTORE = "Restore the checkpoint from a backup."


class Registry:
    """The registered model of one workspace. Every method may raise UnavailableError when MLflow does not answer.

    RegistryError: the model belongs to another workspace.
    """

    def __init__(self, workspace: Workspace, client: Any = None) -> None:
        self.workspace = workspace
        self.uri = workspace.mlflow_uri
        who = identity(workspace)
        self.owner, self.model = who.id, who.model
        self.client = client or connect(workspace)

    def observe(self, expected: Collection[str], start: int = 0, whole: bool = False) -> Observed:
        """Aliases, the entry of the ledger that they agreed with last, and tags of the versions that matter.

        Those are: what an alias names, what somebody wishes something about, and SLICE versions after number `start`; or all of
        them (`whole`, or when there are no more). `expected`: the versions that should be there.
        """
        model = self._model()
        if model is None:
            return Observed({}, None, {}, frozenset(expected))
        aliases = {alias: str(version) for alias, version in model.aliases.items()}
        found = self.versions() if whole else self._page(f"name = '{self.model}' and version_number > {start}", SLICE)
        whole = whole or (start == 0 and len(found) < SLICE)
        end = float("inf") if whole or len(found) < SLICE else int(found[-1].version)
        for tag in () if whole else ("approval", "rollback"):
            found += self._search(f"name = '{self.model}' and tags.{tag} LIKE '%'")
        tags = {str(each.version): dict(each.tags) for each in sorted(found, key=lambda each: int(each.version))}
        absent = {version for version in expected if start < int(version) <= end and version not in tags}
        return self.look(Observed(aliases, model.tags.get(HEAD), tags, frozenset(absent)), aliases.values())

    def look(self, observed: Observed, versions: Iterable[str]) -> Observed:
        """The same, with further versions looked at."""
        from mlflow.exceptions import MlflowException

        tags, absent = dict(observed.tags), set(observed.absent)
        for version in set(versions) - tags.keys() - absent:
            with answering(self.uri):
                try:
                    tags[version] = dict(self.client.get_model_version(self.model, version).tags)
                except MlflowException as error:
                    if error.error_code not in _NOT_THERE:
                        raise
                    absent.add(version)
        return replace(observed, tags=tags, absent=frozenset(absent))

    def aliases(self) -> dict[str, str]:
        """Every alias and its version."""
        model = self._model()
        return {alias: str(version) for alias, version in model.aliases.items()} if model else {}

    def set_alias(self, alias: str, version: str | None) -> None:
        """Set an alias (None: remove it) and read it back."""
        with answering(self.uri):
            if version is None:
                self.client.delete_registered_model_alias(self.model, alias)
            else:
                self.client.set_registered_model_alias(self.model, alias, version)
        if (current := self.aliases().get(alias)) != version:
            raise UnavailableError(
                f"The alias {alias!r} names version {current} just after it was set to {version}",
                "Someone else is moving aliases right now; run the command again.",
            )

    def tags(self, version: str) -> dict[str, str]:
        """The tags of a version. Raises UsageError when there is no such version."""
        return dict(self._version(version).tags)

    def tag(self, version: str, tags: Mapping[str, str | None], known: Mapping[str, str] | None = None) -> None:
        """Set tags of a version; None removes one. `known`: its tags as read a moment ago."""
        known = self.tags(version) if known is None else known
        with answering(self.uri):
            for name, value in tags.items():
                if value is None and name in known:
                    self.client.delete_model_version_tag(self.model, version, name)
                elif value is not None and known.get(name) != value:
                    self.client.set_model_version_tag(self.model, version, name, value)

    def versions(self) -> list[Any]:
        """Every ModelVersion, oldest first."""
        return self._search(f"name = '{self.model}'")

    def version_of(self, checkpoint: str, cycle: str) -> str | None:
        """The newest version that says it holds this checkpoint as made by this cycle."""
        versions = self._search(f"name = '{self.model}' and tags.checkpoint = '{_digest(checkpoint)}'")
        mine = [str(version.version) for version in versions if version.tags.get("cycle") == cycle]
        return mine[-1] if mine else None

    def fetch_checkpoint(self, version: str, digest: str, store: Path | None = None) -> Path:
        """A checkpoint, verified; from MLflow's copy in a version when `store` no longer has it. Raises IntegrityError."""
        store = store or self.workspace.checkpoints
        target = store / _digest(digest)
        if not target.exists():
            self._download(version, digest, store)
        try:
            verify(target)
        except IntegrityError as error:
            hint = f"Move {target} away and run the command again: the checkpoint is then fetched back from MLflow."
            raise IntegrityError(f"Version {version} cannot be used. {error.message}", hint) from error
        return target

    def description(self, version: str) -> str:
        """The evidence page of a version as MLflow shows it now."""
        return self._version(version).description or ""

    def describe(self, version: str, page: str, stage: str) -> None:
        """Write the evidence page of a version, and at which stage it was written: under way, or what was decided."""
        if self.description(version) != page:
            with answering(self.uri):
                self.client.update_model_version(self.model, version, page)
        self.tag(version, {PAGE: stage})

    def claim(self) -> None:
        """Make the registered model if there is none, and write whose it is."""
        model = self._model()
        with answering(self.uri):
            if model is None:
                self.client.create_registered_model(self.model, tags={OWNER: self.owner})
            elif OWNER not in model.tags:
                self.client.set_registered_model_tag(self.model, OWNER, self.owner)

    def note_head(self, head: str) -> None:
        """Write down the entry of the ledger that aliases and tags agree with; a ledger cut short later is found by it."""
        with answering(self.uri):
            self.client.set_registered_model_tag(self.model, HEAD, head)

    def noted_head(self) -> str | None:
        """The head last noted; None before the first."""
        model = self._model()
        return model.tags.get(HEAD) if model else None

    def _model(self) -> Any:
        """MLflow's registered model; None before the first version."""
        from mlflow.exceptions import MlflowException

        with answering(self.uri):
            try:
                model = self.client.get_registered_model(self.model)
            except MlflowException as error:
                if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                    return None
                raise
        owner = model.tags.get(OWNER, self.owner)
        if self.owner and owner != self.owner:
            raise RegistryError(
                f"The model {self.model!r} in MLflow belongs to the workspace {owner}; {self.workspace.root} is {self.owner}",
                "Nothing was changed. Give this workspace a model of its own (PERDURE_MODEL, before its first use). If somebody"
                f" changed the tag {OWNER!r} of the model in MLflow, set it back.",
            )
        return model

    def _version(self, version: str) -> Any:
        from mlflow.exceptions import MlflowException

        with answering(self.uri):
            try:
                return self.client.get_model_version(self.model, version)
            except MlflowException as error:
                if error.error_code not in _NOT_THERE:
                    raise
        known = ", ".join(str(other.version) for other in self.versions()[-10:]) or "none yet"
        raise UsageError(f"There is no version {version!r} of {self.model}", f"Versions: {known}.")

    def _page(self, wanted: str, most: int) -> list[Any]:
        """The versions of lowest number."""
        with answering(self.uri):
            return list(self.client.search_model_versions(wanted, max_results=most, order_by=["version_number ASC"]))

    def _search(self, wanted: str) -> list[Any]:
        versions: list[Any] = []
        token = None
        with answering(self.uri):
            while True:
                page = self.client.search_model_versions(wanted, max_results=1000, page_token=token)
                versions += page
                token = page.token
                if not token:
                    return sorted(versions, key=lambda version: int(version.version))

    def _download(self, version: str, digest: str, store: Path) -> None:
        from mlflow.artifacts import download_artifacts

        source = f"models:/{self.model}/{version}/artifacts/{digest}"
        with building(store) as scratch, answering(self.uri):
            fetched = Path(download_artifacts(artifact_uri=source, dst_path=str(scratch), tracking_uri=self.uri))
            os.rename(fetched, scratch / "checkpoint")
            if digest_json(read_manifest(scratch / "checkpoint")) != digest:
                raise IntegrityError(f"MLflow's copy in version {version} is not the checkpoint {digest[:12]}", _RESTORE)
            verify(scratch / "checkpoint")
            os.rename(scratch / "checkpoint", store / digest)


def _digest(text: str) -> str:
    """A digest that may become part of a path or of a query: 64 hexadecimal digits."""
    if not _DIGEST.fullmatch(text):
        raise IntegrityError(f"{text[:80]!r} is not the digest of a checkpoint", "`perdure audit verify` says more.")
    return text
