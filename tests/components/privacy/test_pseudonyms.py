"""Subjects under pseudonyms: the same person is found again, and nobody else can tell who it is."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import IntegrityError
from components.privacy.pseudonyms import Pseudonyms, known_as, pseudonym
from components.workspace import Workspace

pytestmark = pytest.mark.unit


def test_the_same_subject_has_the_same_pseudonym_in_one_workspace_and_another_elsewhere(workspace: Workspace) -> None:
    other = Workspace(workspace.root.with_name("other"))
    assert pseudonym(workspace, "u-381") == pseudonym(workspace, "u-381")
    assert pseudonym(workspace, " Jos\u00e9\n") == pseudonym(workspace, "Jose\u0301")
    assert len({pseudonym(each, name) for each in (workspace, other) for name in ("u-381", "u-382")}) == 4


def test_a_pseudonym_stays_what_it_is_and_one_of_another_workspace_does_not(workspace: Workspace) -> None:
    mine = pseudonym(workspace, "u-381")
    assert pseudonym(workspace, mine) == mine
    other = Workspace(workspace.root.with_name("other"))
    assert pseudonym(other, mine) != mine


def test_a_person_is_found_under_the_pseudonym_and_under_the_name_of_old_workspaces(workspace: Workspace) -> None:
    assert known_as(workspace, "u-381") == {"u-381", pseudonym(workspace, "u-381")}


def test_the_key_is_made_at_the_first_need_and_is_for_the_owner_alone(workspace: Workspace) -> None:
    people = Pseudonyms(workspace)
    assert not workspace.root.exists()
    people.of("u-381")
    assert workspace.pseudonym_key.stat().st_mode & 0o777 == 0o600
    assert workspace.pseudonym_key.read_text() not in people.of("u-381")
    workspace.pseudonym_key.chmod(0o644)
    Pseudonyms(workspace).of("u-381")
    assert workspace.pseudonym_key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["lost", "replaced", "garbage"])
def test_a_key_that_is_lost_or_another_is_not_made_anew(workspace: Workspace, damage: str) -> None:
    pseudonym(workspace, "u-381")
    if damage == "lost":
        workspace.pseudonym_key.unlink()
    else:
        workspace.pseudonym_key.write_text("0" * 64 if damage == "replaced" else "what")
    with pytest.raises(IntegrityError, match=r"pseudonyms\.key") as error:
        pseudonym(workspace, "u-381")
    assert "backup" in error.value.hint


def test_all_who_need_a_key_at_once_get_the_same(workspace: Workspace) -> None:
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(pseudonym(workspace, "u"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1


@given(st.text(max_size=20), st.text(max_size=20))
def test_placeholders_of_names_differ_with_what_they_replace(one: str, other: str) -> None:
    people = Pseudonyms.__new__(Pseudonyms)
    people.__dict__["_key"] = b"k" * 32
    first, second = (people.tell_apart("EMAIL_ADDRESS", value) for value in (one, other))
    assert first.startswith("<EMAIL_ADDRESS ")
    assert (first == second) == (one == other)
