"""The registered model `perdure`: its versions, their tags and the aliases that say what serves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.contracts import Outcome
from components.errors import IntegrityError, UnavailableError, UsageError
from components.governance.state import RegistryState, VersionState
from components.registry.client import MODEL, answering, connect
from components.storage import building, verify
from components.workspace import Workspace

ALIASES = ("champion", "previous", "candidate", "canary")


class Registry:
    """MLflow's registry as one workspace sees it. Every method may raise UnavailableError when MLflow does not answer."""

    def __init__(self, workspace: Workspace, client: Any = None) -> None:
        self.workspace = workspace
        self.uri = workspace.mlflow_uri
        self.client = client or connect(workspace)

    def champion(self) -> str | None:
        """The version that serves."""
        return self.aliases().get("champion")

    def champion_checkpoint(self) -> str | None:
        """Digest of the checkpoint that serves, or None."""
        version = self.champion()
        return self.checkpoint_of(version) if version else None

    def previous(self) -> str | None:
        """The version that served before."""
        return self.aliases().get("previous")

    def candidate(self) -> str | None:
        """The version being judged."""
        return self.aliases().get("candidate")

    def aliases(self) -> dict[str, str]:
        """Every alias and its version."""
        model = self._model()
        return {alias: str(version) for alias, version in model.aliases.items()} if model else {}

    def set_alias(self, alias: str, version: str | None) -> None:
        """Move an alias (None: remove it) and read it back."""
        with answering(self.uri):
            if version is None:
                self.client.delete_registered_model_alias(MODEL, alias)
            else:
                self.client.set_registered_model_alias(MODEL, alias, version)
        if (current := self.aliases().get(alias)) != version:
            raise UnavailableError(
                f"The alias {alias!r} names version {current} just after it was set to {version}",
                "Someone else is moving aliases right now; run the command again.",
            )

    def tags(self, version: str) -> dict[str, str]:
        """The tags of a version. Raises UsageError when there is no such version."""
        return dict(self._version(version).tags)

    def tag(self, version: str, tags: Mapping[str, str | None]) -> None:
        """Set tags of a version; None removes one."""
        known = self.tags(version)
        with answering(self.uri):
            for name, value in tags.items():
                if value is None and name in known:
                    self.client.delete_model_version_tag(MODEL, version, name)
                elif value is not None and known.get(name) != value:
                    self.client.set_model_version_tag(MODEL, version, name, value)

    def mark(self, version: str, outcome: Outcome, reason: str) -> None:
        """Tag a version with what became of it; it is no longer the candidate."""
        self.tag(version, {"outcome": outcome, "outcome.reason": reason[:1000], "approval.problem": None})
        if self.candidate() == version:
            self.set_alias("candidate", None)

    def find(self, version: str) -> bool:
        """Whether there is such a version."""
        return any(str(known.version) == version for known in self.versions())

    def versions(self) -> list[Any]:
        """Every ModelVersion, oldest first."""
        return self._search(f"name = '{MODEL}'")

    def version_of(self, checkpoint: str, cycle: str | None = None) -> str | None:
        """The newest version of a checkpoint; only as registered by one cycle when given."""
        versions = self._search(f"name = '{MODEL}' and tags.checkpoint = '{checkpoint}'")
        mine = [str(version.version) for version in versions if cycle is None or version.tags.get("cycle") == cycle]
        return mine[-1] if mine else None

    def checkpoint_of(self, version: str) -> str:
        """The digest of a version's checkpoint. Raises UsageError for a version that Perdure did not register."""
        digest = self.tags(version).get("checkpoint")
        if not digest:
            raise UsageError(
                f"Version {version} was not registered by Perdure", "Choose a version that has the tag `checkpoint`."
            )
        return digest

    def fetch_checkpoint(self, version: str, store: Path | None = None) -> Path:
        """The checkpoint of a version, verified; fetched from MLflow when `store` no longer has it. Raises IntegrityError."""
        store = store or self.workspace.checkpoints
        digest = self.checkpoint_of(version)
        target = store / digest
        if not target.exists():
            self._download(version, digest, store)
        try:
            verify(target)
        except IntegrityError as error:
            hint = f"Move {target} away and run the command again: the checkpoint is then fetched back from MLflow."
            raise IntegrityError(f"Version {version} cannot be used. {error.message}", hint) from error
        return target

    def observe(self) -> RegistryState:
        """The state that the reconciler decides on."""
        return RegistryState(self.champion(), tuple(_observed(version) for version in self.versions()))

    def waiting(self) -> list[str]:
        """Held versions that nobody has decided on, oldest first."""
        return [str(version.version) for version in self.versions() if version.tags.get("outcome") == "held"]

    def status(self) -> dict[str, Any]:
        """The status that scripts read: which version has which alias, what waits, how much the champion's memory holds."""
        aliases = self.aliases()
        tags = {str(version.version): version.tags for version in self.versions()}

        def named(alias: str) -> dict[str, Any] | None:
            version = aliases.get(alias)
            return {"version": version, "checkpoint": tags.get(version, {}).get("checkpoint")} if version else None

        memory = tags.get(aliases.get("champion", ""), {})
        return {
            **{alias: named(alias) for alias in ALIASES},
            "waiting": [version for version, own in tags.items() if own.get("outcome") == "held"],
            "memory": {"rows": int(memory.get("memory.rows", 0)), "bytes": int(memory.get("memory.bytes", 0))},
        }

    def note_head(self, head: str) -> None:
        """Write the ledger's head beside the aliases, so that a ledger cut short later does not verify."""
        with answering(self.uri):
            self.client.set_registered_model_tag(MODEL, "ledger.head", head)

    def noted_head(self) -> str | None:
        """The head last noted, for `Ledger.verify(expected_head=...)`."""
        model = self._model()
        head = model.tags.get("ledger.head") if model else None
        return str(head) if head else None

    def _model(self) -> Any:
        """MLflow's registered model; None before the first version."""
        from mlflow.exceptions import MlflowException

        with answering(self.uri):
            try:
                return self.client.get_registered_model(MODEL)
            except MlflowException as error:
                if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                    return None
                raise

    def _version(self, version: str) -> Any:
        from mlflow.exceptions import MlflowException

        with answering(self.uri):
            try:
                return self.client.get_model_version(MODEL, version)
            except MlflowException as error:
                if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                    raise
        known = ", ".join(str(other.version) for other in self.versions()[-10:]) or "none yet"
        raise UsageError(f"There is no version {version!r} of {MODEL}", f"Versions: {known}.")

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

        source = f"models:/{MODEL}/{version}/artifacts/{digest}"
        with building(store) as scratch, answering(self.uri):
            fetched = Path(download_artifacts(artifact_uri=source, dst_path=str(scratch), tracking_uri=self.uri))
            os.rename(fetched, scratch / "checkpoint")
            os.rename(scratch / "checkpoint", store / digest)


def _observed(version: Any) -> VersionState:
    tags = version.tags
    return VersionState(
        version=str(version.version),
        checkpoint=tags.get("checkpoint"),
        gate=tags.get("gate.status"),
        outcome=tags.get("outcome"),
        judged_against=tags.get("judged_against") or None,
        approval=tags.get("approval"),
        approval_reason=tags.get("approval.reason", ""),
        approval_by=tags.get("approval.by", ""),
        problem=tags.get("approval.problem", ""),
    )
