"""The registry: an object that holds what is registered, and the default one with the built-ins and the plugins."""

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Generic, TypeVar

from registry import names, plugins
from registry.errors import DuplicateName, InvalidSpec, UnknownDataSet, UnknownFamily, UnknownRecipe
from registry.names import Name
from registry.reference import Reference
from registry.spec import BUILT_IN_PROVIDER, DataSet, Family, RecipeFile, Weights

BUILT_IN = (
    "zoo.families:register",
    "zoo.datasets:register",
    "zoo.recipes:register",
    "zoo.weights.catalogue:register",
)

Kind = TypeVar("Kind", Family, DataSet, RecipeFile, Weights)


class Shelf(Generic[Kind]):
    """The specs of one kind, by name; each name at most once."""

    def __init__(self) -> None:
        self.specs: dict[str, Kind] = {}

    def add(self, spec: Kind) -> None:
        taken = self.specs.get(spec.name)
        if taken is not None:
            raise DuplicateName(
                f"the {spec.kind} {spec.name!r} is registered twice: at {taken.place} by {taken.provider}, "
                f"and again at {spec.place} by {spec.provider}",
                hint="give the second one another name",
            )
        self.specs[spec.name] = spec

    def sorted(self) -> tuple[Kind, ...]:
        return tuple(self.specs[name] for name in sorted(self.specs))


class Registry:
    """Families, data sets, recipes and weights, found by name.

    Attributes:
        plugins: The plugins that were loaded into it, the broken ones included.

    Example:
        >>> registry = Registry()
        >>> registry.families()
        ()
    """

    def __init__(self) -> None:
        self.plugins: tuple[plugins.Plugin, ...] = ()
        self._families: Shelf[Family] = Shelf()
        self._datasets: Shelf[DataSet] = Shelf()
        self._recipes: Shelf[RecipeFile] = Shelf()
        self._weights: Shelf[Weights] = Shelf()
        self._provider: str | None = None

    def add_family(self, family: Family) -> None:
        """Register a family.

        Args:
            family: Its spec; the place is filled in.

        Raises:
            DuplicateName: The name is taken; names both places.
        """
        self._families.add(self._placed(family, _caller()))

    def add_dataset(self, dataset: DataSet) -> None:
        """Register a data set.

        Args:
            dataset: Its spec; the place is filled in.

        Raises:
            DuplicateName: The name is taken; names both places.
        """
        self._datasets.add(self._placed(dataset, _caller()))

    def add_recipe(self, recipe: RecipeFile) -> None:
        """Register a recipe.

        Args:
            recipe: Its name and file; the file is its place.

        Raises:
            DuplicateName: The name is taken; names both files.
        """
        self._recipes.add(self._placed(recipe, recipe.path))

    def add_recipes(self, folder: str | os.PathLike[str]) -> None:
        """Register every `<family>/<recipe>.toml` below a folder.

        Args:
            folder: The folder; files other than `.toml` are left alone.

        Raises:
            InvalidSpec: There is no such folder, or a TOML file lies elsewhere than one folder deep.
            InvalidName: The name of a file or of its folder does not follow the grammar.
            DuplicateName: A name is taken.
        """
        from pathlib import Path  # at use: 4 ms that `import registry` need not pay

        root = Path(folder).resolve()
        if not root.is_dir():
            raise InvalidSpec("a folder of recipes must exist", received=str(root))
        for path in sorted(root.rglob("*.toml")):
            parts = path.relative_to(root).with_suffix("").parts
            if len(parts) != 2:
                raise InvalidSpec("a recipe must lie at <family>/<recipe>.toml", received=str(path), where=str(root))
            family, recipe = (names.check_part(part, f"{path}: {part!r}") for part in parts)
            self.add_recipe(RecipeFile(name=f"{family}/{recipe}", path=str(path)))

    def add_weights(self, weights: Weights) -> None:
        """Register published weights.

        Args:
            weights: Their spec; the place is filled in.

        Raises:
            DuplicateName: The recipe has weights already; names both places.
        """
        self._weights.add(self._placed(weights, _caller()))

    def families(self) -> tuple[Family, ...]:
        """All families, by name."""
        return self._families.sorted()

    def datasets(self) -> tuple[DataSet, ...]:
        """All data sets, by name."""
        return self._datasets.sorted()

    def recipes(self) -> tuple[RecipeFile, ...]:
        """All recipes, by name."""
        return self._recipes.sorted()

    def weights(self) -> tuple[Weights, ...]:
        """All published weights, by recipe."""
        return self._weights.sorted()

    def family(self, name: str) -> Family:
        """Find a family.

        Args:
            name: Its name.

        Returns:
            Its spec.

        Raises:
            UnknownFamily: There is none; names the families and recipes that are near.
        """
        return self._family_of(name, name)

    def dataset(self, name: str) -> DataSet:
        """Find a data set.

        Args:
            name: Its name.

        Returns:
            Its spec.

        Raises:
            UnknownDataSet: There is none; names those that are near.
        """
        if name not in self._datasets.specs:
            near = names.near(name, self._datasets.specs)
            raise UnknownDataSet("no data set has this name", received=name, near=near, hint="zoo data list")
        return self._datasets.specs[name]

    def recipe(self, name: str) -> RecipeFile:
        """Find a recipe.

        Args:
            name: "family/recipe".

        Returns:
            Its name and file.

        Raises:
            InvalidName: The name does not follow the grammar.
            UnknownFamily: There is no such family.
            UnknownRecipe: The family has no such recipe; lists those it has.
        """
        if name in self._recipes.specs:
            return self._recipes.specs[name]
        family = self._family_of(names.parse(name).family, name).name
        own = [recipe for recipe in sorted(self._recipes.specs) if names.parse(recipe).family == family]
        listed = f"its recipes are {', '.join(own)}" if own else "it has none"
        raise UnknownRecipe(
            f"the family {family!r} has no such recipe; {listed}",
            received=name,
            near=names.near(name, own),
            hint=f"zoo list '{family}/*'",
        )

    def weights_of(self, name: str) -> Weights | None:
        """Find the published weights of a recipe.

        Args:
            name: "family/recipe".

        Returns:
            Their spec, None where the recipe has none.
        """
        return self._weights.specs.get(name)

    def resolve(self, text: str) -> Name:
        """Parse a name and make sure that it exists.

        Args:
            text: "family" or "family/recipe".

        Returns:
            The name.

        Raises:
            InvalidName: The text does not follow the grammar.
            UnknownFamily: There is no such family.
            UnknownRecipe: The family has no such recipe.
        """
        name = names.parse(text)
        self._family_of(name.family, text)
        if name.recipe is not None:
            self.recipe(text)
        return name

    @contextmanager
    def transaction(self, provider: str) -> Iterator["Registry"]:
        """Register in one provider's name, all or nothing.

        Args:
            provider: The distribution that everything added inside is credited to.

        Yields:
            The registry itself; when the block raises, what it added is taken out again.
        """
        shelves: tuple[Shelf[Any], ...] = (self._families, self._datasets, self._recipes, self._weights)
        before = [dict(shelf.specs) for shelf in shelves]
        outer, self._provider = self._provider, provider
        try:
            yield self
        except BaseException:
            for shelf, specs in zip(shelves, before, strict=True):
                shelf.specs = specs
            raise
        finally:
            self._provider = outer

    def _family_of(self, family: str, text: str) -> Family:
        """Find a family that stands in a longer text, "mlp" in "mlp/digits"; an error tells what is near the text."""
        if family not in self._families.specs:
            near = names.near(text, [*self._families.specs, *self._recipes.specs])
            near = near or names.near(family, self._families.specs)
            raise UnknownFamily("no family has this name", received=text, near=near, hint="zoo list")
        return self._families.specs[family]

    def _placed(self, spec: Kind, place: str) -> Kind:
        return replace(spec, place=place, provider=self._provider or spec.provider)


def build(built_in: tuple[str, ...] = BUILT_IN, with_plugins: bool = True) -> Registry:
    """Make a fresh registry of the built-ins and the installed plugins.

    Args:
        built_in: References to functions `register(registry)`, called in order.
        with_plugins: False leaves the installed plugins out.

    Returns:
        The registry; its `plugins` say what each plugin added or why it failed.

    Raises:
        ZooError: A built-in cannot be registered. A plugin that cannot is never fatal.
    """
    registry = Registry()
    for text in built_in:
        register: Callable[[Registry], object] = Reference(text).load()
        with registry.transaction(BUILT_IN_PROVIDER):
            register(registry)
    if with_plugins:
        registry.plugins = plugins.load(registry)
    return registry


@functools.cache
def default() -> Registry:
    """Return the registry of this process: made at the first call, the same one afterwards."""
    return build()


def _caller() -> str:
    """Where the method of the registry was called that called this: file:line."""
    frame = sys._getframe(2)
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
