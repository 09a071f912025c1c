"""Plugins, installed with pip: the good one is found, each broken one is reported and harms no other."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import plugin_packages
import pytest
import registry_examples
from plugin_packages import PluginPackage
from registry_examples import BUILT_IN

from registry import Plugin, Registry, build, search

BuildWith = Callable[[PluginPackage], Registry]


@pytest.fixture
def on_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Puts folders on the path; forgets the plugins that were imported from them."""
    yield monkeypatch
    for name in [name for name in sys.modules if name.startswith("zoo_plugin_")]:
        del sys.modules[name]


@pytest.fixture
def registry(plugin_site: Path, on_path: pytest.MonkeyPatch) -> Registry:
    """The built-ins of the tests and the four installed plugins."""
    on_path.syspath_prepend(plugin_site)
    return build(BUILT_IN)


@pytest.fixture
def build_with(tmp_path: Path, on_path: pytest.MonkeyPatch) -> BuildWith:
    """Makes a registry with one more plugin, which is laid out on disk as pip leaves it."""

    def make(package: PluginPackage) -> Registry:
        for name, text in package.files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        points = [
            line
            for group, values in package.entry_points.items()
            for line in (f"[{group}]", *(f"{name} = {value}" for name, value in values.items()))
        ]
        record = tmp_path / f"{package.package}-1.0.dist-info"
        record.mkdir()
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package.distribution}\nVersion: 1.0\n")
        (record / "entry_points.txt").write_text("\n".join(points) + "\n")
        (record / "RECORD").write_text("")
        on_path.syspath_prepend(tmp_path)
        return build(BUILT_IN)

    return make


def plugins_of(registry: Registry, distribution: str) -> list[Plugin]:
    return [plugin for plugin in registry.plugins if plugin.distribution == distribution]


def small(
    source: str, files: dict[str, str] | None = None, groups: tuple[str, ...] = ("zoo.families",)
) -> PluginPackage:
    return PluginPackage(
        distribution="zoo-plugin-small",
        entry_points={group: {"small": "zoo_plugin_small:register"} for group in groups},
        files={"zoo_plugin_small/__init__.py": source, **(files or {})},
    )


def test_a_good_plugin_adds_its_family_data_set_and_recipe(registry: Registry) -> None:
    plugins = plugins_of(registry, "zoo-plugin-good")
    assert [(plugin.group, plugin.name, plugin.added) for plugin in plugins] == [
        ("zoo.families", "tiny", ("family tiny",)),
        ("zoo.datasets", "two_clouds", ("data set two_clouds",)),
        ("zoo.recipes", "good", ("recipe tiny/two_clouds",)),
    ]
    assert all((plugin.version, plugin.error, plugin.problems) == ("1.0", None, ()) for plugin in plugins)
    assert registry.family("tiny").provider == registry.dataset("two_clouds").provider == "zoo-plugin-good"
    assert [entry.name for entry in search(registry, ["provider=zoo-plugin-good", "accuracy=1"])] == ["tiny/two_clouds"]


def test_a_plugin_that_raises_on_import_is_reported_with_its_own_line(registry: Registry) -> None:
    (plugin,) = plugins_of(registry, "zoo-plugin-raises")
    assert plugin.error is not None
    assert "RuntimeError: this plugin needs; a newer driver" in plugin.error
    assert "\n" not in plugin.error
    assert plugin.traceback is not None
    assert f"zoo_plugin_raises{os.sep}__init__.py" in plugin.traceback
    assert plugin.added == ()


def test_a_plugin_never_shadows_a_built_in_and_is_refused_with_both_places(registry: Registry) -> None:
    (plugin,) = plugins_of(registry, "zoo-plugin-taken")
    assert plugin.error is not None
    assert plugin.error.startswith("DuplicateName: the family 'mlp' is registered twice")
    assert f"{registry_examples.__file__}:" in plugin.error
    assert f"zoo_plugin_taken{os.sep}__init__.py:9 by zoo-plugin-taken" in plugin.error
    assert registry.family("mlp").provider == "keras-zoo"


def test_a_refused_plugin_leaves_nothing_behind(registry: Registry) -> None:
    assert "left_behind" not in [family.name for family in registry.families()]


def test_a_builder_that_does_not_exist_is_a_problem_of_its_plugin(registry: Registry) -> None:
    (plugin,) = plugins_of(registry, "zoo-plugin-unbuildable")
    assert plugin.error is None
    assert plugin.problems == (
        "family unbuildable: builder zoo_plugin_unbuildable.model:biuld: "
        "module 'zoo_plugin_unbuildable.model' has no 'biuld'; did you mean: build?",
    )


def test_plugins_are_loaded_and_checked_without_tensorflow(plugin_site: Path) -> None:
    program = """
import json, sys
from registry import build, search
registry = build()
search(registry)
heavy = sorted({"tensorflow", "keras", "numpy", "sklearn", "zoo_plugin_unbuildable.model"} & set(sys.modules))
print(json.dumps([[[plugin.name, plugin.error is None] for plugin in registry.plugins], heavy]))
""".replace("build()", f"build({BUILT_IN})")
    path = os.pathsep.join([str(plugin_site), *(entry for entry in sys.path if entry)])
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=True, stdout=subprocess.PIPE)
    loaded, heavy = json.loads(result.stdout)
    assert {"tiny": True, "raises": False, "taken": False, "unbuildable": True}.items() <= dict(loaded).items()
    assert heavy == []


def test_no_plugins_are_loaded_where_none_are_asked_for(plugin_site: Path, on_path: pytest.MonkeyPatch) -> None:
    on_path.syspath_prepend(plugin_site)
    assert build(BUILT_IN, with_plugins=False).plugins == ()


def test_an_entry_point_that_names_no_function_is_refused(build_with: BuildWith) -> None:
    (plugin,) = plugins_of(build_with(small("register = 3\n")), "zoo-plugin-small")
    assert plugin.error == ("InvalidPlugin: an entry point must name a function register(registry); received: 3")


def test_a_plugin_that_exits_on_import_is_refused(build_with: BuildWith) -> None:
    (plugin,) = plugins_of(build_with(small("raise SystemExit('no display')\n")), "zoo-plugin-small")
    assert plugin.error == "SystemExit: no display"


def test_one_function_named_in_several_groups_is_called_once(build_with: BuildWith) -> None:
    source = "from registry_examples import a_family\ndef register(registry): registry.add_family(a_family('small'))\n"
    package = small(source, groups=("zoo.families", "zoo.datasets"))
    plugins = plugins_of(build_with(package), "zoo-plugin-small")
    assert [(plugin.group, plugin.added, plugin.error) for plugin in plugins] == [
        ("zoo.families", ("family small",), None),
        ("zoo.datasets", (), None),
    ]


def test_a_plugin_with_a_recipe_that_is_no_toml_is_refused_and_searches_go_on(build_with: BuildWith) -> None:
    source = "import os\ndef register(registry): registry.add_recipes(os.path.dirname(__file__))\n"
    registry = build_with(small(source, {"zoo_plugin_small/mlp/broken.toml": "= 1\n"}))
    (plugin,) = plugins_of(registry, "zoo-plugin-small")
    assert plugin.error is not None
    assert "broken.toml:1" in plugin.error
    assert [entry.name for entry in search(registry, ["mlp*"])] == ["mlp"]


def test_names_that_lead_nowhere_are_problems_of_their_plugin(build_with: BuildWith) -> None:
    source = """\
import os
from registry_examples import a_dataset, a_family, some_weights

def register(registry):
    registry.add_family(a_family("small", dataset="nothing", figures=["json:dmps"]))
    registry.add_dataset(a_dataset("small", loader="jsn:loads"))
    registry.add_recipes(os.path.dirname(__file__))
    registry.add_weights(some_weights("small/unknown"))
"""
    registry = build_with(small(source, {"zoo_plugin_small/lost/digits.toml": 'summary = "x"\n'}))
    (plugin,) = plugins_of(registry, "zoo-plugin-small")
    assert plugin.error is None
    starts = [
        "family small: figures[0] json:dmps: module 'json' has no 'dmps'",
        "family small: no data set has this name: nothing",
        "data set small: loader jsn:loads: there is no module 'jsn'",
        "recipe lost/digits: no family has this name: lost/digits",
        "weights small/unknown: the family 'small' has no such recipe; it has none: small/unknown",
    ]
    assert [problem.startswith(start) for problem, start in zip(plugin.problems, starts, strict=True)] == [True] * 5


def test_the_plugin_packages_hold_what_their_entry_points_name() -> None:
    for package in plugin_packages.ALL:
        assert f"{package.package}/__init__.py" in package.files
