"""The figures of a map: drawn from a real run's folder, without TensorFlow, saying what they show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from registry import Registry
from zoo import jobs
from zoo.data.columns import Column
from zoo.data.spec import DataSpec
from zoo.families.som import figures
from zoo.families.som.grid import Grid
from zoo.families.som.outliers import find_outliers, rarity
from zoo.families.som.stored import StoredMap, read_map
from zoo.report import read_run

FIGURES = {
    "u_matrix": "U-matrix",
    "hit_map": "Hit map",
    "class_shares": "Class shares",
    "codebook": "Codebook",
    "outliers": "Outliers",
}


@pytest.fixture(scope="module")
def trained(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> jobs.Run:
    """A real run of three epochs on digits."""
    return jobs.train(registry, "som/digits", {"epochs": 3}, runs=tmp_path_factory.mktemp("runs"))


def stored(topology: Any = "hexagonal", classes: tuple[str, ...] | None = ("no", "yes"), **changes: Any) -> StoredMap:
    """A map of six cells on a table of two columns, made by hand."""
    columns = (Column("age", "number", unit="years"), Column("job", "category", categories=("clerk", "cook")))
    spec = DataSpec("table", (2,), "float64", "mapping", classes=classes, columns=columns)
    codebook = np.arange(18.0).reshape(6, 3)
    parts: dict[str, Any] = {
        "grid": Grid(2, 3, topology),
        "codebook": codebook,
        "hits": np.array([4, 0, 1, 2, 3, 1]),
        "class_shares": None if classes is None else np.array([[1, 0], [0, 1], [0.5, 0.5], [0, 1], [1, 0], [0, 1]]),
        "data_spec": spec,
        "planes": {"age": 20 + codebook[:, 0], "job=clerk": codebook[:, 1] / 20, "job=cook": codebook[:, 2] / 20},
    }
    return StoredMap(**(parts | changes))


def polygons(figure: Any) -> PolyCollection:
    [cells] = [one for one in figure.axes[0].collections if isinstance(one, PolyCollection)]
    return cells


def test_a_run_has_the_figures_of_its_map_in_the_report(trained: jobs.Run) -> None:
    page = trained.report.read_text(encoding="utf-8")
    for name, title in FIGURES.items():
        assert f"<h2>{title}</h2>" in page
        assert (trained.folder / "figures" / f"{name}.png").is_file()
    assert "could not be drawn" not in page


def test_what_is_read_from_the_folder_is_what_was_learned(registry: Registry, trained: jobs.Run) -> None:
    network = trained.load(registry).network
    found = read_map(trained.folder)
    assert (found.grid, found.data_spec.kind) == (network.map.grid, "picture")
    assert np.array_equal(found.codebook, network.map.codebook)
    assert np.array_equal(found.hits, network.map.hits)
    assert np.array_equal(found.class_shares, network.map.class_shares)


def test_the_figures_need_no_tensorflow(trained: jobs.Run) -> None:
    picture = trained.folder / "figures" / "u_matrix.png"
    before = picture.read_bytes()
    picture.unlink()
    program = (
        "import sys\nfrom zoo.cli.main import app\n"
        "app(args=['report', sys.argv[1]], standalone_mode=False)\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(trained.folder)], check=True, capture_output=True)
    assert picture.read_bytes() == before


@pytest.mark.parametrize(("topology", "corners"), [("rectangular", 4), ("hexagonal", 6)])
def test_cells_are_drawn_in_their_shape_side_by_side(topology: str, corners: int) -> None:
    paths = polygons(figures.u_matrix(stored(topology))).get_paths()
    assert len(paths) == 6
    for path, position in zip(paths, Grid(2, 3, topology).positions, strict=True):
        own = path.vertices[:corners]
        assert np.allclose(own.mean(axis=0), position)
        assert np.isclose(np.ptp(own[:, 0]), 1.0)


def test_only_cells_with_examples_are_marked() -> None:
    axis = figures.u_matrix(stored()).axes[0]
    marked = np.concatenate([np.stack(line.get_data(), axis=1) for line in axis.lines])
    assert len(marked) == 5
    assert not any(np.allclose(place, Grid(2, 3, "hexagonal").positions[1]) for place in marked)


def test_many_classes_are_told_by_name_in_the_cells() -> None:
    names = tuple("abcdefghijk")
    figure = figures.u_matrix(stored(classes=names, class_shares=np.eye(6, 11)))
    assert [text.get_text() for text in figure.axes[0].texts] == ["a", "c", "d", "e", "f"]


def test_data_without_classes_have_no_class_figure(trained: jobs.Run) -> None:
    assert not figures.u_matrix(stored(classes=None)).axes[0].lines


def test_hits_are_written_into_the_cells() -> None:
    assert [text.get_text() for text in figures.hits(stored()).axes[0].texts] == ["4", "0", "1", "2", "3", "1"]


def test_a_pie_has_a_wedge_for_each_class_of_the_cell() -> None:
    pies = figures.class_shares(stored()).axes[0].collections[1]
    assert len(pies.get_paths()) == 6


def test_planes_are_in_original_units() -> None:
    count, figure = figures.planes(stored())
    assert count == 3
    titles = [axis.get_title(loc="left") for axis in figure.axes[:3]]
    assert titles == ["age (years)", "job=clerk", "job=cook"]
    assert figure.axes[3].get_ylim() == (20.0, 35.0)


def test_the_table_names_the_outlier_and_its_rarest_values() -> None:
    values = np.array([[30.0, 0], [31.0, 0], [95.0, 1], [33.0, 0]])
    found = find_outliers(
        np.array([0.1, 0.2, 3.456, 0.1]), np.array([0, 1, 5, 2]), 1.0, values=values,
        columns=stored().data_spec.columns, identifiers=np.array(["a1", "a2", "a3", "a4"]),
    )  # fmt: skip
    figure = figures.outlier_table(stored(), found, ["yes"])
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[:5] == ["identifier", "cell", "distance", "class", "rarest values (share as far out)"]
    assert texts[5:] == ["a3", "1, 2", "3.46", "yes", "job cook (25 %)   age 95 years (50 %)"]


def test_rarity_counts_missing_values_and_categories() -> None:
    assert rarity(np.array([np.nan, 1.0, 1.0, 2.0]), Column("n", "number")).tolist() == pytest.approx(
        [0.25, 1, 1, 2 / 3]
    )
    job = Column("job", "category", categories=("a", "b"))
    assert rarity(np.array([0.0, 0.0, 1.0, -1.0]), job).tolist() == [0.5, 0.5, 0.25, 0.25]


def test_a_run_that_has_not_finished_has_no_figures(trained: jobs.Run, tmp_path: Path) -> None:
    import json

    (tmp_path / "recipe.toml").write_bytes((trained.folder / "recipe.toml").read_bytes())
    facts = {**trained.facts, "status": "interrupted"}
    (tmp_path / "run.json").write_text(json.dumps(facts), encoding="utf-8")
    record = read_run(tmp_path)
    for draw in (figures.distance_map, figures.hit_map, figures.class_map, figures.component_planes, figures.outliers):
        assert draw(record) is None
