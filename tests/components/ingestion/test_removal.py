"""Texts that were learned leave an experience: its name stays right, the rest stays, and the same events fill it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from components.contracts import Experience
from components.errors import IntegrityError, RefusedError
from components.ingestion.ingest import Ingested
from components.ingestion.removal import LEARNED, have_texts, remove_texts
from components.storage import digest_file, link_tree, read_json, read_manifest
from components.workspace import Workspace

pytestmark = pytest.mark.unit
NOW = datetime(2027, 5, 3, 14, 3, tzinfo=UTC)
EVENTS: list[dict[str, Any]] = [{"text": f"secret number {i}", "label": "ab"[i % 2]} for i in range(20)] + [{"text": "secret"}]


class Killed(BaseException):
    """As a kill: nothing catches it."""


@pytest.fixture
def experience(lines: Callable[..., Path], take: Callable[..., Ingested], workspace: Workspace) -> Experience:
    digest = take(lines("events", EVENTS)).experience
    assert digest is not None
    return workspace.experience(digest)


def test_texts_go_and_everything_else_stays(experience: Experience, tmp_path: Path) -> None:
    copy = tmp_path / "cycle" / "experience"
    link_tree(experience.path, copy)
    heldout = experience.table("heldout")
    files = dict(experience.manifest["files"])
    remove_texts(experience, [copy], NOW, "because")
    remove_texts(experience, [copy], NOW.replace(year=2030), "again")
    assert not have_texts(experience)
    assert not any((folder / name).exists() for folder in (copy, experience.path) for name in LEARNED)
    record = read_json(experience.removed)
    assert record == {"removed": NOW.isoformat(), "reason": "because", "files": {name: files[name] for name in LEARNED}}
    assert read_manifest(experience.path)["files"] == files, "its name can still be checked"
    assert experience.table("heldout").equals(heldout)
    with pytest.raises(RefusedError, match="removed after they were learned") as refused:
        experience.table("train")
    assert "--again" in refused.value.hint


def test_a_missing_file_without_a_record_is_damage(experience: Experience) -> None:
    (experience.path / "train.parquet").unlink()
    with pytest.raises(IntegrityError, match="missing"):
        experience.table("train")


@pytest.mark.parametrize("strike", range(4))
def test_a_kill_in_between_is_made_good(
    strike: int, experience: Experience, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, true, seen = tmp_path / "experience", Path.unlink, []
    link_tree(experience.path, copy)

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.name in LEARNED:
            if len(seen) == strike:
                raise Killed()
            seen.append(path)
        true(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(Killed):
        remove_texts(experience, [copy], NOW, "")
    assert have_texts(experience), "so it is still to be done"
    assert experience.removed.is_file(), "what is missing is no damage"
    monkeypatch.undo()
    remove_texts(experience, [copy], NOW, "")
    assert not have_texts(experience)
    assert not any((copy / name).exists() for name in LEARNED)


def test_later_ingestion_knows_what_was_held_out_and_learned(
    experience: Experience, lines: Callable[..., Path], take: Callable[..., Ingested], workspace: Workspace
) -> None:
    remove_texts(experience, [], NOW, "")
    more = [*EVENTS, {"text": "one more", "label": "a"}]
    later = take(lines("later", more), name="later", after=experience.digest)
    assert later.experience is not None
    sides = {part: set(workspace.experience(later.experience).table(part)["text"].to_pylist()) for part in ("train", "heldout")}
    assert set(experience.table("heldout")["text"].to_pylist()) <= sides["heldout"], "never learned"


@pytest.mark.parametrize("after", [False, True])
def test_the_same_events_fill_it_again(
    after: bool, experience: Experience, lines: Callable[..., Path], take: Callable[..., Ingested]
) -> None:
    remove_texts(experience, [], NOW, "")
    again = take(lines("events", EVENTS), after=experience.digest if after else None)
    assert again.experience == experience.digest
    assert not experience.removed.exists()
    assert experience.table("train").num_rows > 0
    for name, digest in experience.manifest["files"].items():
        assert digest_file(experience.path / name) == digest
