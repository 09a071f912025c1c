"""The wheel holds all of the package and nothing else, and works where it is installed."""

import configparser
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def source_files() -> list[str]:
    """The files of the project: what git tracks or would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the source without the network."""
    folder = tmp_path_factory.mktemp("build")
    for name in source_files():
        target = folder / "source" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    options = ["--quiet", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", str(folder)]
    subprocess.run([*PIP, "wheel", *options, str(folder / "source")], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel; its dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    options = ["--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*PIP, "--python", str(folder / "bin" / "python"), "install", *options, str(wheel)], check=True)
    return folder


@pytest.fixture(scope="module")
def site(environment: Path) -> Path:
    """The environment's own site-packages, with a link to the packages that run this test."""
    (folder,) = environment.glob("lib/python*/site-packages")
    # A path in a .pth file is put on sys.path and its own .pth files are not read: an editable zoo stays out of sight.
    (folder / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


def run(environment: Path, *command: str) -> str:
    """Output of a program of the environment, run in a folder without the source."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    program = environment / "bin" / command[0]
    result = subprocess.run(
        [program, *command[1:]], cwd=environment, env=clean, check=True, capture_output=True, text=True
    )
    assert result.stderr == ""
    return result.stdout


def test_only_zoo_and_registry_are_installed(site: Path) -> None:
    installed = {path.name for path in site.iterdir()} - {"dependencies.pth"}
    assert {name for name in installed if not name.endswith(".dist-info")} == {"zoo", "registry"}
    assert [name.partition("-")[0] for name in installed if name.endswith(".dist-info")] == ["keras_zoo"]


def test_the_program_is_the_only_script(environment: Path, site: Path) -> None:
    assert {path.name for path in (environment / "bin").iterdir() if "python" not in path.name.lower()} <= {
        "zoo", "activate", "activate.csh", "activate.fish", "Activate.ps1"
    }  # fmt: skip
    assert (environment / "bin" / "zoo").is_file()


def test_the_installed_package_is_the_one_that_runs(environment: Path, site: Path) -> None:
    program = "import registry, zoo; print(zoo.__file__); print(registry.__file__)"
    assert run(environment, "python", "-c", program).splitlines() == [
        str(site / "zoo" / "__init__.py"),
        str(site / "registry" / "__init__.py"),
    ]


def test_the_installed_program_lists_and_shows(environment: Path, site: Path) -> None:
    assert "mlp/digits" in run(environment, "zoo", "list")
    assert run(environment, "zoo", "show", "mlp/digits").startswith("mlp/digits: ")


def test_the_installed_recipes_lie_in_the_package(environment: Path, site: Path) -> None:
    program = (
        "from registry import build; print(*[entry.path for entry in build(with_plugins=False).recipes()], sep='\\n')"
    )
    paths = run(environment, "python", "-c", program).splitlines()
    assert paths
    assert [path for path in paths if not path.startswith(str(site / "zoo" / "recipes"))] == []


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    roots = {"zoo": "zoo", "registry": "registry", "recipes": "zoo/recipes"}
    expected = {
        "/".join([roots[top], rest])
        for top, slash, rest in (name.partition("/") for name in source_files())
        if slash and top in roots
    }
    assert inside == expected
    assert {"zoo/recipes/mlp/digits.toml", "zoo/py.typed", "registry/py.typed"} <= inside
    assert any(name.endswith(".j2") for name in inside)
    assert any(name.startswith("zoo/weights/published/") for name in inside)


def test_setup_cfg_lists_every_package() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = config["options"]["packages"].split()
    folders = {Path(name).parent for name in source_files() if name.endswith(".py")}
    found = {folder.as_posix().replace("/", ".") for folder in folders if folder.parts[:1] in (("zoo",), ("registry",))}
    assert listed == sorted(found | {"zoo.recipes"})


def test_python_3_11_to_3_13_are_declared() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    versions = [line.rpartition(" ")[2] for line in config["metadata"]["classifiers"].splitlines() if ":: 3." in line]
    assert versions == ["3.11", "3.12", "3.13"]
    assert config["options"]["python_requires"] == ">=3.11,<3.14"
