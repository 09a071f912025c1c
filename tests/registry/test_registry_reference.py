"""Lazy references: what they load, and what a check tells without an import."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.errors import BrokenReference, InvalidSpec
from registry.reference import Reference


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package `lazy_package` on the path; nothing of it stays imported."""
    folder = tmp_path / "lazy_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "lazy_package"]:
        del sys.modules[name]


def add(package: Path, name: str, source: str) -> None:
    path = package / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    importlib.invalidate_caches()


def test_a_reference_loads_the_attribute() -> None:
    import json

    assert Reference("json:loads").load() is json.loads


@pytest.mark.parametrize("text", ["", "json", "json:", ":loads", "json.loads", "a b:c", "json:a.b", "json:loads\n", 3])
def test_a_text_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpec, match=r"package\.module:attribute"):
        Reference(text)


def test_a_missing_attribute_is_named_with_what_is_near() -> None:
    with pytest.raises(BrokenReference, match="module 'json' has no 'lods'") as caught:
        Reference("json:lods").load()
    assert "loads" in caught.value.near


@pytest.mark.parametrize("text", ["jsn:loads", "json.decodr:JSONDecoder", "json.decoder.deep:x"])
def test_a_missing_module_is_named_in_the_same_words_by_load_and_by_check(text: str) -> None:
    problem = Reference(text).check()
    with pytest.raises(BrokenReference) as caught:
        Reference(text).load()
    assert caught.value.message == problem
    assert problem is not None
    assert problem.startswith("there is no module")


def test_a_missing_module_is_told_with_its_neighbours() -> None:
    problem = str(Reference("json.decodr:x").check())
    assert problem.startswith("there is no module 'json.decodr'; did you mean: json.decoder")


def test_a_module_that_fails_on_import_is_told_with_its_error(package: Path) -> None:
    add(package, "model.py", "raise RuntimeError('no licence')\n")
    with pytest.raises(BrokenReference, match="failed: RuntimeError: no licence") as caught:
        Reference("lazy_package.model:build").load()
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_module_that_needs_another_missing_one_is_told_apart_from_a_missing_module(package: Path) -> None:
    add(package, "model.py", "import not_installed_anywhere\n\ndef build(): ...\n")
    with pytest.raises(BrokenReference, match="failed: ModuleNotFoundError: No module named 'not_installed_anywhere'"):
        Reference("lazy_package.model:build").load()


def test_a_check_imports_neither_the_module_nor_its_package(package: Path) -> None:
    add(package, "__init__.py", "raise RuntimeError('imported')\n")
    add(package, "model.py", "raise RuntimeError('imported')\n\ndef build(): ...\n")
    assert Reference("lazy_package.model:build").check() is None
    assert Reference("lazy_package.model:biuld").check() is not None


@pytest.mark.parametrize(
    "source",
    [
        "def build(): ...",
        "async def build(): ...",
        "class build: ...",
        "build = 1",
        "other, (build, *rest) = range(3), [1]",
        "build: int = 1",
        "import build",
        "import build.inner",
        "from json import loads as build",
        "if True:\n    def build(): ...",
        "try:\n    import build\nexcept ImportError:\n    build = None",
    ],
)
def test_a_check_finds_every_way_to_define_a_name(package: Path, source: str) -> None:
    add(package, "model.py", source + "\n")
    assert Reference("lazy_package.model:build").check() is None


@pytest.mark.parametrize(
    "source",
    [
        "def other():\n    build = 1",
        "class Other:\n    build = 1",
        "other = [build for build in ()]",
        "other = lambda: (build := 1)",
        "print(build)",
        "import build as other",
        "",
    ],
)
def test_a_check_misses_names_that_the_module_does_not_have(package: Path, source: str) -> None:
    add(package, "model.py", source + "\n")
    assert "has no 'build'" in str(Reference("lazy_package.model:build").check())


@pytest.mark.parametrize("source", ["from json import *", "def __getattr__(name): ..."])
def test_a_check_passes_what_only_an_import_could_tell(package: Path, source: str) -> None:
    add(package, "model.py", source + "\n")
    assert Reference("lazy_package.model:build").check() is None


def test_a_check_passes_compiled_modules_and_those_of_other_loaders() -> None:
    assert Reference("sys:whatever").check() is None
    assert Reference(f"{__name__}:whatever").check() is None  # pytest's own loader, which gives no source


def test_a_module_with_a_syntax_error_is_told_by_the_check(package: Path) -> None:
    add(package, "model.py", "def build(:\n")
    assert "cannot be read: SyntaxError" in str(Reference("lazy_package.model:build").check())


def test_a_check_looks_into_folders_without_an_init_file(package: Path) -> None:
    add(package, "inner/model.py", "def build(): ...\n")
    assert Reference("lazy_package.inner.model:build").check() is None
    assert Reference("lazy_package.inner.model:build").load() is not None
    assert "has no 'build'" in str(Reference("lazy_package.inner:build").check())
