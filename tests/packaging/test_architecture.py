"""The house: each stage imports only what stands to its left, and listing imports nothing slow."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for top in ("registry", "zoo")
    for path in sorted((ROOT / top).rglob("*.py"))
}
# What a family shows of its runs builds on the report. The report and the jobs know it by a reference in the registry:
# it stands to the right of the report, nothing imports it, and so it is no back edge of the family's other files.
FIGURES = re.compile(r"zoo\.families\.\w+\.figures")
# For users of TFDS, who import it themselves: it defines subclasses of TFDS' own class, and nothing imports it.
BUILDERS = "zoo.datasets.builders"
# From left to right; what stands in one step may import one another.
STAGES = (
    ("registry",),
    ("zoo.recipe",),
    ("zoo.data", "zoo.datasets"),
    ("zoo.layers",),
    ("zoo.families",),
    ("zoo.weights",),
    ("zoo.run",),
    ("zoo.tune", "zoo.study"),
    ("zoo.use",),
    ("zoo.report",),
    (FIGURES.pattern,),
    ("zoo.outcome",),
    ("zoo.jobs", "zoo.check"),
    ("zoo.cli", "zoo.__main__"),
)
# The facade imports every stage, at use; the program may import it, for the version.
FACADE = "zoo"
SLOW = {"tensorflow", "tensorflow_datasets", "keras", "numpy", "sklearn", "scipy", "matplotlib", "pandas", "h5py"}
LISTING = (
    "registry",
    "zoo.cli",
    "zoo.recipe",
    "zoo.data.catalogue",
    "zoo.data.options",
    "zoo.data.errors",
    "zoo.weights.address",
    "zoo.weights.catalogue",
    "zoo.weights.fetch",
    "zoo.weights.store",
    "zoo.weights.verified",
    "zoo.run.folder",
    "zoo.run.errors",
    "zoo.run.events",
    "zoo.run.workers",
)
LONGEST = 400  # lines


def imports(path: Path, *, everywhere: bool = True) -> Iterator[tuple[int, str]]:
    """Line and module of each import of a file, those inside functions included or not."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if everywhere else top_level(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            module = node.module or ""
            for alias in node.names:
                name = f"{module}.{alias.name}"
                yield node.lineno, name if name in FILES else module


def top_level(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported, but for `if TYPE_CHECKING`."""
    waiting = list(tree.body)
    while waiting:
        statement = waiting.pop()
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            waiting.extend(statement.orelse)
            continue
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield statement
        waiting.extend(node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.stmt))


def stage(module: str) -> int | None:
    """Which step a module belongs to; None for other packages, the facade and the folder of recipes."""
    if FIGURES.fullmatch(module):
        return STAGES.index((FIGURES.pattern,))
    for step, packages in enumerate(STAGES):
        if any(module == package or module.startswith(f"{package}.") for package in packages):
            return step
    return None


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_every_file_belongs_to_a_stage() -> None:
    assert [module for module in FILES if stage(module) is None] == [FACADE]


@pytest.mark.parametrize("module", [module for module in FILES if module != FACADE])
def test_a_stage_imports_only_what_stands_to_its_left(module: str) -> None:
    own = stage(module)
    assert own is not None
    back = [
        f"{place(FILES[module], line)} imports {imported}"
        for line, imported in imports(FILES[module])
        if ((step := stage(imported)) is not None and step > own) or (imported == FACADE and own < len(STAGES) - 1)
    ]
    assert back == []


def test_the_figures_of_a_family_are_known_by_reference_and_imported_by_nothing() -> None:
    figures = [module for module in FILES if FIGURES.fullmatch(module)]
    assert "zoo.families.cnn.figures" in figures
    importing = [
        f"{place(path, line)} imports {imported}"
        for path in FILES.values()
        for line, imported in imports(path)
        if FIGURES.fullmatch(imported)
    ]
    assert importing == []


def test_the_figures_of_a_family_are_drawn_without_tensorflow() -> None:
    slow = [
        f"{place(path, line)} imports {imported}"
        for module, path in FILES.items()
        if FIGURES.fullmatch(module)
        for line, imported in imports(path)
        if imported.partition(".")[0] in {"tensorflow", "keras"}
    ]
    assert slow == []


def test_the_facade_imports_nothing_of_the_zoo_before_it_is_used() -> None:
    tops = {imported.partition(".")[0] for _, imported in imports(FILES[FACADE], everywhere=False)}
    assert tops - set(sys.stdlib_module_names) == set()


def test_the_registry_imports_the_standard_library_only() -> None:
    others = [
        f"{place(path, line)} imports {imported}"
        for module, path in FILES.items()
        if stage(module) == 0
        for line, imported in imports(path)
        if imported.partition(".")[0] not in {*sys.stdlib_module_names, "registry"}
    ]
    assert others == []


def test_listing_imports_nothing_slow_at_the_top_of_a_module() -> None:
    contents = [path for module, path in FILES.items() if path.parent.parent.name in ("families", "datasets")]
    light = [path for path in contents if path.name in ("__init__.py", "hyperparameters.py")]
    light += [path for module, path in FILES.items() if module.startswith("zoo.datasets") or is_listing(module)]
    light.remove(FILES[BUILDERS])
    slow = [
        f"{place(path, line)} imports {imported}"
        for path in light
        for line, imported in imports(path, everywhere=False)
        if imported.partition(".")[0] in SLOW
    ]
    assert slow == []


def test_a_network_is_loaded_without_the_metrics_and_transformers_of_scikit_learn() -> None:
    waiting, reached = ["zoo.use.predict"], set()
    heavy = []
    while waiting:
        module = waiting.pop()
        if module in reached or module not in FILES:
            continue
        reached.add(module)
        for line, imported in imports(FILES[module], everywhere=False):
            waiting += [imported, imported.rpartition(".")[0]]
            if imported.startswith("sklearn") and imported != "sklearn.base":  # which Keras imports itself
                heavy.append(f"{place(FILES[module], line)} imports {imported}")
    assert {"zoo.run.tasks", "zoo.layers.table_encoding"} <= reached
    assert heavy == []


def test_the_builders_for_tfds_are_imported_by_nothing() -> None:
    importing = [
        f"{place(path, line)} imports {imported}"
        for path in FILES.values()
        for line, imported in imports(path)
        if imported == BUILDERS
    ]
    assert importing == []


def is_listing(module: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in LISTING)


def test_a_recipe_registers_with_the_standard_library_only() -> None:
    tops = {imported.partition(".")[0] for _, imported in imports(ROOT / "recipes" / "__init__.py")}
    assert tops - set(sys.stdlib_module_names) <= {"registry"}


def test_no_file_is_longer_than_400_lines() -> None:
    folders = [*FILES.values(), *(ROOT / "tests").rglob("*.py"), *(ROOT / "recipes").rglob("*.py")]
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in folders
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_file_is_named_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "misc", "common"}
    assert [module for module in FILES if module.rpartition(".")[2] in vague] == []
