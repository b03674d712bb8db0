"""The reference: ridge regression from sums, in any order, with labels that come later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.errors import IntegrityError
from components.evaluation.agreement import agreement_p
from components.evaluation.reference import PENALTY, Reference

pytestmark = pytest.mark.unit


def rows(seed: int, labels: str, each: int = 30) -> tuple[np.ndarray, list[str]]:
    """Rows around one corner per label, in 12 dimensions."""
    rng = np.random.default_rng(seed)
    truth = [label for label in labels for _ in range(each)]
    corners = np.eye(12, dtype=np.float32)[[ord(label) - ord("a") for label in truth]]
    return (corners * 3 + rng.normal(size=(len(truth), 12)).astype(np.float32)), truth


def right(reference: Reference, features: np.ndarray, truth: list[str], allowed: set[str] | None = None) -> float:
    return float(np.mean([a == b for a, b in zip(reference.answers(features, allowed), truth, strict=True)]))


def test_sums_are_the_same_in_any_order_and_in_parts() -> None:
    one, two = rows(0, "ab"), rows(1, "cd")
    there, back = Reference().with_rows(*one).with_rows(*two), Reference().with_rows(*two).with_rows(*one)
    seen = rows(2, "abcd")
    assert right(there, *seen) > 0.9
    assert there.answers(seen[0]) == back.answers(seen[0])
    assert right(there, *rows(3, "ab"), {"a", "b"}) >= right(there, *rows(3, "ab"))


def test_without_rows_there_is_no_answer() -> None:
    features, _ = rows(0, "a", 2)
    assert Reference().answers(features) == ["", ""]
    assert Reference().with_rows(*rows(0, "ab")).answers(features, {"z"}) == ["", ""]
    assert Reference().with_rows(features[:0], []) == Reference()


def test_the_file_holds_everything_and_no_text(tmp_path: Path) -> None:
    reference, path = Reference().with_rows(*rows(0, "abc")), tmp_path / "reference.safetensors"
    reference.save(path)
    again, bytes_ = Reference.load(path), path.read_bytes()
    again.save(path)
    assert path.read_bytes() == bytes_
    assert again.labels == reference.labels
    assert np.array_equal(again.gram, reference.gram)  # type: ignore[arg-type]
    assert np.array_equal(again.cross, reference.cross)  # type: ignore[arg-type]
    Reference().save(path)
    assert Reference.load(path) == Reference()
    path.write_bytes(b"no")
    with pytest.raises(IntegrityError, match=r"cannot be read"):
        Reference.load(path)


def test_later_rows_of_a_known_label_never_enter_it() -> None:
    """Wrong labels would else widen the margins that they are judged by."""
    reference = Reference().with_rows(*rows(0, "ab"))
    features, truth = rows(1, "abc")
    assert reference.with_new_labels(features[:60], ["b"] * 30 + ["a"] * 30) is reference
    grown = reference.with_new_labels(features, ["b"] * 60 + truth[60:])
    assert grown.labels == ("a", "b", "c")
    assert right(grown, *rows(2, "abc")) > 0.9


def test_a_row_left_out_is_answered_as_by_the_fit_on_the_others() -> None:
    """By brute force, at the scale of all rows: that alone is kept."""
    features, truth = rows(5, "abc", 7)
    x = features.astype(np.float64)
    x = (x - x.mean(axis=0)) / np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=0))
    own, answers = np.array(list("abc"))[None, :] == np.array(truth)[:, None], []
    for n in range(len(x)):
        others, theirs = np.delete(x, n, axis=0), np.delete(own, n, axis=0).astype(float)
        centre, share = others.mean(axis=0), theirs.mean(axis=0)
        centred = others - centre
        weights = np.linalg.solve(centred.T @ centred + PENALTY * np.eye(12), centred.T @ (theirs - share))
        answers.append("abc"[int(((x[n] - centre) @ weights + share).argmax())])
    reference = Reference().with_rows(features, truth)
    assert reference.left_out(features, truth) == answers
    assert answers != reference.answers(features)  # a row helps its own answer


def test_labels_that_have_nothing_to_do_with_the_texts_are_not_found_again() -> None:
    features, truth = rows(6, "ab", 40)
    mixed = list(np.random.default_rng(0).permutation(truth))
    left_out = Reference().with_rows(features, mixed).left_out(features, mixed)
    assert agreement_p(mixed, left_out) > 0.1
    assert agreement_p(truth, Reference().with_rows(features, truth).left_out(features, truth)) < 0.001


def test_renamed_and_merged_sums_are_those_of_the_same_rows_under_these_names() -> None:
    features, truth = rows(0, "abcd")
    names = {"a": "z", "c": "z"}
    merged = Reference().with_rows(features, truth).relabelled(names)
    ideal = Reference().with_rows(features, [names.get(label, label) for label in truth])
    assert merged.labels == ("z", "b", "d")
    assert merged.answers(features) == ideal.answers(features)
    assert merged.relabelled(names) is merged
    assert Reference().relabelled(names) == Reference()
    assert merged.with_new_labels(features[:1], ["z"]).labels == merged.labels


def test_scores_decide_what_answers_say_and_groups_are_left_out_together() -> None:
    features, truth = rows(4, "abc", 12)
    reference = Reference().with_rows(features, truth)
    for scores, answers in (
        (reference.left_out_scores(features, truth), reference.left_out(features, truth)),
        (reference.without_scores(features[:9], truth[:9]), reference.without(features[:9], truth[:9])),
    ):
        assert [reference.labels[best] for best in scores.argmax(axis=1)] == answers
    alone = reference.without_scores(features[:1], truth[:1])
    assert alone == pytest.approx(reference.left_out_scores(features, truth)[:1])
    assert Reference().left_out_scores(features[:2], ["a", "b"]).shape == (2, 0)


def test_rows_of_another_place_are_farther() -> None:
    features, truth = rows(5, "abc")
    reference = Reference().with_rows(features, truth)
    same, _ = rows(6, "abc")
    assert np.median(reference.distances(same + 9)) > 5 * np.median(reference.distances(same))
    assert (reference.distances(features) >= 0).all()
