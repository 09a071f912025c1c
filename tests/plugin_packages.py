"""Small plugin distributions, written to disk and installed with pip as a user would install them.

GOOD registers a family `tiny`, a data set `two_clouds` and a recipe `tiny/two_clouds`. The others are wrong in one
way each: RAISES fails on import, TAKEN registers a name that a built-in has (`mlp`), UNBUILDABLE names a builder that
does not exist.
"""

import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PluginPackage:
    """A distribution of one package.

    Args:
        distribution: Its name, version 1.0.
        entry_points: Group -> entry point name -> "package.module:register".
        files: Path inside the distribution's folder -> text.
    """

    distribution: str
    entry_points: Mapping[str, Mapping[str, str]]
    files: Mapping[str, str]

    @property
    def package(self) -> str:
        """The name it is imported by."""
        return self.distribution.replace("-", "_")


def write(package: PluginPackage, folder: Path) -> Path:
    """Write a distribution's sources.

    Args:
        package: The distribution.
        folder: Where its own folder is made.

    Returns:
        The distribution's folder, ready for `pip install`.
    """
    root = folder / package.distribution
    for name, text in {**package.files, "pyproject.toml": _pyproject(package)}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def install(sources: Iterable[Path], *, target: Path | None = None, python: str = sys.executable) -> None:
    """Build and install distributions with pip, without the network.

    Args:
        sources: Folders that `write` returned.
        target: Folder to install into; the environment of `python` where None.
        python: The interpreter whose pip is used; it must see setuptools.

    Raises:
        subprocess.CalledProcessError: pip failed; its output is shown by pytest.
    """
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--no-compile", "--disable-pip-version-check"]
    place = [] if target is None else ["--target", str(target)]
    command = [python, "-m", "pip", "install", "--quiet", *options, *place, *(str(source) for source in sources)]
    subprocess.run(command, check=True)


def _pyproject(package: PluginPackage) -> str:
    lines = [
        "[build-system]",
        'requires = ["setuptools>=61"]',
        'build-backend = "setuptools.build_meta"',
        "[project]",
        f'name = "{package.distribution}"',
        'version = "1.0"',
    ]
    for group, points in package.entry_points.items():
        lines += [f'[project.entry-points."{group}"]', *(f'{name} = "{value}"' for name, value in points.items())]
    modules = {Path(name).parent.as_posix().replace("/", ".") for name in package.files if name.endswith("__init__.py")}
    lines += ["[tool.setuptools]", f"packages = {sorted(modules)}"]
    lines += ["[tool.setuptools.package-data]", '"*" = ["*/*.toml"]', ""]
    return "\n".join(lines)


GOOD = PluginPackage(
    distribution="zoo-plugin-good",
    entry_points={
        "zoo.families": {"tiny": "zoo_plugin_good.tiny:register"},
        "zoo.datasets": {"two_clouds": "zoo_plugin_good.two_clouds:register"},
        "zoo.recipes": {"good": "zoo_plugin_good.recipes:register"},
    },
    files={
        "zoo_plugin_good/__init__.py": '"""A plugin that does everything right."""\n',
        "zoo_plugin_good/tiny/__init__.py": '''\
"""The family `tiny`: one hidden layer."""

from registry import Family, Registry


def register(registry: Registry) -> None:
    """Register the family."""
    registry.add_family(
        Family(
            name="tiny",
            summary="One hidden layer on rescaled inputs",
            tasks=["classification"],
            learning="gradient",
            builder="zoo_plugin_good.tiny.model:build",
            dataset="two_clouds",
            hyperparameters="zoo_plugin_good.tiny.hyperparameters:Hyperparameters",
            source="written for the tests of the zoo",
        )
    )
''',
        "zoo_plugin_good/tiny/hyperparameters.py": '''\
"""Hyperparameters of the family `tiny`."""

from pydantic import BaseModel, ConfigDict, Field


class Hyperparameters(BaseModel):
    """Size of the one hidden layer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hidden: int = Field(8, ge=1, le=256, description="units of the hidden layer")
''',
        "zoo_plugin_good/tiny/model.py": '''\
"""The family `tiny`: raw (n, *shape) -> rescaled -> flat -> hidden (n, hidden) -> logits (n, classes)."""

import keras
from zoo.data.spec import DataSpec

from zoo_plugin_good.tiny.hyperparameters import Hyperparameters


def build(hyperparameters: Hyperparameters, data_spec: DataSpec) -> keras.Model:
    """Build the model: raw examples in, logits out."""
    low, high = data_spec.value_range
    inputs = keras.Input(data_spec.shape, dtype=data_spec.dtype)
    outputs = keras.layers.Rescaling(1 / (high - low), offset=-low / (high - low))(inputs)
    outputs = keras.layers.Flatten()(outputs)
    outputs = keras.layers.Dense(hyperparameters.hidden, activation="relu")(outputs)
    outputs = keras.layers.Dense(len(data_spec.classes), name="outputs")(outputs)
    return keras.Model(inputs, outputs, name="tiny")
''',
        "zoo_plugin_good/two_clouds.py": '''\
"""The data set `two_clouds`: 40 points of two classes that a line separates."""

from registry import DataSet, Registry
from zoo.data.options import SplitOptions


class Options(SplitOptions):
    """How the points are split."""


def register(registry: Registry) -> None:
    """Register the data set."""
    registry.add_dataset(
        DataSet(
            name="two_clouds",
            summary="Two clouds of points in the plane",
            tasks=["classification"],
            loader="zoo_plugin_good.two_clouds:load",
            options="zoo_plugin_good.two_clouds:Options",
            licence="CC0 1.0",
            source="generated",
            examples=40,
            classes=2,
            features="2 numbers, float32 0..10",
            embedded=True,
        )
    )


def load(options):
    """Generate the points and split them."""
    import numpy as np

    from zoo.data.spec import DataSpec
    from zoo.data.split import make_data

    targets = np.arange(40, dtype=np.int64) % 2
    noise = np.random.default_rng(0).uniform(-1.5, 1.5, size=(40, 2))
    features = (np.where(targets == 0, 2.5, 7.5)[:, None] + noise).astype(np.float32)
    spec = DataSpec(
        kind="vector",
        shape=(2,),
        dtype="float32",
        task="classification",
        value_range=(0.0, 10.0),
        classes=("low", "high"),
        feature_names=("x1", "x2"),
        target_name="cloud",
    )
    return make_data(features, targets, spec, options)
''',
        "zoo_plugin_good/recipes/__init__.py": '''\
"""The recipes of this plugin."""

from pathlib import Path

from registry import Registry


def register(registry: Registry) -> None:
    """Register every recipe file of this folder."""
    registry.add_recipes(Path(__file__).parent)
''',
        "zoo_plugin_good/recipes/tiny/two_clouds.toml": """\
summary = "One hidden layer separates two clouds of points"
family = "tiny"
dataset = "two_clouds"
task = "classification"

[promise]
command = "zoo reproduce tiny/two_clouds"
metric = "accuracy"
mean = 1.0
tolerance = 0.13
seeds = [0]
minutes_cpu = 0.2
minutes_gpu = "not measured"
baseline = 0.5
parameters = 42
source = "written for the tests of the zoo"
mended = "nothing"

[hyperparameters]
hidden = 8

[training]
epochs = 30
batch_size = 8
learning_rate = 0.05
""",
    },
)

RAISES = PluginPackage(
    distribution="zoo-plugin-raises",
    entry_points={"zoo.families": {"raises": "zoo_plugin_raises:register"}},
    files={
        "zoo_plugin_raises/__init__.py": '''\
"""A plugin that fails on import."""

raise RuntimeError("this plugin needs\\na newer driver")
''',
    },
)

TAKEN = PluginPackage(
    distribution="zoo-plugin-taken",
    entry_points={"zoo.families": {"taken": "zoo_plugin_taken:register"}},
    files={
        "zoo_plugin_taken/__init__.py": '''\
"""A plugin that registers a new family, and then one under the name of a built-in."""

from registry import Family, Registry


def register(registry: Registry) -> None:
    """Register the families."""
    for name in ("left_behind", "mlp"):
        registry.add_family(
            Family(
                name=name,
                summary="A family that must not be found",
                tasks=["classification"],
                learning="gradient",
                builder="zoo_plugin_taken:register",
                dataset="digits",
                hyperparameters="zoo_plugin_taken:register",
                source="written for the tests of the zoo",
            )
        )
''',
    },
)

UNBUILDABLE = PluginPackage(
    distribution="zoo-plugin-unbuildable",
    entry_points={"zoo.families": {"unbuildable": "zoo_plugin_unbuildable:register"}},
    files={
        "zoo_plugin_unbuildable/__init__.py": '''\
"""A plugin whose builder is misspelt."""

from registry import Family, Registry


def register(registry: Registry) -> None:
    """Register the family."""
    registry.add_family(
        Family(
            name="unbuildable",
            summary="A family without a builder",
            tasks=["classification"],
            learning="gradient",
            builder="zoo_plugin_unbuildable.model:biuld",
            dataset="digits",
            hyperparameters="zoo_plugin_unbuildable.model:Hyperparameters",
            source="written for the tests of the zoo",
        )
    )
''',
        "zoo_plugin_unbuildable/model.py": '''\
"""A model whose builder has another name than the one registered."""

import keras
from pydantic import BaseModel


class Hyperparameters(BaseModel):
    """No hyperparameters."""


def build(hyperparameters: Hyperparameters, data_spec: object) -> keras.Model:
    """Build nothing of interest."""
    return keras.Sequential()
''',
    },
)

ALL = (GOOD, RAISES, TAKEN, UNBUILDABLE)
