"""The weights that ship in the package do what their records state; and how a run becomes one of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry import Registry, UnknownRecipe, Weights, build
from zoo import jobs
from zoo.recipe import bind, read_recipe
from zoo.recipe.choices import METRICS
from zoo.run.verdict import beats, direction_of
from zoo.weights.errors import WeightsError
from zoo.weights.load import load_network
from zoo.weights.publish import publish, raw_outputs
from zoo.weights.verified import sha256_of

PUBLISHED = [entry.name for entry in build(with_plugins=False).weights()]
# Logits are of size 14. Sums of float32 in another order (oneDNN off, SSE 4.1 only, other batch sizes) came out up to
# 4.8e-6 apart; four times that is room for other CPUs, and one changed weight moves them by far more.
TOLERANCE = 2e-5


@pytest.fixture(scope="module")
def finished(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real run of a small recipe."""
    return jobs.train(registry, "mlp/xor", runs=tmp_path_factory.mktemp("runs"), argv=["test"]).folder


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


def test_the_promised_networks_are_published() -> None:
    assert {"mlp/digits", "cnn/digits"} <= set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_size_and_hash_are_those_of_the_file(registry: Registry, name: str) -> None:
    entry = registry.weights_of(name)
    assert entry is not None
    content = Path(entry.file).read_bytes()
    assert (len(content), sha256_of(content)) == (entry.bytes, entry.sha256)
    assert len(content) <= 16 * 2**20


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_loaded_network_gives_the_golden_outputs(registry: Registry, name: str) -> None:
    loaded = load_network(registry, name)
    golden = loaded.record.table["golden"]
    inputs = np.array(golden["inputs"], loaded.network.inputs[0].dtype)
    assert np.abs(raw_outputs(loaded.network, inputs) - golden["outputs"]).max() < TOLERANCE
    one_by_one = [raw_outputs(loaded.network, inputs[[index]])[0] for index in range(len(inputs))]
    assert np.abs(np.array(one_by_one) - golden["outputs"]).max() < TOLERANCE


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_record_says_where_the_weights_came_from(registry: Registry, name: str) -> None:
    entry = registry.weights_of(name)
    assert entry is not None
    table = json.loads(Path(entry.record).read_text(encoding="utf-8"))
    assert table["data"]["licence"] == registry.dataset(table["data"]["name"]).licence
    assert table["run"].keys() >= {"id", "seed", "started", "versions", "recipe_hash"}
    assert table["run"]["versions"].keys() >= {"python", "tensorflow", "keras", "keras-zoo"}
    assert table["metrics"].keys() == table["data"]["hashes"].keys() == {"train", "validation", "test"}
    primary = METRICS[table["recipe"]["task"]][0]
    ours, trivial = table["metrics"]["test"][primary], table["baseline"]["test"][primary]
    assert beats(ours, trivial, direction_of(primary))


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_weights_are_of_the_recipe_as_it_is_now(registry: Registry, name: str) -> None:
    recorded = bind(registry, load_network(registry, name).record.recipe)
    fresh = bind(registry, read_recipe(registry, name))
    assert recorded.hyperparameters == fresh.hyperparameters
    assert recorded.data_options == fresh.data_options
    assert recorded.recipe.training == fresh.recipe.training


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name.endswith("/digits")])
def test_the_recorded_metrics_are_measured_again_on_the_embedded_data(registry: Registry, name: str) -> None:
    facts = jobs.evaluate(registry, name)
    entry = registry.weights_of(name)
    assert entry is not None
    stated = json.loads(Path(entry.record).read_text(encoding="utf-8"))
    primary = METRICS[stated["recipe"]["task"]][0]
    # a generated pixel may be rounded the other way on another machine
    room = 0.01 if primary == "pixel_frechet_distance" else 0.0
    assert facts["metrics"][primary] == pytest.approx(stated["metrics"]["test"][primary], rel=room, abs=0.0)
    if primary == "accuracy":
        assert facts["metrics"]["log_loss"] == pytest.approx(stated["metrics"]["test"]["log_loss"], rel=1e-3)
    assert facts["baseline"][primary] == pytest.approx(stated["baseline"]["test"][primary])


def test_a_published_run_loads_by_name_and_says_what_the_run_said(
    registry: Registry, finished: Path, tmp_path: Path
) -> None:
    path = publish(registry, finished, tmp_path)
    assert path == tmp_path / "mlp/xor.json"
    table = json.loads(path.read_text(encoding="utf-8"))
    loaded, from_run = load_network(registry_with(table, path), "mlp/xor"), load_network(registry, finished)
    assert loaded.record.path == path
    inputs = np.array(table["golden"]["inputs"], "float32")
    assert np.array_equal(loaded.network.predict(inputs, verbose=0), from_run.network.predict(inputs, verbose=0))
    facts = json.loads((finished / "run.json").read_text(encoding="utf-8"))
    assert table["metrics"] == facts["metrics"]
    assert table["weights"]["sha256"] == facts["weights"]["sha256"]


def registry_with(table: dict[str, Any], path: Path) -> Registry:
    """Families, data sets and recipes of the zoo, with these weights alone."""
    from zoo import datasets, families, recipes

    registry = Registry()
    for part in (datasets, families, recipes):
        part.register(registry)
    stated = table["weights"]
    file = str(path.parent / stated["file"])
    registry.add_weights(
        Weights(name=table["name"], record=str(path), file=file, bytes=stated["bytes"], sha256=stated["sha256"])
    )
    return registry


def change_facts(run: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    facts = json.loads((run / "run.json").read_text(encoding="utf-8"))
    change(facts)
    (run / "run.json").write_text(json.dumps(facts), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda run: change_facts(run, lambda facts: facts.update(status="running")), "only a finished run"),
        (lambda run: change_facts(run, lambda facts: facts.pop("metrics")), "received: no metrics"),
        (lambda run: (run / "run.json").write_text("["), "run.json must be a readable JSON file"),
        (lambda run: (run / "run.json").unlink(), "run.json must be a readable JSON file"),
        (lambda run: (run / "model.json").unlink(), "a run without weights yet"),
        (lambda run: (run / "predictions.npz").unlink(), "test examples in predictions.npz"),
        (lambda run: (run / "predictions.npz").write_bytes(b"PK\x03\x04"), "test examples in predictions.npz"),
        (lambda run: (run / "model.weights.h5").write_bytes(b""), "must have the size"),
    ],
    ids=["running", "incomplete", "broken", "no run.json", "no record", "no examples", "broken examples", "no weights"],
)
def test_a_run_that_is_not_whole_is_not_published_and_leaves_nothing(
    registry: Registry, run: Path, tmp_path: Path, damage: Callable[[Path], Any], message: str
) -> None:
    damage(run)
    with pytest.raises(WeightsError, match=message):
        publish(registry, run, tmp_path / "published")
    assert not (tmp_path / "published").exists()


def test_a_run_of_no_registered_recipe_is_not_published(registry: Registry, run: Path, tmp_path: Path) -> None:
    record = json.loads((run / "model.json").read_text(encoding="utf-8"))
    (run / "model.json").write_text(json.dumps({**record, "name": "mlp/default"}), encoding="utf-8")
    with pytest.raises(UnknownRecipe):
        publish(registry, run, tmp_path / "published")


def test_weights_too_large_for_the_package_are_not_published(
    registry: Registry, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zoo.weights.publish.LARGEST", 1000)
    with pytest.raises(WeightsError, match="must not exceed 1000 bytes"):
        publish(registry, run, tmp_path / "published")


def test_a_run_with_other_settings_than_the_recipe_is_refused(registry: Registry, tmp_path: Path) -> None:
    changed = jobs.train(registry, "mlp/xor", {"epochs": 1}, runs=tmp_path / "runs", argv=["test"])
    with pytest.raises(WeightsError) as refused:
        publish(registry, changed.folder, tmp_path / "published")
    assert "training.epochs: 10 -> 1" in str(refused.value)
    assert not (tmp_path / "published").exists()
