"""Choosing a recipe: what settings allow, what an experience looks like, and what `learning.recipe: auto` chooses for it."""
