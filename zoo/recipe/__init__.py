"""Recipes: read them by name or path, change them, validate them, write them back. TensorFlow-free."""

from zoo.recipe.bind import BoundRecipe, bind, resolved
from zoo.recipe.errors import RecipeError
from zoo.recipe.override import parse_overrides, pretrained_options, with_options
from zoo.recipe.read import read_recipe, recipe_from_table
from zoo.recipe.schema import Augmentation, Pretrained, Promise, Recipe, Training
from zoo.recipe.write import BESIDE, difference, recipe_hash, recipe_table, table_difference, write_recipe

__all__ = [
    "BESIDE",
    "Augmentation",
    "BoundRecipe",
    "Pretrained",
    "Promise",
    "Recipe",
    "RecipeError",
    "Training",
    "bind",
    "difference",
    "parse_overrides",
    "pretrained_options",
    "read_recipe",
    "recipe_from_table",
    "recipe_hash",
    "recipe_table",
    "resolved",
    "table_difference",
    "with_options",
    "write_recipe",
]
