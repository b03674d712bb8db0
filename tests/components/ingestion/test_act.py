"""An act as an experience of the chain, and rows that come under names that were given up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest

from components.ingestion.act import publish_act
from components.ingestion.chain import labels_of, latest
from components.ingestion.ingest import Ingested, ingest
from components.ingestion.preview import preview
from components.relabelling import Relabelling
from components.settings import IngestionSettings
from components.storage import verify
from components.workspace import Workspace
from tests.components.ingestion.conftest import NOW

pytestmark = pytest.mark.integration

ACT = Relabelling({"refund": "returns"}, "the shop says so", "claimed by me")
QUICK = IngestionSettings.model_validate({"pii": "off", "min_rows": 1})


def events(labels: str, start: int = 0) -> list[dict[str, Any]]:
    return [{"text": f"text number {start + n} of them", "label": label} for n, label in enumerate(labels.split())]


def test_an_act_is_an_experience_without_rows_that_the_next_one_follows(
    take: Callable[..., Ingested], lines: Callable[..., Path], workspace: Workspace
) -> None:
    first = take(lines("first", events("refund login " * 20))).experience
    digest = publish_act("act", ACT, workspace, first)
    verify(workspace.experiences / digest)
    act = workspace.experience(digest)
    assert act.relabels == ACT.names
    assert (act.manifest["after"], act.manifest["reason"], act.manifest["by"]) == (first, ACT.reason, ACT.by)
    assert act.content is None, "acts have no rows that could be alike"
    assert latest(workspace) == digest
    assert publish_act("act", ACT, workspace, digest) == digest, "a kill between publishing and its record"
    second = take(lines("second", events("login " * 10, start=50)), after=digest, name="second").experience
    assert workspace.experience(str(second)).manifest["after"] == digest
    assert labels_of(workspace, second, ACT.names) == {"returns", "login"}


def test_rows_under_a_name_that_was_given_up_come_in_under_the_new_one_and_it_is_said(
    lines: Callable[..., Path], workspace: Workspace
) -> None:
    """Two names of one class contradict each other no more, and count as one where held-out cases are cut."""
    rows = [*events("refund returns login " * 3), *events("returns refund", start=0)]
    file = lines("rows", rows)
    given = {"workspace": workspace, "settings": QUICK, "now": NOW, "names": dict(ACT.names)}
    taken = ingest([file], name="rows", **given)
    assert taken.quarantined == 0
    assert taken.experience
    experience = workspace.experience(taken.experience)
    assert experience.manifest["labels"] == ["login", "returns"]
    assert set(experience.table("heldout")["label"].to_pylist()) == {"returns"}, "of six rows one is held out, of three none"
    assert taken.validation["renamed"] == {"refund": 4}
    assert len(taken.doubts) == 1
    assert "'refund': 4 rows; it was renamed" in taken.doubts[0]
    assert "'returns'" in taken.doubts[0]
    assert "`perdure rollback`" in taken.doubts[0]
    seen = preview([file], **given)
    assert seen.ingested.doubts == taken.doubts
    assert {row["label"] for row in seen.rows} == {"returns", "login"}


def test_without_an_act_a_label_is_a_label(
    take: Callable[..., Ingested], lines: Callable[..., Path], workspace: Workspace
) -> None:
    taken = take(lines("rows", events("refund returns " * 5)))
    assert workspace.experience(str(taken.experience)).manifest["labels"] == ["refund", "returns"]
    assert "renamed" not in taken.validation


def test_an_act_has_the_columns_of_every_experience(workspace: Workspace) -> None:
    act = workspace.experience(publish_act("act", ACT, workspace, None))
    for part in ("train", "heldout", "unlabelled"):
        assert len(act.known_as({"a": "b"}).table(part)) == 0
    assert len(parquet.read_table(act.path / "digests.parquet")) == 0
