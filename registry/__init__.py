"""The contract of the zoo and its plugins: specs, names, the registry and its search. Standard library only."""

from registry.errors import (
    BrokenReference,
    DuplicateName,
    InvalidName,
    InvalidPlugin,
    InvalidQuery,
    InvalidSpec,
    UnknownDataSet,
    UnknownFamily,
    UnknownName,
    UnknownRecipe,
    UserError,
    ZooError,
)
from registry.names import Name
from registry.plugins import Plugin
from registry.search import Entry, search
from registry.spec import LEARNING, DataSet, Family, RecipeFile, Reference, Weights
from registry.store import BUILT_IN, Registry, build, default

__all__ = [
    "BUILT_IN",
    "LEARNING",
    "BrokenReference",
    "DataSet",
    "DuplicateName",
    "Entry",
    "Family",
    "InvalidName",
    "InvalidPlugin",
    "InvalidQuery",
    "InvalidSpec",
    "Name",
    "Plugin",
    "RecipeFile",
    "Reference",
    "Registry",
    "UnknownDataSet",
    "UnknownFamily",
    "UnknownName",
    "UnknownRecipe",
    "UserError",
    "Weights",
    "ZooError",
    "build",
    "default",
    "search",
]
