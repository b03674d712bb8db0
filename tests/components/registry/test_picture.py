"""The accuracy matrix as a picture: every known number is on it, every unknown one is not."""

from __future__ import annotations

import io

import pytest

from components.registry.picture import draw_matrix

pytestmark = pytest.mark.integration  # matplotlib


def test_numbers_names_and_blanks() -> None:
    figure = draw_matrix([[0.91, 0.1, None], [0.8, 0.9], [None, 0.555, 1.0]], ["one", "two", "a very long name of an experience"])
    (axes,) = figure.axes
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {(0, 0): "91", (1, 0): "10", (0, 1): "80", (1, 1): "90", (1, 2): "56", (2, 2): "100"}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["after one", "after two", "after a very long name o"]
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_text(f"{label.get_text()[:3]}$x_^{{$")  # no formula, whatever it looks like
    image = io.BytesIO()
    figure.savefig(image, format="png")
    assert image.getvalue().startswith(b"\x89PNG")


def test_one_experience_and_names_that_are_missing() -> None:
    (axes,) = draw_matrix([[0.5]], []).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1"]
