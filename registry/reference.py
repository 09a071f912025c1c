"""Lazy references, "package.module:attribute": what a spec names without importing it."""

import importlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

from registry.errors import BrokenReference, InvalidSpec
from registry.names import near

if TYPE_CHECKING:
    import ast

_FORM = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True)
class Reference:
    """A top-level attribute of a module, imported only when `load` is called.

    Args:
        text: "package.module:attribute".

    Raises:
        InvalidSpec: The text has another form.

    Example:
        >>> Reference("math:sqrt").load()(9.0)
        3.0
        >>> Reference("json:detect_encodng").check()
        "module 'json' has no 'detect_encodng'; did you mean: detect_encoding?"
    """

    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or not _FORM.fullmatch(self.text):
            raise InvalidSpec('a reference must be "package.module:attribute"', received=self.text)

    def __str__(self) -> str:
        return self.text

    @property
    def module(self) -> str:
        """The part before the colon."""
        return self.text.partition(":")[0]

    @property
    def attribute(self) -> str:
        """The part after the colon."""
        return self.text.partition(":")[2]

    def load(self) -> Any:
        """Import the module and return the attribute.

        Returns:
            Whatever the attribute is: a function, a class, a constant.

        Raises:
            BrokenReference: The module does not exist or fails while it is imported, or has no such attribute.
        """
        try:
            module = importlib.import_module(self.module)
        except Exception as error:
            raise BrokenReference(self._import_problem(error), received=self.text) from error
        try:
            return getattr(module, self.attribute)
        except AttributeError:
            raise BrokenReference(
                f"module {self.module!r} has no {self.attribute!r}",
                received=self.text,
                where=getattr(module, "__file__", None),
                near=_near_public(self.attribute, vars(module)),
            ) from None

    def check(self) -> str | None:
        """Say what is wrong with the reference, importing neither the module nor the packages around it.

        Returns:
            One line; None where nothing is wrong, or where only an import could tell (compiled modules, a
            `from x import *`, a module-level `__getattr__`).
        """
        try:
            names = _names_in(_located(self.module))
        except BrokenReference as error:
            return error.message
        if names is None or self.attribute in names:
            return None
        return f"module {self.module!r} has no {self.attribute!r}{_suggestion(_near_public(self.attribute, names))}"

    def _import_problem(self, error: Exception) -> str:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing is not None and f"{self.module}.".startswith(f"{missing}."):
            return self.check() or str(error)
        return f"importing {self.module!r} failed: {type(error).__name__}: {error}"


def _located(module: str) -> ModuleSpec:
    """Find a module as import does, but without running the packages on the way to it."""
    folders: Sequence[str] | None = None
    name = ""
    for part in module.split("."):
        parent, name = name, f"{name}.{part}" if name else part
        found = _found(name, folders)
        if found is None:
            raise BrokenReference(_missing(name, parent, folders))
        if found.loader is None:  # a folder without __init__.py: its own list of folders needs its parent imported
            folders = [f"{folder}/{part}" for folder in (sys.path if folders is None else folders)]
        else:
            folders = list(found.submodule_search_locations or ())
    return found  # type: ignore[return-value]  # split() gives at least one part


def _found(name: str, folders: Sequence[str] | None) -> ModuleSpec | None:
    for finder in sys.meta_path:
        try:
            found = finder.find_spec(name, folders)
        except KeyError:  # a folder without __init__.py in a package that is not imported: import asks the package
            return ModuleSpec(name, None)
        if found is not None:
            return found
    return None


def _missing(name: str, parent: str, folders: Sequence[str] | None) -> str:
    import pkgutil

    prefix = f"{parent}." if parent else ""
    siblings = near(name.removeprefix(prefix), [module.name for module in pkgutil.iter_modules(folders)])
    return f"there is no module {name!r}{_suggestion([prefix + sibling for sibling in siblings])}"


def _near_public(attribute: str, names: Iterable[str]) -> list[str]:
    return near(attribute, [name for name in names if not name.startswith("_")])


def _suggestion(names: list[str]) -> str:
    return f"; did you mean: {', '.join(names)}?" if names else ""


def _names_in(spec: ModuleSpec) -> set[str] | None:
    """The names that a module's source defines at its top level; None where the source cannot tell."""
    import ast

    if spec.loader is None:
        return set()
    try:
        source = spec.loader.get_source(spec.name)  # type: ignore[attr-defined]
        tree = None if source is None else ast.parse(source)
    except AttributeError:  # a loader of another kind
        return None
    except (SyntaxError, ValueError, ImportError) as error:
        raise BrokenReference(f"module {spec.name!r} cannot be read: {type(error).__name__}: {error}") from error
    if tree is None:
        return None
    names = set(_bound(tree))
    return None if names & {"*", "__getattr__"} else names


def _bound(node: "ast.AST") -> Iterator[str]:
    """The names that statements bind in the module itself: not those inside functions, classes and comprehensions."""
    import ast

    for child in ast.iter_child_nodes(node):
        match child:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield child.name
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                pass
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.alias():
                yield child.asname or child.name.partition(".")[0]
            case _:
                yield from _bound(child)
