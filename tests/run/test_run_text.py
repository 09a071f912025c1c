"""A run on text: stopped and resumed it ends as the unbroken one; what it does not take is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from stops import StopAt, outcome, stopped_folder

import zoo
from registry import default
from zoo import jobs
from zoo.recipe import RecipeError
from zoo.run.errors import Interrupted
from zoo.run.folds import InvalidFolds

# dropout, warm-up, clipping and states that go on from step to step, over three passes that do not end with the epochs
SMALL = {
    "hyperparameters.units": 16,
    "hyperparameters.layers": 2,
    "hyperparameters.embedding_size": 8,
    "hyperparameters.dropout": 0.3,
    "hyperparameters.window": 16,
    "data.characters": 20000,
    "epochs": 3,
    "steps_per_epoch": 24,
    "batch_size": 32,
    "steps_per_execution": 4,
    "warmup_epochs": 1.0,
}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> jobs.Run:
    """A run to the end."""
    return zoo.train("lstm_text/python_docs_small", seed=3, runs=tmp_path_factory.mktemp("unbroken"), **SMALL)


# in the middle of a pass and of the second epoch; at the end of an epoch
@pytest.mark.parametrize("step", [pytest.param(36, marks=pytest.mark.slow), pytest.param(48, marks=pytest.mark.slow)])
def test_a_resumed_run_equals_the_unbroken_one_bit_for_bit(unbroken: jobs.Run, tmp_path: Path, step: int) -> None:
    with pytest.raises(Interrupted):
        zoo.train("lstm_text/python_docs_small", seed=3, runs=tmp_path, subscribers=[StopAt(step)], **SMALL)
    resumed = zoo.resume(stopped_folder(tmp_path))
    assert outcome(resumed.folder) == outcome(unbroken.folder)
    own, others = (sorted((run.folder / "samples").iterdir()) for run in (unbroken, resumed))
    assert [path.read_bytes() for path in own] == [path.read_bytes() for path in others]


def test_what_is_stored_of_a_text_is_small_and_says_what_was_scored(unbroken: jobs.Run) -> None:
    with np.load(unbroken.folder / "predictions.npz") as stored:
        outputs, targets = stored["test_outputs"], stored["test_targets"]
    assert outputs.shape == targets.shape == (1999,)
    assert -float(outputs.mean(dtype=np.float64)) == pytest.approx(unbroken.facts["metrics"]["test"]["loss"])
    assert zoo.evaluate(unbroken.folder)["metrics"] == pytest.approx(unbroken.facts["metrics"]["test"])


def test_a_run_shows_what_it_wrote_and_how_it_stands_beside_models_that_count(unbroken: jobs.Run) -> None:
    figures = {path.stem for path in (unbroken.folder / "figures").iterdir()}
    assert {"loss_beside_models_that_count", "samples_over_training"} <= figures
    last = json.loads((unbroken.folder / "samples/epoch-00003-samples.json").read_bytes())
    assert list(last["texts"]) == ["0.5", "0.8", "1"]
    assert all(len(text) == 200 for text in last["texts"].values())


def test_a_run_folder_goes_on_with_a_prompt(unbroken: jobs.Run) -> None:
    model = zoo.load(unbroken.folder)
    one = model.generate("The statement", length=40, seed=2, samples=2)
    assert one == model.generate("The statement", length=40, seed=2, samples=2)
    assert model.predict("The statement").shape == (1, len(model.data_spec.vocabulary or ()))


def test_what_looks_at_whole_splits_or_rows_is_refused_for_texts(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="lbfgs takes networks whose examples stand by themselves"):
        zoo.train("lstm_text/python_docs_small", runs=tmp_path, optimizer="lbfgs", **{"data.characters": 20000})
    with pytest.raises(InvalidFolds, match="divided by position"):
        jobs.cross_validate(default(), "lstm_text/python_docs_small", runs=tmp_path)


@pytest.mark.slow
def test_words_are_learned_as_characters_are(tmp_path: Path) -> None:
    changes = {**SMALL, "data.level": "word", "data.least_count": 2, "data.lower_case": True, "batch_size": 8}
    run = zoo.train("lstm_text/python_docs_small", runs=tmp_path, **changes)
    assert run.facts["metrics"]["test"]["loss"] < run.facts["baseline"]["test"]["loss"]
    (text,) = zoo.load(run.folder).generate("The if statement", length=30)
    assert text == text.lower()
