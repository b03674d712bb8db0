"""What people ask for in MLflow, as values: tags of versions, and a moved alias. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from components.storage import digest_json

#: The tags that hold wishes
Tag = Literal["approval", "rollback"]
#: The actor of what was done in the MLflow UI, which does not say by whom.
SOMEONE = "someone in MLflow, unauthenticated"


def claimed(name: str) -> str:
    """How the ledger names somebody whose name nobody checked."""
    return f"claimed by {name}, unauthenticated"


@dataclass(frozen=True)
class Wish:
    """A tag `approval` or `rollback` on a version. The same wish is answered once; another reason makes it another wish."""

    tag: Tag
    version: str
    word: str  # approved, rejected or anything else; of the tag `rollback`: ""
    reason: str = ""
    by: str = ""
    at: str = ""

    @property
    def digest(self) -> str:
        return digest_json(asdict(self))

    @property
    def key(self) -> str:
        """Under which the ledger's state keeps the answer."""
        return f"{self.tag} {self.version}"

    @property
    def actor(self) -> str:
        return claimed(self.by) if self.by else SOMEONE


@dataclass(frozen=True)
class Observed:
    """MLflow's registry as it is now. `shown`: the entry of the ledger that it agreed with last.

    tags: of each version that was looked at and is there. absent: versions that were looked for and are not there.
    """

    aliases: Mapping[str, str]
    shown: str | None
    tags: Mapping[str, Mapping[str, str]]
    absent: frozenset[str] = frozenset()

    @property
    def champion(self) -> str | None:
        return self.aliases.get("champion")

    def wishes(self) -> list[Wish]:
        """Every wish, the oldest version first."""
        return [wish for version, tags in self.tags.items() for wish in wishes_of(version, tags)]


def wishes_of(version: str, tags: Mapping[str, str]) -> list[Wish]:
    """The wishes in the tags of one version."""
    found: list[Wish] = []
    if word := tags.get("approval", "").strip().lower():
        reason, by, at = (tags.get(f"approval.{part}", "").strip() for part in ("reason", "by", "at"))
        if tags.get("approval.given") != digest_of_words(word, reason, by, at):
            by = at = ""  # of another wish: word or reason were changed since
        found.append(Wish("approval", version, word, reason, by, at))
    if "rollback" in tags:
        found.append(Wish("rollback", version, "", tags["rollback"].strip()))
    return found


def digest_of_words(word: str, reason: str, by: str, at: str) -> str:
    """Written beside a wish by the command that makes it: a name belongs to the words that it was given with."""
    return digest_json([word, reason, by, at])
