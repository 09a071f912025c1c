"""Plugins: other distributions register families, data sets and recipes through entry points."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from registry.errors import InvalidPlugin, UnknownName
from registry.reference import Reference
from registry.spec import DataSet, Family, RecipeFile, Weights

if TYPE_CHECKING:
    from registry.store import Registry

GROUPS = ("zoo.families", "zoo.datasets", "zoo.recipes")


@dataclass(frozen=True)
class Plugin:
    """One entry point and what became of it.

    Args:
        group: One of GROUPS.
        name: The entry point's name.
        value: What it names, "package.module:register".
        distribution: The distribution that has it.
        version: That distribution's version.
        error: Why it was refused, one line; None where it was not.
        traceback: Where it failed, for `--debug`.
        added: What it registered: "family tiny_mlp", "recipe tiny_mlp/points".
        problems: What is wrong with what it registered; the rest of it works.
    """

    group: str
    name: str
    value: str
    distribution: str
    version: str
    error: str | None = None
    traceback: str | None = None
    added: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def load(registry: "Registry") -> tuple[Plugin, ...]:
    """Load every installed plugin, each alone; one that fails leaves nothing behind and stops no other.

    A function that a distribution names in several groups is called once; the first entry tells what it added.

    Args:
        registry: Where they register; it holds the built-ins already.

    Returns:
        The entry points, in the order in which they were loaded.
    """
    called: dict[tuple[str, str], Plugin] = {}
    loaded = []
    for plugin in _installed():
        key = (plugin.distribution, plugin.value)
        if key in called:
            loaded.append(replace(plugin, error=called[key].error, traceback=called[key].traceback))
        else:
            called[key] = _registered(registry, plugin)
            loaded.append(called[key])
    # Only now, because what one plugin adds may stand on what a later one adds.
    return tuple(replace(plugin, problems=tuple(_problems(registry, plugin))) for plugin in loaded)


def _installed() -> Iterator[Plugin]:
    from importlib.metadata import entry_points  # at use: 20 ms that `import registry` need not pay

    everything = entry_points()
    for group in GROUPS:
        found = []
        for point in everything.select(group=group):
            name, version = (point.dist.name, point.dist.version) if point.dist else ("unknown", "unknown")
            found.append(Plugin(group, point.name, point.value, name, version))
        yield from sorted(found, key=lambda plugin: (plugin.distribution, plugin.name))


def _registered(registry: "Registry", plugin: Plugin) -> Plugin:
    before = _specs(registry)
    try:
        with registry.transaction(plugin.distribution):
            register = Reference(plugin.value).load()
            if not callable(register):
                raise InvalidPlugin("an entry point must name a function register(registry)", received=register)
            register(registry)
            added = {label: spec for label, spec in _specs(registry).items() if label not in before}
            for spec in added.values():
                if isinstance(spec, RecipeFile):
                    spec.table()  # a file that is no TOML would break every search: refuse the plugin, not the search
    except (Exception, SystemExit) as error:
        import traceback

        lines = "; ".join(line.strip() for line in str(error).splitlines())
        return replace(plugin, error=f"{type(error).__name__}: {lines}", traceback=traceback.format_exc())
    return replace(plugin, added=tuple(added))


def _specs(registry: "Registry") -> dict[str, Family | DataSet | RecipeFile | Weights]:
    specs: list[Family | DataSet | RecipeFile | Weights]
    specs = [*registry.families(), *registry.datasets(), *registry.recipes(), *registry.weights()]
    return {f"{spec.kind} {spec.name}": spec for spec in specs}


def _problems(registry: "Registry", plugin: Plugin) -> Iterator[str]:
    specs = _specs(registry)
    for label in plugin.added:
        spec = specs[label]
        try:
            match spec:
                case Family():
                    yield from _broken_references(label, spec.references())
                    registry.dataset(spec.dataset)
                case DataSet():
                    yield from _broken_references(label, spec.references())
                case RecipeFile():
                    registry.resolve(spec.name)
                case Weights():
                    registry.recipe(spec.name)
        except UnknownName as error:
            yield f"{label}: {error.message}: {error.received}"


def _broken_references(label: str, references: dict[str, Reference]) -> Iterator[str]:
    for field, reference in references.items():
        problem = reference.check()
        if problem is not None:
            yield f"{label}: {field} {reference}: {problem}"
