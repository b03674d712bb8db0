"""Refuse a recipe that cannot work: called by every driver before anything is ingested, and by `learn` itself."""

from __future__ import annotations

from dataclasses import replace

from components.catalog.models import BaseModel, get_base
from components.errors import UsageError
from components.learning.choice.choose import TEXTLESS, Facts, choose
from components.learning.networks.backbone import writes
from components.learning.recipe import Recipe, no_head, read_recipe
from components.settings import LearningSettings


def legal_recipe(settings: LearningSettings) -> tuple[Recipe, BaseModel]:
    """The recipe that these settings name, and its base model; with `recipe: auto`, the recipe of the first experience.

    Raises UsageError for a wrong kind or setting and for methods that cannot work together, with the nearest recipe that can;
    UnavailableError if the base model cannot be fetched.
    """
    recipe = read_recipe(settings)
    base = get_base(settings.base)
    if settings.recipe == "auto":
        return legal_recipe(choose(Facts(writes(base), rows=1), settings).settings)
    if settings.texts == "never" and recipe.rehearsal.kind not in TEXTLESS:
        raise UsageError(
            f"learning.rehearsal: {recipe.rehearsal.kind} keeps texts, and learning.texts is never",
            "Set learning.rehearsal to {kind: none} or {kind: latent}, or learning.recipe to auto.",
        )
    if writes(base):
        recipe = replace(recipe, head=no_head())
    recipe.check(writes(base))
    return recipe, base


def refuse_illegal(settings: LearningSettings) -> None:
    """Raise what `legal_recipe` raises. Reads no experience and writes nothing."""
    legal_recipe(settings)
