"""The normal form of labels, and what is said about names that may be one class."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingestion.labels import doubts, folded, merge_command, normal, normal_column, recognised
from tests.examples import examples

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("billing", "billing"),
        ("  billing\t", "billing"),
        ("billing\u00a0 question", "billing question"),
        ("bil\u200bling", "billing"),
        ("\ufeffbilling\u200e", "billing"),
        ("re\u0301clamation", "r\u00e9clamation"),
        ("bill\u00ading", "billing"),
        ("a\nb\n", "a\nb"),  # a rule refuses it
        ("a   b", "a b"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("bil\u200dling", "billing"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("Billing", "Billing"),  # case may mean something
        ("\u200b", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_what_looks_the_same_is_one_label(written: str, stored: str) -> None:
    assert normal(written) == stored


@given(st.text(max_size=40))
@examples(200)
def test_the_normal_form_is_a_fixed_point_and_does_not_depend_on_composition(label: str) -> None:
    assert normal(normal(label)) == normal(label)
    assert normal(unicodedata.normalize("NFD", label)) == normal(unicodedata.normalize("NFC", label))
    assert folded(normal(label)) == folded(normal(unicodedata.normalize("NFD", label)))


def test_a_column_keeps_its_order_and_its_nulls() -> None:
    column = pa.array(["b ", None, "a", "b", "\u200ba"])
    assert normal_column(column).to_pylist() == ["b", None, "a", "b", "a"]


def test_case_and_punctuation_are_said_with_the_name_to_keep() -> None:
    (one,) = doubts({"Sci-Fi": 3, "sci fi": 40, "drama": 9})
    assert one.labels == ("Sci-Fi", "sci fi")
    assert "each is a class of its own" in one.reason
    assert one.way == "if they are one, write 'sci fi' everywhere"


def test_letters_that_look_alike_are_said_and_shown_by_their_numbers() -> None:
    (one,) = doubts({"L\u041eC": 3}, known=["LOC"])
    assert one.labels == ("L\u041eC", "LOC")
    assert "letters that look alike ('LOC', 'L\\u041eC')" in one.reason
    assert doubts({"\u0434\u043e\u043c": 3}, known=["LOC"]) == []


def test_a_label_that_was_learned_is_the_name_to_keep() -> None:
    (one,) = doubts({"BILLING": 400}, known=["billing", "login"])
    assert one.labels == ("BILLING", "billing")
    assert "the last is known" in one.reason
    assert doubts({"login": 3}, known=["billing", "login"]) == []
    assert doubts({"login": 3}, known=["a", "A", "login"]) == []  # both were learned long ago


@pytest.mark.parametrize("label", ["nan", "NaN", "None", "null", "N/A", "<null>"])
def test_traces_of_missing_values_are_said(label: str) -> None:
    (one,) = doubts({label: 6, "billing": 30})
    assert one.labels == (label,)
    assert "6 rows; it looks like a missing value" in str(one)
    assert doubts({label: 6}, known=[label]) == []


def test_signs_alone_are_not_all_the_same() -> None:
    assert doubts({"+": 3, "-": 4, "\u2212": 1, "++": 2}) == []


def test_what_was_learned_under_two_names_is_put_together_by_a_command() -> None:
    said = str(doubts({"Refund": 3}, {"refund", "Re-Fund"})[0])
    assert '`perdure labels merge Re-Fund refund --reason "..."`' in said or "`perdure labels merge refund Re-Fund" in said
    assert "perdure labels merge" not in str(doubts({"Refund": 3}, {"refund"})[0]), "nothing was learned under it"
    assert merge_command(["a b"], "c") == "`perdure labels merge 'a b' c --reason \"...\"`"


def test_a_variant_of_a_name_that_was_given_up_is_recognised_once() -> None:
    names = {"billing": "payments", "Refund": "refund"}
    known = recognised({"payments", "refund"}, names)
    assert known == {"payments", "refund", "billing"}, "a class of today comes before its variants"
    assert "write 'billing' everywhere" in str(doubts({"Billing": 3}, known)[0])
    assert doubts({"payments": 3, "refund": 2}, known) == []
    assert "write 'refund' everywhere" in str(doubts({"REFUND": 3}, known)[0])


def test_classes_that_were_all_learned_are_not_called_new() -> None:
    assert "each is a class of its own" in str(doubts({"Refund": 3, "refund": 2}, {"Refund", "refund"})[0])
