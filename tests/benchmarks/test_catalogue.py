"""The catalogue of recipes: every method is measured beside the others."""

from __future__ import annotations

import pytest

from components.learning.method import known_kinds
from components.learning.recipe import read_recipe

pytestmark = pytest.mark.unit

NOT_MEASURED = {("optimizer", "sgd")}  # beside adamw it says nothing about forgetting


def test_every_method_is_in_a_recipe() -> None:
    from benchmarks.catalogue import TABLES

    settings = [recipe for table in TABLES.values() for section in table.values() for recipe in section.values()]
    measured = {(method.axis, method.kind) for each in settings for method in read_recipe(each).hooks}
    own = {key for key, method in known_kinds().items() if method.__module__.startswith("components.")}
    assert sorted(own - measured - NOT_MEASURED) == [], "methods that no recipe of benchmarks/catalogue.py has"
